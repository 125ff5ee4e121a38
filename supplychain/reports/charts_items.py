"""Charts of one item at one site: what was sold and is expected, and how its stock will move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from supplychain.reports.charts import SERIES, Chart, axis, chart, day_axis, days, layout, numbers, shade_events, tint

__all__ = ["daily_band", "forecast_chart", "stock_chart"]

_LOW, _HIGH = 0.1, 0.9


def daily_band(mean: pd.Series, variance: pd.Series) -> tuple[Any, Any]:
    """10 % and 90 % quantile of a day's demand: negative binomial of that mean and variance, Poisson at the least."""
    from scipy.special import betainc, nbdtrik, pdtr, pdtrik  # scipy.stats takes a second to import

    m, v = mean.to_numpy(dtype=float), variance.to_numpy(dtype=float)
    wide = v > m * (1 + 1e-9)
    size = np.where(wide, m**2 / np.where(wide, v - m, 1.0), 1.0)
    size = np.maximum(size, 1e-9)
    chance = size / (size + np.maximum(m, 1e-12))

    def quantile(level: float) -> Any:
        """The smallest whole number that is reached in ``level`` of cases; the inverses may lie one too high."""
        above = np.ceil(np.where(wide, nbdtrik(level, size, chance), pdtrik(level, np.maximum(m, 1e-12))))
        below = np.maximum(above - 1.0, 0.0)
        reached = np.where(wide, betainc(size, below + 1.0, chance), pdtr(below, m)) >= level
        return np.where(m > 0, np.where(reached, below, above), 0.0)

    return quantile(_LOW), quantile(_HIGH)


def forecast_chart(
    div_id: str, name: str, history: pd.DataFrame | None, daily: pd.DataFrame, *,
    events: pd.DataFrame | None = None, past: pd.DataFrame | None = None,
) -> Chart:  # fmt: skip
    """History of a row and its forecast with the band that holds four of five days.

    ``past`` (origin, date, mean) is what would have been forecast at origins before.
    """
    low, high = daily_band(daily["mean"], daily["variance"])
    ahead = days(daily["date"])
    traces: list[dict[str, Any]] = []
    if history is not None and len(history):
        traces += _history_traces(history)
    if past is not None and len(past):
        traces.append(_past_trace(past))
    traces += [
        {"type": "scatter", "mode": "lines", "name": "10 %", "x": ahead, "y": numbers(low), "line": {"width": 0},
         "showlegend": False, "hovertemplate": "10 % of days at or below %{y:,.0f}<extra></extra>"},
        {"type": "scatter", "mode": "lines", "name": "Four of five days", "x": ahead, "y": numbers(high),
         "line": {"width": 0}, "fill": "tonexty", "fillcolor": tint(SERIES[1], 25),
         "hovertemplate": "90 % of days at or below %{y:,.0f}<extra></extra>"},
        {"type": "scatter", "mode": "lines", "name": "Forecast mean", "x": ahead, "y": numbers(daily["mean"]),
         "line": {"color": SERIES[1], "width": 2}, "hovertemplate": "%{y:,.1f} expected<extra></extra>"},
    ]  # fmt: skip
    total = daily["mean"].sum()
    first = daily["date"].min() if history is None else history["date"].min()
    return chart(
        div_id, "Demand: history and forecast",
        caption="" if history is not None else "This run keeps no history; the forecast alone is shown.",
        alt=f"Daily demand of {name}: history, then a forecast of {total:,.0f} units over {len(daily)} days "
        "with the band that holds four of five days.",
        data=traces,
        layout=layout(
            xaxis=day_axis(nticks=5), yaxis=axis("Units a day", rangemode="tozero"),
            **shade_events(events, first, daily["date"].max()),
        ),
        height=280,
    )  # fmt: skip


def _past_trace(past: pd.DataFrame) -> dict[str, Any]:
    """The means of each origin, with a gap between one origin and the next."""
    x: list[str | None] = []
    y: list[float | None] = []
    for _, own in past.sort_values(["origin", "date"], kind="stable").groupby("origin", sort=True):
        x += [*([None] if x else []), *days(own["date"])]
        y += [*([None] if y else []), *numbers(own["mean"])]
    return {
        "type": "scatter", "mode": "lines", "name": "Forecast some weeks ago", "x": x, "y": y, "connectgaps": False,
        "line": {"color": SERIES[3], "width": 2, "dash": "dot"}, "hovertemplate": "%{y:,.1f} forecast<extra></extra>",
    }  # fmt: skip


def _history_traces(history: pd.DataFrame) -> list[dict[str, Any]]:
    ordered = history.sort_values("date", kind="stable")
    out = ordered[~ordered["in_stock"].astype(bool)]
    traces: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "name": "Sold", "x": days(ordered["date"]),
         "y": numbers(ordered["quantity"]), "line": {"color": SERIES[0], "width": 1},
         "hovertemplate": "%{y:,.0f} sold<extra></extra>"}
    ]  # fmt: skip
    if len(out):
        traces.append(
            {"type": "scatter", "mode": "markers", "name": "Out of stock", "x": days(out["date"]),
             "y": [0.0] * len(out), "marker": {"color": SERIES[4], "size": 6, "symbol": "line-ns-open"},
             "cliponaxis": False, "hovertemplate": "out of stock<extra></extra>"}
        )  # fmt: skip
    return traces


def stock_chart(div_id: str, name: str, projection: pd.DataFrame) -> Chart:
    """Projected stock of a row: expected, the band of four in five cases, and what comes in."""
    ordered = projection.sort_values("date", kind="stable")
    x = days(ordered["date"])
    coming = ordered["received"] + ordered["transferred_in"] + ordered["returned"]
    traces: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "name": "Low", "x": x, "y": numbers(ordered["low"]), "line": {"width": 0},
         "showlegend": False, "hovertemplate": "low %{y:,.0f}<extra></extra>"},
        {"type": "scatter", "mode": "lines", "name": "Four of five cases", "x": x, "y": numbers(ordered["high"]),
         "line": {"width": 0}, "fill": "tonexty", "fillcolor": tint(SERIES[2], 25),
         "hovertemplate": "high %{y:,.0f}<extra></extra>"},
        {"type": "scatter", "mode": "lines", "name": "Expected stock", "x": x, "y": numbers(ordered["closing"]),
         "line": {"color": SERIES[2], "width": 2}, "hovertemplate": "%{y:,.0f} in stock<extra></extra>"},
        {"type": "bar", "name": "Coming in", "x": x, "y": numbers(coming), "marker": {"color": tint(SERIES[3], 70)},
         "hovertemplate": "%{y:,.0f} come in<extra></extra>"},
    ]  # fmt: skip
    empty = int((ordered["closing"] <= 0).sum())
    return chart(
        div_id, "Stock when the plan is followed", caption="",
        alt=f"Projected stock of {name} by day with its low and high; {empty} of {len(ordered)} days end empty.",
        data=traces,
        layout=layout(xaxis=day_axis(nticks=5), yaxis=axis("Units", rangemode="tozero")),
        height=280,
    )  # fmt: skip
