"""Charts of a backtest: forecasts of each origin against what came, value added by segment, levels reached."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.backtest_table import BENCHMARKS
from supplychain.reports.backtest_view import ADDED
from supplychain.reports.charts import SERIES, Chart, axis, chart, day_axis, days, layout, numbers, plain, tint

__all__ = ["added_chart", "coverage_chart", "row_chart", "total_chart"]

_BAND = (0.1, 0.9)
_MOST_INTERVALS = 8


def total_chart(method: str, frame: pd.DataFrame) -> Chart:
    """Sum of all series by day, over the series whose demand is known on that day; ``frame`` is of one method."""
    known = frame[frame["actual"].notna()]
    sums = known.groupby(["origin", "date"], sort=True)[["actual", "mean"]].sum().reset_index()
    wape = float((sums["actual"] - sums["mean"]).abs().sum() / max(sums["actual"].sum(), 1e-9))
    return chart(
        "chart-total", "Forecast against what came, all series",
        caption=f"Series whose demand is known on a day, in units. The sum of a day is off by {wape:.1%} on average.",
        alt=f"Daily demand of all series and what {method} forecast for it from {sums['origin'].nunique()} origins.",
        data=[_came(sums.drop_duplicates("date", keep="last")), *_forecasts(sums, f"Forecast by {method}")],
        layout=layout(xaxis=day_axis(), yaxis=axis("Units a day", rangemode="tozero", tickformat="~s")),
        height=340,
    )  # fmt: skip


def row_chart(div_id: str, title: str, caption: str, frame: pd.DataFrame) -> Chart:
    """One series of one method: demand of known days, the mean forecast from each origin, and its band."""
    ordered = frame.sort_values(["origin", "date"], kind="stable")
    low, high = _band_columns(ordered)
    traces = _band(ordered, low, high) if low else []
    return chart(
        div_id, title, caption=caption,
        alt=f"Daily demand of {title} and what was forecast for it from each origin. {caption}",
        data=[*traces, _came(ordered.drop_duplicates("date", keep="last")), *_forecasts(ordered, "Forecast mean")],
        layout=layout(xaxis=day_axis(nticks=5), yaxis=axis("Units a day", rangemode="tozero")),
        height=280,
    )  # fmt: skip


def _came(frame: pd.DataFrame) -> dict[str, Any]:
    """Demand by day; a line breaks where a day is not known."""
    ordered = frame.sort_values("date", kind="stable")
    return {
        "type": "scatter", "mode": "lines", "name": "Came", "x": days(ordered["date"]), "y": numbers(ordered["actual"]),
        "line": {"color": SERIES[0], "width": 1.5}, "connectgaps": False,
        "hovertemplate": "%{y:,.0f} came<extra></extra>",
    }  # fmt: skip


def _forecasts(frame: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """A line for each origin under one name."""
    lines = []
    for number, (origin, own) in enumerate(frame.groupby("origin", sort=True, observed=True)):
        lines.append(
            {"type": "scatter", "mode": "lines", "name": name, "legendgroup": "forecast", "showlegend": number == 0,
             "x": days(own["date"]), "y": numbers(own["mean"]), "line": {"color": SERIES[1], "width": 2},
             "hovertemplate": f"%{{y:,.1f}} forecast on {str(origin)[:10]}<extra></extra>"}
        )  # fmt: skip
    return lines


def _band_columns(frame: pd.DataFrame) -> tuple[str, str]:
    """Columns of the levels nearest to 10 and 90 %; empty where there are no two."""
    levels = {float(name.removeprefix("quantile_")): name for name in frame.columns if name.startswith("quantile_")}
    if not levels:
        return "", ""
    low, high = (min(levels, key=lambda level: (abs(level - wanted), level)) for wanted in _BAND)
    return (levels[low], levels[high]) if low < high else ("", "")


def _band(frame: pd.DataFrame, low: str, high: str) -> list[dict[str, Any]]:
    percent = [100 * float(name.removeprefix("quantile_")) for name in (low, high)]
    traces = []
    for number, (_, own) in enumerate(frame.groupby("origin", sort=True, observed=True)):
        x = days(own["date"])
        shared = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "legendgroup": "band"}
        name = f"{percent[0]:g} to {percent[1]:g} % of days"
        traces += [
            {**shared, "name": name, "showlegend": False, "y": numbers(own[low]), "hoverinfo": "skip"},
            {**shared, "name": name, "showlegend": number == 0, "y": numbers(own[high]), "fill": "tonexty",
             "fillcolor": tint(SERIES[1], 25), "hovertemplate": f"{percent[1]:g} % within %{{y:,.0f}}<extra></extra>"},
        ]  # fmt: skip
    return traces


def added_chart(segments: pd.DataFrame) -> Chart | None:
    """Value added by segment against the better benchmark, of mean and quantiles; None where none is known.

    ``segments`` as ``backtest_view.segment_view`` gives them.
    """
    best = {metric: segments[[f"{against}|{metric}" for against in BENCHMARKS]].min(axis=1) for metric in ADDED}
    kept = np.any([values.notna().to_numpy() for values in best.values()], axis=0) & segments["segment"].ne("all")
    if not kept.any():
        return None
    shown = segments[kept].iloc[::-1]
    names = [plain(f"{str(s).replace('_', ' ')}: {n}") for s, n in zip(shown["segment"], shown["name"], strict=True)]
    bars = [
        {"type": "bar", "orientation": "h", "name": label.capitalize(), "y": names,
         "x": numbers(100 * best[metric][kept].iloc[::-1]), "marker": {"color": SERIES[number]},
         "hovertemplate": f"%{{x:.1f}} % of the loss of the {label} saved<extra></extra>"}
        for number, (metric, label) in enumerate(ADDED.items())
    ]  # fmt: skip
    worst = int(sum((best[metric][kept] <= 0).sum() for metric in ADDED))
    return chart(
        "chart-added", "Value added by segment, against the better benchmark",
        caption="To the right of zero the forecast saves loss, to the left a benchmark is better.",
        alt=f"Bars of value added of mean and quantiles in {len(names)} segments; {worst} bars are not above zero.",
        data=bars,
        layout=layout(
            xaxis=axis("Loss of the benchmark saved (%)", zeroline=True), yaxis=axis("", ticklabelstep=1),
            barmode="group", bargap=0.25, hovermode="closest",
        ),
        height=90 + 26 * len(names),
    )  # fmt: skip


def coverage_chart(reached: pd.DataFrame) -> Chart:
    """Levels asked for against levels reached, a line for each protection interval; ``reached`` is wide."""
    levels = [100 * float(level) for level in reached.columns]
    chosen = reached.iloc[_spread(len(reached))]
    lines: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "name": "As asked for", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip",
         "line": {"color": "var(--muted)", "width": 1, "dash": "dash"}}
    ]  # fmt: skip
    lines += [
        {"type": "scatter", "mode": "lines+markers", "name": f"{int(number)} days", "x": numbers(levels),
         "y": numbers(100 * line), "line": {"color": SERIES[position % len(SERIES)], "width": 1.5},
         "hovertemplate": f"%{{y:.1f}} % reached, {int(number)} days<extra></extra>"}
        for position, (number, line) in enumerate(chosen.iterrows())
    ]  # fmt: skip
    off = float(np.nanmax(np.abs(100 * reached.to_numpy() - np.array(levels))))
    return chart(
        "chart-coverage", "Asked for and reached",
        caption=f"On the dashed line the forecast keeps its word. Largest distance: {off:.1f} points.",
        alt=f"Levels asked for against levels reached for {len(chosen)} intervals, {off:.1f} points off at most.",
        data=lines,
        layout=layout(
            xaxis=axis("Level asked for (%)", range=[0, 100]), yaxis=axis("Reached (%)", range=[0, 100]),
        ),
        height=380,
    )  # fmt: skip


def _spread(count: int) -> list[int]:
    """Positions of at most eight of ``count``, from the first to the last."""
    if count <= _MOST_INTERVALS:
        return list(range(count))
    return sorted({round(n * (count - 1) / (_MOST_INTERVALS - 1)) for n in range(_MOST_INTERVALS)})
