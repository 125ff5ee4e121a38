"""Charts of the closed loop: stock, demand and served units by day, and the trade-off by category."""

from __future__ import annotations

import pandas as pd

from supplychain.reports.charts import (
    SERIES,
    Chart,
    axis,
    chart,
    day_axis,
    days,
    layout,
    numbers,
    plain,
    shade_events,
    tint,
)

__all__ = ["category_table", "demand_chart", "stock_value_chart", "trade_off_chart"]


def stock_value_chart(daily: pd.DataFrame, events: pd.DataFrame | None, *, currency: str) -> Chart:
    """Value of all stock by day."""
    line = {
        "type": "scatter", "mode": "lines", "name": "Stock value", "x": days(daily["date"]),
        "y": numbers(daily["stock_value"]), "line": {"color": SERIES[0], "width": 2}, "fill": "tozeroy",
        "fillcolor": tint(SERIES[0], 14), "hovertemplate": f"%{{y:,.0f}} {plain(currency)}<extra></extra>",
    }  # fmt: skip
    low, high = daily["stock_value"].min(), daily["stock_value"].max()
    return chart(
        "chart-stock-value", "Stock value by day",
        caption="Mean of all lives. Shaded: events; darker on their peak days.",
        alt=f"Line of the daily stock value, between {low:,.0f} and {high:,.0f} {currency}.",
        data=[line],
        layout=layout(
            xaxis=day_axis(), yaxis=axis(f"Stock value ({currency})", rangemode="tozero", tickformat="~s"),
            showlegend=False, **shade_events(events, daily["date"].min(), daily["date"].max()),
        ),
        height=260,
    )  # fmt: skip


def demand_chart(daily: pd.DataFrame, events: pd.DataFrame | None) -> Chart:
    """Units asked for and units served by day; what lies between them was not served from stock."""
    x = days(daily["date"])
    served = {
        "type": "scatter", "mode": "lines", "name": "Served from stock", "x": x, "y": numbers(daily["served_units"]),
        "line": {"color": SERIES[0], "width": 1.5}, "hovertemplate": "%{y:,.0f} served<extra></extra>",
    }  # fmt: skip
    asked = {
        "type": "scatter", "mode": "lines", "name": "Asked for", "x": x, "y": numbers(daily["demand_units"]),
        "line": {"color": SERIES[1], "width": 1.5}, "fill": "tonexty", "fillcolor": tint(SERIES[1], 35),
        "hovertemplate": "%{y:,.0f} asked for<extra></extra>",
    }  # fmt: skip
    lost = 1.0 - daily["served_units"].sum() / max(daily["demand_units"].sum(), 1e-9)
    return chart(
        "chart-demand", "Demand and units served by day",
        caption=f"The filled gap is demand not served from stock: {lost:.1%} of all units. Mean of all lives.",
        alt=f"Two lines: units asked for and units served by day; {lost:.1%} of the units are not served.",
        data=[served, asked],
        layout=layout(
            xaxis=day_axis(), yaxis=axis("Units a day", rangemode="tozero", tickformat="~s"),
            **shade_events(events, daily["date"].min(), daily["date"].max()),
        ),
        height=300,
    )  # fmt: skip


def category_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures by category, most stock first: category, rows, stock_value, lost_margin, waste_value, stock_out_share."""
    grouped = rows.groupby("category", sort=True)
    table = pd.DataFrame(
        {
            "rows": grouped.size(),
            "stock_value": grouped["mean_stock_value"].sum(),
            "lost_margin": grouped["lost_margin"].sum(),
            "waste_value": grouped["waste_value"].sum(),
            "stock_out_share": grouped["stock_out_share"].mean(),
        }
    )
    table = table.rename_axis("category").reset_index()
    return table.sort_values(["stock_value", "category"], ascending=[False, True]).reset_index(drop=True)


def trade_off_chart(categories: pd.DataFrame, *, currency: str) -> Chart:
    """Stock value beside lost margin, one pair of bars a category."""
    shown = categories.iloc[::-1]
    names = [plain(str(name).replace("_", " ")) for name in shown["category"]]
    bars = [
        {
            "type": "bar", "orientation": "h", "name": title, "y": names, "x": numbers(shown[column]),
            "marker": {"color": colour}, "xaxis": x,
            "hovertemplate": f"%{{x:,.0f}} {plain(currency)}<extra>{title}</extra>",
        }
        for title, column, colour, x in (
            ("Mean stock value", "stock_value", SERIES[0], "x"),
            ("Lost margin", "lost_margin", SERIES[1], "x2"),
        )
    ]  # fmt: skip
    most = categories.iloc[int(categories["lost_margin"].to_numpy().argmax())]
    ticks = {"rangemode": "tozero", "tickformat": "~s", "nticks": 4}
    return chart(
        "chart-trade-off", "Money in stock beside margin lost, by category",
        caption="Left: mean stock value. Right: margin of the units not served in the simulated period. "
        "Two scales: compare within each side.",
        alt=f"Bars of stock value and lost margin by category; {most['category']} loses most.",
        data=bars,
        layout=layout(
            hovermode="closest", showlegend=False, bargap=0.35,
            xaxis=axis(f"Stock value ({currency})", domain=[0, 0.47], **ticks),
            xaxis2=axis(f"Lost margin ({currency})", domain=[0.53, 1], anchor="y", **ticks),
            yaxis=axis("", fixedrange=True),
        ),
        height=110 + 34 * len(categories),
    )  # fmt: skip
