"""Sums of payments by week and by month."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from supplychain.plans.cash_weeks import CASH_COLUMNS, CASH_STATES, MONTH_COLUMNS
from supplychain.plans.frame import typed_frame

__all__ = ["month_sums", "rates_of", "week_sums"]


def week_sums(paid: pd.DataFrame, rates: Mapping[str, float]) -> pd.DataFrame:
    """Sums (``CASH_COLUMNS``) of payments by ISO week and currency, in order of week and currency.

    ``paid`` with ``PAYMENT_COLUMNS``; ``rates`` is what one unit of each currency is worth in base currency.
    """
    if paid.empty:
        return typed_frame(dict.fromkeys(CASH_COLUMNS, ()), CASH_COLUMNS)
    day = paid["cash_date"]
    monday = (day - pd.to_timedelta(day.dt.weekday, unit="D")).astype("datetime64[s]")
    weeks = pd.date_range(monday.min(), monday.max(), freq="7D", unit="s")
    currencies = sorted(set(paid["currency"]))
    index = pd.MultiIndex.from_product([weeks, currencies], names=["week_start", "currency"])
    keyed = paid.assign(week_start=monday)
    by_state = keyed.pivot_table(
        index=["week_start", "currency"], columns="state", values="value", aggfunc="sum", sort=True
    )
    sums = by_state.reindex(index=index, columns=list(CASH_STATES)).fillna(0.0)
    sums["fees"] = keyed.groupby(["week_start", "currency"])["fee"].sum().reindex(index).fillna(0.0)
    sums["total"] = sums.sum(axis=1)
    frame = sums.reset_index()
    frame["total_base"] = frame["total"] * frame["currency"].map(rates).astype("float64")
    for name in ("total", "total_base"):
        frame[name.replace("total", "cumulative")] = frame.groupby("currency")[name].cumsum()
    frame["week"] = frame["week_start"].map(_week)
    return typed_frame(frame, CASH_COLUMNS)


def month_sums(paid: pd.DataFrame, rates: Mapping[str, float], *, budget: float | None = None) -> pd.DataFrame:
    """Sums (``MONTH_COLUMNS``) of payments by month in base currency, against a monthly ``budget``; see `week_sums`."""
    if paid.empty:
        return typed_frame(dict.fromkeys(MONTH_COLUMNS, ()), MONTH_COLUMNS)
    rate = paid["currency"].map(rates).astype("float64")
    base = paid.assign(month=paid["cash_date"].dt.strftime("%Y-%m"), value=paid["value"] * rate, fee=paid["fee"] * rate)
    by_state = base.pivot_table(index="month", columns="state", values="value", aggfunc="sum", sort=True)
    sums = by_state.reindex(columns=list(CASH_STATES)).fillna(0.0)
    sums["fees"] = base.groupby("month")["fee"].sum()
    sums["total"] = sums.sum(axis=1)
    decided = base.loc[base["state"].ne("planned")]
    spent = (decided["value"] + decided["fee"]).groupby(decided["month"]).sum().reindex(sums.index).fillna(0.0)
    sums["budget"] = float("nan") if budget is None else budget
    sums["left"] = sums["budget"] - spent
    return typed_frame(sums.reset_index(), MONTH_COLUMNS)


def rates_of(weeks: pd.DataFrame) -> dict[str, float]:
    """What one unit of each currency of ``week_sums`` is worth in base currency; 1 where nothing is to be paid."""
    worth = weeks.groupby("currency")[["total", "total_base"]].sum()
    return {str(name): float(rate) for name, rate in (worth["total_base"] / worth["total"]).fillna(1.0).items()}


def _week(monday: pd.Timestamp) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"
