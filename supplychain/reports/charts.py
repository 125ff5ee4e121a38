"""Charts as plain Plotly documents: colours are names of the page's CSS variables, so that light and dark both work."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["SERIES", "Chart", "axis", "chart", "day_axis", "days", "layout", "numbers", "plain", "shade_events", "tint"]

SERIES = tuple(f"var(--series-{n})" for n in range(1, 9))
_GAP_DAYS = 21


@dataclass(frozen=True)
class Chart:
    """A drawing and what is said about it. ``figure`` holds ``data`` and ``layout`` of Plotly; ``alt`` describes it."""

    div_id: str
    title: str
    caption: str
    alt: str
    figure: Mapping[str, Any] = field(repr=False)
    height: int = 320
    tall: bool = False


def chart(
    div_id: str, title: str, *, caption: str, alt: str, data: Sequence[Mapping[str, Any]],
    layout: Mapping[str, Any], height: int = 320, tall: bool = False,
) -> Chart:  # fmt: skip
    """A chart from traces and layout."""
    return Chart(div_id, title, caption, alt, {"data": list(data), "layout": dict(layout)}, height, tall)


def tint(colour: str, percent: int) -> str:
    """The colour at ``percent`` opacity; the page's script resolves it."""
    return f"{colour}/{percent}"


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its title (and unit), grid and no zero line."""
    named = {"title": {"text": plain(title)}} if title else {}
    return {**named, "automargin": True, "zeroline": False, **more}


def day_axis(**more: Any) -> dict[str, Any]:
    """A date axis with level labels."""
    return axis("", type="date", tickangle=0, **more)


def layout(**more: Any) -> dict[str, Any]:
    """What all charts share; ``more`` replaces or adds."""
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}
    margin = {"l": 8, "r": 12, "t": 8, "b": 8}
    return {"margin": margin, "legend": legend, "hovermode": "x unified", "dragmode": False, **more}


def plain(text: Any) -> str:
    """Text that Plotly shows as it is: it reads some HTML in labels."""
    return html.escape(str(text), quote=False)


def numbers(values: Iterable[Any]) -> list[float | None]:
    """Six significant digits, None where not finite: enough for a drawing, and the same bytes everywhere."""
    return [float(f"{float(v):.6g}") if np.isfinite(float(v)) else None for v in values]


def days(values: pd.Series) -> list[str]:
    """Dates as ISO days."""
    return [str(day)[:10] for day in values]


def shade_events(events: pd.DataFrame | None, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, Any]:
    """Shapes and labels of the events between two days; peaks are darker than the days before and after."""
    if events is None or not len(events):
        return {}
    seen = events[(events["first"] <= last) & (events["last"] >= first)].sort_values(["first", "name", "phase"])
    shapes = []
    for event in seen.to_dict("records"):
        begin, end = max(event["first"], first), min(event["last"], last) + pd.Timedelta(days=1)
        colour = tint("var(--event)", 24 if event["phase"] == "peak" else 9)
        shapes.append(
            {"type": "rect", "xref": "x", "yref": "paper", "x0": str(begin)[:10], "x1": str(end)[:10], "y0": 0,
             "y1": 1, "fillcolor": colour, "line": {"width": 0}, "layer": "below"}
        )  # fmt: skip
    labels = [_label(name, middle) for name, middle in _occasions(seen, first, last)]
    return {"shapes": shapes, "annotations": labels}


def _label(name: str, middle: pd.Timestamp) -> dict[str, Any]:
    place = {"x": str(middle)[:10], "y": 1, "xref": "x", "yref": "paper", "yanchor": "top", "showarrow": False}
    return {**place, "text": plain(name), "font": {"size": 11, "color": "var(--muted)"}}


def _occasions(events: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> list[tuple[str, pd.Timestamp]]:
    """Each occasion of an event (its phases lie at most three weeks apart) with the middle of its peak days."""
    found: list[tuple[str, pd.Timestamp]] = []
    for name, group in events.groupby("name", sort=True):
        break_before = (group["first"] - group["last"].cummax().shift()).dt.days > _GAP_DAYS
        for _, occasion in group.groupby(break_before.cumsum(), sort=True):
            peaks = occasion[occasion["phase"] == "peak"]
            chosen = peaks if len(peaks) else occasion
            begin, end = max(chosen["first"].min(), first), min(chosen["last"].max(), last)
            found.append((str(name), begin + (end - begin) / 2))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))
