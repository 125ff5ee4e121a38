"""A backtest as pages and terminals show it: methods side by side, segments and coverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from supplychain.plans.backtest_table import BENCHMARKS, BacktestTable
from supplychain.reports.places import about_of, currency_of, names_of

__all__ = [
    "ADDED",
    "ADDED_COLUMNS",
    "ADDED_LABELS",
    "METRICS",
    "BacktestView",
    "added_view",
    "coverage_view",
    "headline",
    "method_view",
    "segment_view",
    "worst_view",
]

METRICS: Mapping[str, str] = {
    "wrmsse": "WRMSSE", "rmsse": "RMSSE", "mase": "MASE", "wape": "WAPE", "bias": "Bias",
    "scaled_pinball": "Pinball",
}  # fmt: skip
"""Labels of the metrics, in the order in which they are shown."""
ADDED: Mapping[str, str] = {"wrmsse": "mean", "scaled_pinball": "quantiles"}
"""Losses by which value added is shown: of the mean and of the quantiles."""

_LEAST_UNITS = 0.5
ADDED_COLUMNS = tuple(f"{against}|{metric}" for metric in ADDED for against in BENCHMARKS)
"""Columns of value added: benchmark and loss."""
ADDED_LABELS = tuple(f"{label} v {short}" for label in ADDED.values() for short in ("naive", "112 days"))
"""Short headings of ``ADDED_COLUMNS``."""


@dataclass(frozen=True)
class BacktestView:
    """What a backtest is about: ``scenario`` with what was asked for beyond its file, ``origins`` as ISO days.

    ``methods`` are those of ``table``, the scenario's first; ``about`` holds the tables of ``places.report_tables``.
    """

    key: str
    scenario: str
    title: str
    as_of: date
    methods: tuple[str, ...]
    origins: tuple[str, ...]
    step_days: int
    horizon_days: int
    table: BacktestTable = field(repr=False)
    about: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def method(self) -> str:
        """The scenario's method."""
        return self.methods[0]

    @property
    def names(self) -> dict[str, str]:
        """Names of items, suppliers and sites by id."""
        return names_of(self.about)

    @property
    def currency(self) -> str:
        """Currency of money figures."""
        return currency_of(self.about)

    @property
    def is_synthetic(self) -> bool:
        """Whether the data are made up."""
        return about_of(self.about).get("synthetic") == "yes"

    @property
    def data_set(self) -> str:
        """Name of the data set."""
        return about_of(self.about).get("name", "")


ALL_BUT = 0.95
"""Share of intervals judged below which the headline warns of what is left out."""


def headline(view: BacktestView) -> tuple[str, str]:
    """What was tried, and how much of it could be judged."""
    days, intervals = (frame[frame["method"].eq(view.method)] for frame in (view.table.days, view.table.intervals))
    series, count = len(days[["item_id", "site_id"]].drop_duplicates()), len(view.origins)
    when = f"{count} origins from {view.origins[0]} to {view.origins[-1]}" if count > 1 else f"origin {view.origins[0]}"
    apart = f", {view.step_days} days apart" if count > 1 else ""
    known, whole = (float(frame["actual"].notna().mean()) for frame in (days, intervals))
    quieter = "; what sells out has more demand, so where shelves were often empty bias and levels read too high"
    return (
        f"{view.method}: {series:,} series (items at sites), {when}{apart}, {view.horizon_days} days each",
        f"Judged are {known:.1%} of days and {whole:.1%} of protection intervals; the others were sold out, not on "
        f"sale or not recorded{quieter if whole < ALL_BUT else ''}",
    )


def method_view(table: BacktestTable) -> pd.DataFrame:
    """One row a method over all cells: method and ``METRICS``."""
    chosen = table.scores[table.scores["segment"].eq("all")]
    return _wide(chosen, ["method"], "metric", "value").reindex(columns=["method", *METRICS])


def added_view(table: BacktestTable) -> pd.DataFrame:
    """Value added over all cells, one row a method: method and ``ADDED_COLUMNS``; missing against itself."""
    chosen = table.value_added[table.value_added["segment"].eq("all")]
    named = chosen.assign(column=chosen["against"] + "|" + chosen["metric"])
    wide = _wide(named, ["method"], "column", "value_added").set_index("method")
    methods = table.scores["method"].drop_duplicates()
    return wide.reindex(index=methods, columns=list(ADDED_COLUMNS)).reset_index()


def segment_view(table: BacktestTable, method: str) -> pd.DataFrame:
    """One row a segment and class of one method, in the order of the scores.

    Columns: segment, name, series, money_share, ``METRICS``, ``ADDED_COLUMNS``, and worth_it: yes where it saves loss
    of mean and quantiles against the better benchmark (the other one, where it is itself one), no where it saves
    neither, in part otherwise; empty where a loss is not known.
    """
    scores = table.scores[table.scores["method"].eq(method) & ~table.scores["segment"].isin(["protection_days"])]
    index = ["segment", "name"]
    wide = _wide(scores, index, "metric", "value").reindex(columns=[*index, *METRICS])
    wide["series"] = _looked_up(wide, scores.groupby(index, sort=False)["series"].max())
    money = scores[scores["metric"].eq("wrmsse")].set_index(index)["weight"]
    wide["money_share"] = _looked_up(wide, money / money.get(("all", "all"), np.nan))
    added = table.value_added[table.value_added["method"].eq(method)]
    for column in ADDED_COLUMNS:
        against, metric = column.split("|")
        chosen = added[added["against"].eq(against) & added["metric"].eq(metric)].set_index(index)["value_added"]
        wide[column] = _looked_up(wide, chosen)
    wide["worth_it"] = [_worth(line) for line in wide.to_dict("records")]
    return wide[[*index, "series", "money_share", *METRICS, *ADDED_COLUMNS, "worth_it"]]


def coverage_view(table: BacktestTable, method: str, column: str) -> pd.DataFrame:
    """``column`` of the coverage of one method: protection_days, then one column a level."""
    chosen = table.coverage[table.coverage["method"].eq(method)].dropna(subset=[column])
    return chosen.pivot_table(index="protection_days", columns="level", values=column, sort=True)


def worst_view(table: BacktestTable, count: int) -> pd.DataFrame:
    """The ``count`` rows with the most money in errors, without those that are off by less than half a unit."""
    return table.errors[table.errors["error_units"] >= _LEAST_UNITS].head(count)


def _worth(line: Mapping[object, float]) -> str:
    known = [[value for against in BENCHMARKS if np.isfinite(value := line[f"{against}|{metric}"])] for metric in ADDED]
    if not all(known):
        return ""
    better = sum(min(values) > 0 for values in known)
    return "yes" if better == len(known) else "in part" if better else "no"


def _wide(frame: pd.DataFrame, index: list[str], column: str, value: str) -> pd.DataFrame:
    """Long to wide, rows and columns in the order in which they come first."""
    rows = frame[index].drop_duplicates()
    wide = frame.set_index([*index, column])[value].unstack(column)
    return rows.join(wide, on=index if len(index) > 1 else index[0]).reset_index(drop=True)


def _looked_up(frame: pd.DataFrame, values: pd.Series) -> list[float]:
    keys = zip(frame["segment"], frame["name"], strict=True)
    found = values.to_dict()
    return [float(found.get(key, np.nan)) for key in keys]
