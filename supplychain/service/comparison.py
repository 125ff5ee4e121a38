"""Scenarios or stored runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from supplychain.errors import PlanError, UsageError
from supplychain.service.execution import run
from supplychain.service.kpis import compare_kpis
from supplychain.service.listen import Listener, Until
from supplychain.service.listing import open_run, open_store
from supplychain.service.result import RunResult
from supplychain.store import Store

__all__ = ["Comparison", "compare", "compare_runs"]


@dataclass(frozen=True)
class Comparison:
    """Runs side by side. ``names`` are unique; ``figures`` is tidy, one row a figure and run.

    Columns of ``figures``: figure, label, unit, basis, better, run (one of ``names``), value, low, high, and against
    the first run delta and verdict (better, worse, same).
    """

    names: tuple[str, ...]
    results: tuple[RunResult, ...]
    figures: pd.DataFrame


def compare(
    names: Sequence[str],
    *,
    until: Until = "simulate",
    as_of: date | None = None,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    workers: int = 1,
    store: Store | Path | None = None,
    project: Path | None = None,
    listener: Callable[[str], Listener] | None = None,
) -> Comparison:
    """Run every scenario that is not stored as it is now, and set them side by side against the first.

    ``listener`` makes the listener of a scenario by name. Raises what `run` raises, UsageError for fewer than two.
    """
    _check_count(names, "scenarios")
    results = [
        run(
            name,
            until=until,
            as_of=as_of,
            data=data,
            sets=sets,
            workers=workers,
            store=store,
            project=project,
            listener=listener(name) if listener else None,
        )
        for name in dict.fromkeys(names)
    ]
    return _side_by_side([result.scenario for result in results], results)


def compare_runs(texts: Sequence[str], *, store: Store | Path | None = None) -> Comparison:
    """Stored runs side by side against the first, each meant by id, beginning of an id, scenario name or latest.

    Raises PlanError for a run that is not there or of another data set, UsageError for fewer than two.
    """
    _check_count(texts, "runs")
    found = open_store(store)
    results = [open_run(found, text) for text in dict.fromkeys(texts)]
    return _side_by_side([result.scenario for result in results], results)


def _check_count(names: Sequence[str], what: str) -> None:
    if len(dict.fromkeys(names)) < 2:
        raise UsageError(f"compare needs two or more different {what}; got {', '.join(names) or 'none'}")


def _check_data_sets(results: Sequence[RunResult]) -> None:
    """Figures of one company beside those of another would look like an answer."""
    used = {result.label: str(result.manifest["data_set"]) for result in results if "data_set" in result.manifest}
    if len(set(used.values())) > 1:
        each = ", ".join(f"{label} on {name}" for label, name in used.items())
        raise PlanError(f"runs of different data sets cannot be compared: {each}; run each scenario on the same data")


def _side_by_side(labels: Sequence[str], results: Sequence[RunResult]) -> Comparison:
    _check_data_sets(results)
    if len(set(labels)) < len(labels):
        labels = [f"{result.scenario}:{result.run_id[:6]}" for result in results]
    if len(set(labels)) < len(labels):
        labels = [f"{result.scenario}:{result.run_id}" for result in results]
    first = results[0].kpis
    parts = [
        compare_kpis(result.kpis.drop(columns=["parent", "delta", "verdict"], errors="ignore"), first).assign(run=label)
        for label, result in zip(labels, results, strict=True)
    ]
    columns = ["figure", "label", "unit", "basis", "better", "run", "value", "low", "high", "delta", "verdict"]
    figures = pd.concat(parts, ignore_index=True)[columns]
    return Comparison(tuple(labels), tuple(results), figures)
