"""Checks a forecast table against the data set: complete, dated, whole, monotone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.forecast_table import ForecastTable
from supplychain.plans.violation import Violation

__all__ = ["judge_forecast"]

_SLACK = 1e-6
_KEY = ["item_id", "site_id"]


def judge_forecast(dataset: DataSet, table: ForecastTable, *, as_of: date) -> tuple[Violation, ...]:
    """Every rule that the forecast breaks, at most one violation a record and rule."""
    return (
        *_judge_rows(dataset, table),
        *_judge_daily(table, as_of),
        *_judge_quantiles(table),
        *_judge_sums(table),
        *_judge_coverage(table),
    )


def _found(record: object, field: str, value: object, rule: str) -> Violation:
    return Violation("forecast", str(record), field, str(value), rule)


def _judge_rows(dataset: DataSet, table: ForecastTable) -> Iterator[Violation]:
    listed = {
        (item_id, site.site_id)
        for site in dataset.stocking_sites
        for item_id in dataset.items
        if dataset.is_listed(item_id, site)
    }
    for name, frame in (("models", table.models), ("daily", table.daily), ("quantiles", table.quantiles)):
        rows = set(frame[_KEY].drop_duplicates().itertuples(index=False, name=None))
        for key in sorted(rows - listed, key=str):
            yield _found(key, f"{name}.item_id", key[0], "forecast for a row that is not listed at an open site")
        for key in sorted(listed - rows):
            yield _found(key, f"{name}.item_id", key[0], "a listed row has no forecast")
    for key in table.models.loc[table.models.duplicated(_KEY), _KEY].itertuples(index=False, name=None):
        yield _found(key, "models", key, "two models for one row")
    empty = table.models["model"].fillna("").eq("")
    for key in table.models.loc[empty, _KEY].itertuples(index=False, name=None):
        yield _found(key, "model", "", "no model named")


def _judge_daily(table: ForecastTable, as_of: date) -> Iterator[Violation]:
    daily = table.daily
    for key in daily.loc[daily.duplicated([*_KEY, "date"]), [*_KEY, "date"]].itertuples(index=False, name=None):
        yield _found(key, "date", key[2], "two forecasts for one day")
    dates = pd.to_datetime(daily["date"])
    first, last = pd.Timestamp(as_of + timedelta(days=1)), dates.max()
    span = (last - first).days + 1 if len(daily) else 0
    for key, days in dates.groupby([daily["item_id"], daily["site_id"]]):
        if days.min() != first:
            yield _found(key, "date", days.min().date(), "does not start on the day after the planning day")
        elif days.nunique() != span or days.max() != last:
            yield _found(key, "date", days.nunique(), f"has not one forecast for each of {span} days")
    for column in ("mean", "variance"):
        bad = ~np.isfinite(daily[column]) | (daily[column] < 0)
        for _, line in daily[bad].iterrows():
            yield _found(
                (line["item_id"], line["site_id"], line["date"]), column, line[column], "negative or no number"
            )


def _judge_quantiles(table: ForecastTable) -> Iterator[Violation]:
    frame = table.quantiles
    key = [*_KEY, "protection_days"]
    for where in frame.loc[frame.duplicated([*key, "level"]), [*key, "level"]].itertuples(index=False, name=None):
        yield _found(where, "level", where[3], "two quantiles for one level")
    for column in ("quantile", "expected"):
        bad = ~np.isfinite(frame[column]) | (frame[column] < 0)
        for _, line in frame[bad].iterrows():
            yield _found(tuple(line[key]), column, line[column], "negative or no number")
    for _, line in frame[(frame["level"] <= 0) | (frame["level"] >= 1)].iterrows():
        yield _found(tuple(line[key]), "level", line["level"], "a level lies between 0 and 1")
    for _, line in frame[~(frame["size"] > 0)].iterrows():
        yield _found(tuple(line[key]), "size", line["size"], "the size of a negative binomial is positive")
    ordered = frame.sort_values([*key, "level"], kind="stable")
    same = (ordered[key] == ordered[key].shift()).all(axis=1)
    for _, line in ordered[same & (ordered["quantile"] < ordered["quantile"].shift() - _SLACK)].iterrows():
        yield _found(tuple(line[key]), "quantile", line["quantile"], "lower than the quantile of a lower level")
    for _, line in ordered[same & ((ordered["expected"] - ordered["expected"].shift()).abs() > _SLACK)].iterrows():
        yield _found(tuple(line[key]), "expected", line["expected"], "differs between levels of one interval")
    levels = set(frame["level"])
    for where, group in frame.groupby(key)["level"]:
        if set(group) != levels:
            yield _found(where, "level", sorted(levels - set(group)), "levels are missing")


def _judge_sums(table: ForecastTable) -> Iterator[Violation]:
    """Expected demand of an interval is the sum of its daily means."""
    daily = table.daily.sort_values([*_KEY, "date"], kind="stable")
    total = daily.groupby(_KEY, sort=False)["mean"].cumsum()
    day = daily.groupby(_KEY, sort=False).cumcount() + 1
    sums = pd.DataFrame(
        {"item_id": daily["item_id"], "site_id": daily["site_id"], "protection_days": day, "sum": total}
    )
    one = table.quantiles.drop_duplicates([*_KEY, "protection_days"])[[*_KEY, "protection_days", "expected"]]
    both = one.merge(sums, on=[*_KEY, "protection_days"], how="left")
    off = (both["expected"] - both["sum"]).abs() > _SLACK * (1.0 + both["sum"].abs())
    for _, line in both[off | both["sum"].isna()].iterrows():
        key = (line["item_id"], line["site_id"], line["protection_days"])
        yield _found(key, "expected", line["expected"], f"the daily means add up to {line['sum']:.6g}")


def _judge_coverage(table: ForecastTable) -> Iterator[Violation]:
    frame = table.coverage
    known = frame["covered"].notna()
    for _, line in frame[known & ((frame["covered"] < 0) | (frame["covered"] > 1))].iterrows():
        yield _found((line["protection_days"], line["level"]), "covered", line["covered"], "a share lies in 0..1")
    want = set(table.quantiles[["protection_days", "level"]].drop_duplicates().itertuples(index=False, name=None))
    have = set(frame[["protection_days", "level"]].itertuples(index=False, name=None))
    for pair in sorted(want ^ have):
        yield _found(pair, "coverage", "", "coverage and quantiles do not name the same intervals and levels")
