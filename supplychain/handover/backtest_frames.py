"""Backtests as arrays -> tables of forecasts, scores, value added, coverage and errors by money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from forecasts.backtest import Backtest
from forecasts.scores import LOSSES, Losses, Yardstick, figures, losses, reached, yardstick
from forecasts.segments import SEGMENTS, segment_classes
from supplychain.domain import DataSet
from supplychain.handover.forecasting import ForecastInputs, History
from supplychain.handover.service_class import CLASSES
from supplychain.plans.backtest_table import BENCHMARKS, BacktestTable, quantile_column

__all__ = ["backtest_table"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BIAS_CHANCE = 0.1
"""Chance, two-sided, at which errors without any bias would be called biased (Student's t over the windows)."""
_SCORE_COLUMNS = ["method", "segment", "name", "metric", "value", "weight", "n", "series"]


@dataclass(frozen=True)
class _Split:
    """Classes of cells (row, origin): names and the index [N,S] of each cell's."""

    names: tuple[str, ...]
    index: Ints


def backtest_table(
    dataset: DataSet, keys: Sequence[tuple[str, str]], inputs: ForecastInputs, tests: Mapping[str, Backtest], *,
    class_index: Ints,
) -> BacktestTable:  # fmt: skip
    """Tables of ``tests`` by method (the first is the scenario's) on the rows ``keys`` [N].

    ``class_index`` [N] points into the service classes.
    """
    first = next(iter(tests.values()))
    history = inputs.history
    known = yardstick(history, first)
    found = {method: losses(test, known, seed=inputs.request.seed) for method, test in tests.items()}
    axes = _Axes(list(tests), keys, _dates(history, first.origins - 1))
    splits = _splits(axes, [dataset.items[item].category for item, _ in keys], known, class_index)
    scores = _scores(tests, found, known, splits)
    return BacktestTable(
        days=_days(axes, history, tests),
        intervals=_intervals(axes, tests),
        rows=_rows(axes, found, known, splits),
        scores=scores,
        value_added=_value_added(scores),
        coverage=_coverage(tests, found),
        errors=_errors(axes, history.unit_value, first, splits),
    )


@dataclass(frozen=True)
class _Axes:
    """Names of what arrays [N,S,...] of several methods count."""

    methods: list[str]
    keys: Sequence[tuple[str, str]]
    origins: npt.NDArray[np.datetime64]

    def columns(self, inner: int) -> dict[str, Any]:
        """method, item_id, site_id and origin of every entry of the methods' raveled arrays [N,S,``inner``]."""
        rows, origins, methods = len(self.keys), self.origins.size, len(self.methods)
        each = origins * inner

        def named(texts: Sequence[str], codes: npt.NDArray[Any]) -> pd.Categorical:
            kinds = list(dict.fromkeys(texts))
            place = {kind: number for number, kind in enumerate(kinds)}
            index = np.array([place[text] for text in texts], dtype=np.int32)
            return pd.Categorical.from_codes(index[codes], categories=kinds)

        row = np.tile(np.repeat(np.arange(rows), each), methods)
        return {
            "method": named(self.methods, np.repeat(np.arange(methods), rows * each)),
            "item_id": named([item for item, _ in self.keys], row),
            "site_id": named([site for _, site in self.keys], row),
            "origin": np.tile(np.repeat(self.origins, inner), methods * rows),
        }


def _dates(history: History, columns: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    return np.asarray((history.first_day.astype("datetime64[D]") + columns).astype("datetime64[s]"))


def _splits(axes: _Axes, category_of: Sequence[str], known: Yardstick, class_index: Ints) -> dict[str, _Split]:
    """Every split of the cells; ``category_of`` [N]."""
    shape = (len(axes.keys), axes.origins.size)
    categories = tuple(sorted(set(category_of)))
    category = np.array([categories.index(name) for name in category_of], dtype=np.int64)
    origins = tuple(str(day)[:10] for day in axes.origins)
    at_origins = [segment_classes(traits) for traits in known.traits]
    return {
        "all": _Split(("all",), np.zeros(shape, dtype=np.int64)),
        "service_class": _Split(CLASSES, np.repeat(class_index[:, None], shape[1], axis=1)),
        "category": _Split(categories, np.repeat(category[:, None], shape[1], axis=1)),
        **{
            name: _Split(names, np.stack([classes[name] for classes in at_origins], axis=1))
            for name, names in SEGMENTS.items()
        },
        "origin": _Split(origins, np.repeat(np.arange(shape[1])[None, :], shape[0], axis=0)),
    }


def _joined(tests: Mapping[str, Backtest], field: str) -> Floats:
    return np.concatenate([getattr(test, field).ravel() for test in tests.values()])


def _levels(tests: Mapping[str, Backtest], field: str) -> dict[str, Floats]:
    levels = next(iter(tests.values())).levels
    values = [getattr(test, field) for test in tests.values()]
    if any(value is None for value in values):
        return {}
    return {
        quantile_column(level): np.concatenate([value[..., q].ravel() for value in values])
        for q, level in enumerate(levels)
    }


def _days(axes: _Axes, history: History, tests: Mapping[str, Backtest]) -> pd.DataFrame:
    first = next(iter(tests.values()))
    columns = first.origins[:, None] + np.arange(first.horizon)
    dates = np.tile(_dates(history, columns).ravel(), len(axes.keys) * len(tests))
    values = {"actual": _joined(tests, "daily_actual"), "mean": _joined(tests, "daily_mean")}
    return pd.DataFrame({**axes.columns(first.horizon), "date": dates, **values, **_levels(tests, "day_quantile")})


def _intervals(axes: _Axes, tests: Mapping[str, Backtest]) -> pd.DataFrame:
    grid = np.array(next(iter(tests.values())).protection_days)
    values = {"actual": _joined(tests, "actual"), "expected": _joined(tests, "mu"), "size": _joined(tests, "k")}
    days = np.tile(grid, axes.origins.size * len(axes.keys) * len(tests))
    return pd.DataFrame({**axes.columns(grid.size), "protection_days": days, **values, **_levels(tests, "quantile")})


def _rows(axes: _Axes, found: Mapping[str, Losses], known: Yardstick, splits: Mapping[str, _Split]) -> pd.DataFrame:
    methods = len(found)
    kinds = {
        name: pd.Categorical.from_codes(np.tile(split.index.ravel(), methods), categories=list(split.names))
        for name, split in splits.items()
        if name not in ("all", "origin")
    }

    def joined(name: str) -> Floats:
        return np.concatenate([getattr(one, name).ravel() for one in found.values()])

    pinball = [_mean_of_known(one.pinball).ravel() for one in found.values()]
    return pd.DataFrame(
        {
            **axes.columns(1),
            **kinds,
            "money": np.tile(known.money.ravel(), methods),
            "rmsse": joined("rmsse"),
            "mase": joined("mase"),
            "scaled_pinball": np.concatenate(pinball),
            "absolute_error": joined("absolute"),
            "error": joined("signed"),
            "demand": joined("demand"),
        }
    )


def _mean_of_known(values: Floats) -> Floats:
    count = np.isfinite(values).sum(axis=2)
    total = np.nansum(values, axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _scores(
    tests: Mapping[str, Backtest], found: Mapping[str, Losses], known: Yardstick, splits: Mapping[str, _Split]
) -> pd.DataFrame:
    lines: list[list[Any]] = []
    for method, test in tests.items():
        for segment, split in splits.items():
            for number, name in enumerate(split.names):
                cells = split.index == number
                series = int((cells & np.isfinite(found[method].demand)).any(axis=1).sum())
                for metric, figure in figures(found[method], known, cells).items():
                    if figure.n:
                        lines.append([method, segment, name, metric, *figure, series])
        lines += _by_interval(method, test, found[method])
    return pd.DataFrame(lines, columns=_SCORE_COLUMNS)


def _by_interval(method: str, test: Backtest, found: Losses) -> Iterator[list[Any]]:
    for p, days in enumerate(test.protection_days):
        values = found.pinball[:, :, p]
        seen = np.isfinite(values)
        if seen.any():
            count = int(seen.sum())
            value, series = float(values[seen].mean()), int(seen.any(axis=1).sum())
            yield [method, "protection_days", str(days), "scaled_pinball", value, float(count), count, series]


def _value_added(scores: pd.DataFrame) -> pd.DataFrame:
    where = ["segment", "name", "metric"]
    chosen = scores[scores["metric"].isin(LOSSES)]
    parts = []
    for against in BENCHMARKS:
        beside = chosen[chosen["method"].eq(against)][[*where, "value"]].rename(columns={"value": "benchmark_loss"})
        part = chosen[["method", *where, "value"]].rename(columns={"value": "loss"}).merge(beside, on=where, how="left")
        parts.append(part.assign(against=against))
    table = pd.concat(parts, ignore_index=True)
    loss, other = table["loss"], table["benchmark_loss"]
    table = table.assign(value_added=(1.0 - loss / other.where(other > 0)).where(table["method"].ne(table["against"])))
    return table.dropna(subset=["value_added"])[
        ["method", *where, "against", "loss", "benchmark_loss", "value_added"]
    ].reset_index(drop=True)


def _coverage(tests: Mapping[str, Backtest], found: Mapping[str, Losses]) -> pd.DataFrame:
    parts = []
    for method, test in tests.items():
        shares = reached(found[method], test.levels)
        intervals, levels = shares.covered.shape
        level = np.tile(np.array(test.levels), intervals)
        columns = {
            "method": [method] * level.size,
            "protection_days": np.repeat(np.array(test.protection_days), levels),
            "level": level,
            "covered": shares.covered.ravel(),
            "reached": shares.transformed.ravel(),
            "pit_error": shares.transformed.ravel() - level,
            "n": np.repeat(shares.n.astype(np.int64), levels),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _errors(axes: _Axes, unit_value: Floats, test: Backtest, splits: Mapping[str, _Split]) -> pd.DataFrame:
    """Errors of the sums over each window's known days, by money; ties keep the order of the rows."""
    days = np.isfinite(test.daily_actual)
    window = np.where(days, test.daily_mean - test.daily_actual, 0.0).sum(axis=2)
    seen = np.asarray(days.any(axis=2))
    units = np.abs(window).sum(axis=1)
    demand = np.where(days, test.daily_actual, 0.0).sum(axis=(1, 2))
    value = units * unit_value
    first_days = pd.to_datetime(axes.origins) + pd.Timedelta(days=1)
    order = np.argsort(-value, kind="stable")
    order = order[seen[order].any(axis=1)]
    lines = [
        [
            *axes.keys[row],
            *(splits[name].names[splits[name].index[row, -1]] for name in ("category", "service_class", "pattern")),
            float(value[row]),
            float(units[row]),
            float(demand[row]),
            float(window[row].sum() / demand[row]) if demand[row] > 0 else np.nan,
            int(seen[row].sum()),
            _finding(window[row][seen[row]]),
            first_days[np.abs(window[row]).argmax()],
            float(np.abs(window[row]).max() / units[row]) if units[row] > 0 else 0.0,
        ]
        for row in order
    ]
    columns = ["item_id", "site_id", "category", "service_class", "pattern", "error_value", "error_units",
               "demand_units", "bias", "windows", "finding", "worst_window", "worst_share"]  # fmt: skip
    table = pd.DataFrame(lines, columns=columns)
    table["worst_window"] = table["worst_window"].astype("datetime64[s]")
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _finding(window: Floats) -> str:
    """Whether errors [S] of windows lean to one side: Student's t of their mean."""
    if window.size < 2:
        return "one window: cannot tell"
    deviation = float(window.std(ddof=1)) / np.sqrt(window.size)
    mean = float(window.mean())
    if abs(mean) <= deviation * float(stdtrit(window.size - 1, 1.0 - _BIAS_CHANCE / 2)):
        return "noise"
    return "bias, too high" if mean > 0 else "bias, too low"
