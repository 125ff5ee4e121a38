"""Stock value against fill rate: what service costs, where the company is and where the plan takes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from supplychain.reports.charts import SERIES, Chart, axis, chart, layout, numbers, plain

__all__ = ["class_curves_chart", "service_curve_chart"]

_MARKS = {"today": ("square", SERIES[4], "Today"), "lower": ("triangle-down", SERIES[2], ""),
          "plan": ("diamond", SERIES[1], ""), "higher": ("triangle-up", SERIES[2], "")}  # fmt: skip


def service_curve_chart(points: pd.DataFrame, *, currency: str) -> Chart:
    """The curve of all item-sites with today, the plan and its neighbours. ``points`` as the table ``trade_off``."""
    own = points.loc[points["group"].eq("all")]
    traces = [_curve(own, "Service levels", SERIES[0], currency)]
    marks = own.loc[own["point"].isin(_MARKS) & own["fill_rate"].notna()]
    traces += [_mark(row, currency) for row in marks.to_dict("records")]
    return chart(
        "chart-service-curve", "What service costs in stock",
        caption="Expected once a rule has worked through, when each class's service level moves and its money in "
        "stock earns the same everywhere. Today: stock on the planning day, and what was served in the last 13 weeks. "
        "Levels are chosen by margin: a rule that favours cheap units can lie above the line and lose more margin.",
        alt=_alt(own, currency), data=traces,
        layout=layout(
            hovermode="closest", xaxis=axis(f"Stock value ({currency})", rangemode="tozero", tickformat="~s"),
            yaxis=axis("Fill rate", tickformat=".0%"),
        ),
        height=360,
    )  # fmt: skip


def class_curves_chart(points: pd.DataFrame, *, currency: str) -> Chart:
    """A curve for each class of items by value, with the plan's point (diamond) and today's (square)."""
    traces = []
    classes = [name for name in ("A", "B", "C") if points["group"].eq(name).any()]
    for n, name in enumerate(classes):
        own = points.loc[points["group"].eq(name)]
        colour = (SERIES[0], SERIES[2], SERIES[3])[n % 3]
        traces.append(_curve(own, f"Class {name}", colour, currency))
        for row in own.loc[own["point"].isin(("plan", "today")) & own["fill_rate"].notna()].to_dict("records"):
            words = f"Class {name}, {row['label']}"
            traces.append(_mark(row, currency, colour=colour, name=words, legend=False))
    return chart(
        "chart-class-curves", "The same by class of value",
        caption="Diamond: the plan. Square: today. A class whose line is steep gains most by more stock. The scale of "
        "stock is logarithmic, so that small classes can be seen.",
        alt=f"Curves of stock value against fill rate for classes {', '.join(classes)}.",
        data=traces,
        layout=layout(
            hovermode="closest", xaxis=axis(f"Stock value ({currency})", type="log", tickformat="~s", dtick=1),
            yaxis=axis("Fill rate", tickformat=".0%"),
        ),
        height=320,
    )  # fmt: skip


def _curve(own: pd.DataFrame, name: str, colour: str, currency: str) -> dict[str, Any]:
    line = own.loc[own["point"].eq("curve") & own["stock_value"].gt(0)].sort_values("service_level")
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": numbers(line["stock_value"]),
        "y": numbers(line["fill_rate"]), "text": [plain(label) for label in line["label"]],
        "line": {"color": colour, "width": 2},
        "hovertemplate": f"%{{text}}: %{{x:,.0f}} {plain(currency)}, fill %{{y:.1%}}<extra></extra>",
    }  # fmt: skip


def _mark(
    row: dict[Any, Any], currency: str, *, colour: str | None = None, name: str = "", legend: bool = True
) -> dict[str, Any]:
    symbol, own, title = _MARKS[row["point"]]
    words = plain(name or title or str(row["label"]).capitalize())
    return {
        "type": "scatter", "mode": "markers", "name": words, "x": numbers([row["stock_value"]]),
        "y": numbers([row["fill_rate"]]), "showlegend": legend, "cliponaxis": False,
        "marker": {"color": colour or own, "size": 11, "symbol": symbol},
        "hovertemplate": f"{words}: %{{x:,.0f}} {plain(currency)}, fill %{{y:.1%}}<extra></extra>",
    }  # fmt: skip


def _alt(own: pd.DataFrame, currency: str) -> str:
    words = []
    for point in ("today", "plan"):
        row = own.loc[own["point"].eq(point)]
        if len(row) and np.isfinite(row["fill_rate"].iloc[0]):
            stock, fill = float(row["stock_value"].iloc[0]), float(row["fill_rate"].iloc[0])
            words.append(f"{point} {stock:,.0f} {currency} at {fill:.1%}")
    return f"Line of stock value against fill rate, with points: {'; '.join(words) or 'none known'}."
