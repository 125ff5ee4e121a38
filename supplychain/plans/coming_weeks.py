"""What the coming weeks look like, by the projection of stock, beside the state that a plan leads to in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

__all__ = ["ComingWeeks", "coming_weeks"]


@dataclass(frozen=True, slots=True)
class ComingWeeks:
    """Projected stock at landed cost and service, of all item-sites, if the plan and its outlook are followed.

    ``first`` is the planning day, ``last`` the last day of the projection. ``stock_today`` before that evening's
    transfers leave, ``stock_last`` at the end, ``stock_mean`` over the days; ``stock_planned`` under the rule when it
    has worked through (NaN where the run does not say). ``fill_units`` and ``fill_value`` are shares of units, and of
    their selling price, that are not lost. ``reached`` is the first day on which stock is no more than planned, None
    when it is more throughout; ``not_before`` is then the day on which it would be at the pace of these days, None
    when it does not fall.
    """

    first: date
    last: date
    stock_today: float
    stock_last: float
    stock_mean: float
    stock_planned: float
    fill_units: float
    fill_value: float
    reached: date | None
    not_before: date | None


def coming_weeks(tables: Mapping[str, pd.DataFrame]) -> ComingWeeks | None:
    """From stock_projection, order_rows and segments of a run; None where one of them is missing or empty."""
    names = ("stock_projection", "order_rows", "segments")
    if any(name not in tables or tables[name].empty for name in names):
        return None
    days, rows, segments = (tables[name] for name in names)
    keys = ["item_id", "site_id"]
    known = days.merge(rows.drop_duplicates(keys)[[*keys, "unit_cost", "selling_price"]], on=keys, how="inner")
    money = known["closing"] * known["unit_cost"]
    value = money.groupby(known["date"]).sum().sort_index()
    start = known["date"].eq(value.index[0])
    today = float((known["opening"] * known["unit_cost"]).loc[start].sum())
    planned, last = float(segments["planned_stock_value"].sum()), float(value.iloc[-1])
    first_day, last_day = value.index[0].date(), value.index[-1].date()
    below = value.index[value.le(planned)]
    pace = (today - last) / max((last_day - first_day).days, 1)
    later = None
    if below.empty and pace > 0:
        later = last_day + timedelta(days=int(np.ceil((last - planned) / pace)))
    return ComingWeeks(
        first_day,
        last_day,
        today,
        last,
        float(value.mean()),
        planned,
        _served(known["lost"], known["demand"]),
        _served(known["lost"] * known["selling_price"], known["demand"] * known["selling_price"]),
        below[0].date() if len(below) else None,
        later,
    )


def _served(lost: pd.Series, asked: pd.Series) -> float:
    total = float(asked.sum())
    return 1.0 - float(lost.sum()) / total if total > 0 else float("nan")
