"""Methods run on cases, timed, and what comes of it as rows."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.forecasting.case import Answer, Case, Ints
from benchmarks.forecasting.measures import figures
from benchmarks.forecasting.ours import ours
from benchmarks.forecasting.peers import MEDIANS, SUITE_PEERS, median_of, run_peer
from benchmarks.forecasting.targets import MISSING_METRIC, RATIOS, target_of
from benchmarks.table import BenchmarkRow, cpu_seconds, peak_mb

__all__ = ["OURS", "Trial", "rows_of", "trials_of"]

OURS = "supplychain"
FULL_HISTORY = "full_history"
"""Ours again, on the history without the stock path."""
WARM_UP_ROWS = 2


@dataclass(frozen=True, slots=True)
class Trial:
    """A method's answer to a case, None where it gives none, and what it cost; published forecasts cost NaN."""

    case: Case
    method: str
    answer: Answer | None
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def trials_of(case: Case, *, peers: bool, seed: int, warm_up: bool = True) -> list[Trial]:
    """Ours and, where asked for, the peers of the suite.

    With ``warm_up`` each is first called on two series, untimed: the first call of a process compiles.
    """
    methods = [OURS]
    if peers:
        methods += [FULL_HISTORY] * (case.unhidden is not None)
        methods += SUITE_PEERS[case.suite]
    if warm_up:
        few = np.arange(min(WARM_UP_ROWS, case.actual.shape[0]))
        for name in methods:
            _run(case, name, few, seed)
    found = [_timed(case, name, seed) for name in methods]
    if not peers:
        return found
    by_name = {trial.method: trial for trial in found}
    for name, parts in MEDIANS.items():
        members = [by_name[part] for part in parts if part in by_name]
        answers = [trial.answer for trial in members if trial.answer is not None]
        if len(answers) == len(parts):
            cpu, wall = (sum(getattr(trial, cost) for trial in members) for cost in ("cpu_seconds", "wall_seconds"))
            found.append(Trial(case, name, median_of(answers), cpu, wall, peak_mb()))
    everyone = np.arange(case.actual.shape[0])
    for name, mean in case.published.items():
        found.append(Trial(case, name, Answer(mean, None, everyone), float("nan"), float("nan"), peak_mb()))
    return found


def _timed(case: Case, method: str, seed: int) -> Trial:
    before, start = cpu_seconds(), time.perf_counter()
    answer = _run(case, method, None, seed)
    cost = cpu_seconds() - before, time.perf_counter() - start
    if answer is not None and not np.all(np.isfinite(answer.mean)):
        print(f"{case.suite} {case.name}: {method} gave forecasts that are no numbers", file=sys.stderr)
    return Trial(case, method, answer, *cost, peak_mb())


def _run(case: Case, method: str, rows: Ints | None, seed: int) -> Answer | None:
    known = case.known
    if method == FULL_HISTORY:
        known = case.fully_known()
    if rows is not None:
        known = known.of(rows)
    if method in {OURS, FULL_HISTORY}:
        return ours(known, case.levels, seed)
    return run_peer(method, known, case.levels, seed)


def rows_of(trials: Iterable[Trial], seed: int) -> Iterator[BenchmarkRow]:
    """Rows of one suite: an instance's figures averaged over its cases, ``n`` series forecast in all of them."""
    found: dict[tuple[str, str, str], list[tuple[float, Trial]]] = {}
    by_case: dict[str, dict[str, Trial]] = {}
    for trial in trials:
        by_case.setdefault(trial.case.name, {})[trial.method] = trial
        for label, metric, value in _figures(trial, seed):
            found.setdefault((label, trial.method, metric), []).append((value, trial))
    for together in by_case.values():
        for label, metric, value in _ratios(together, seed):
            found.setdefault((label, OURS, metric), []).append((value, together[OURS]))
    instances = list(dict.fromkeys(label for label, _, _ in found))
    for (label, method, metric), values in sorted(found.items(), key=lambda item: instances.index(item[0][0])):
        yield _row(label, method, metric, values, seed)


def _figures(trial: Trial, seed: int) -> Iterator[tuple[str, str, float]]:
    case = trial.case
    if trial.answer is None:
        print(f"{case.suite} {case.name}: {trial.method} gives no forecast of {case.known.step}s", file=sys.stderr)
        yield from ((label, MISSING_METRIC[case.suite], float("nan")) for label in case.labels)
        return
    yield from figures(case, trial.answer, seed)
    costs = {"wall_seconds": trial.wall_seconds, "peak_mb": trial.peak_mb}
    for label in case.labels:
        yield label, "ms_per_series", _cost(trial)
        yield from ((label, metric, cost) for metric, cost in costs.items() if metric in case.metrics)


def _cost(trial: Trial) -> float:
    """CPU milliseconds a series."""
    return 1000.0 * trial.cpu_seconds / (trial.answer.rows.size if trial.answer is not None else 1)


def _ratios(together: dict[str, Trial], seed: int) -> Iterator[tuple[str, str, float]]:
    """Our figure over that of a named peer, on the series that the peer was given."""
    mine = together[OURS]
    case = mine.case
    for label in case.labels:
        for metric, peer, _ in RATIOS.get(case.suite, RATIOS.get(f"{case.suite}/{label}", ())):
            if peer not in together or mine.answer is None:
                continue
            theirs = together[peer]
            values = [
                _cost(trial) if metric == "ms_per_series" else _figure(trial, label, metric, theirs, seed)
                for trial in (mine, theirs)
            ]
            yield label, f"{metric}_over_{peer}", values[0] / values[1]


def _figure(trial: Trial, label: str, metric: str, like: Trial, seed: int) -> float:
    if trial.answer is None or like.answer is None:
        return float("nan")
    part = trial.answer if trial is like else trial.answer.of(like.answer.rows)
    found = {(of, name): value for of, name, value in figures(trial.case, part, seed)}
    return found[label, metric]


def _row(label: str, method: str, metric: str, values: list[tuple[float, Trial]], seed: int) -> BenchmarkRow:
    trials = [trial for _, trial in values]
    suite = trials[0].case.suite
    mean = float(np.mean([value for value, _ in values]))
    return BenchmarkRow(
        suite=suite,
        instance=label,
        method=method,
        metric=metric,
        value=abs(mean) if metric.startswith("pit_error") else mean,
        cpu_seconds=sum(trial.cpu_seconds for trial in trials),
        peak_mb=max(trial.peak_mb for trial in trials),
        seed=seed,
        n=sum(trial.answer.rows.size for trial in trials if trial.answer is not None),
        target=target_of(suite, label, metric),
    )
