"""Components of demand in plain words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain.reports.text import frame_text

__all__ = ["components_text"]

_LEAST_SHARE = 0.005
"""Of demand, below which a change is none."""


def components_text(
    name: str, rows: int, method: str, level: float, trend: float, *, days: int, tables: Mapping[str, pd.DataFrame]
) -> str:
    """Level, trend, weekdays, what moves demand and what that adds in the coming days; tables as in the service."""
    who = f" ({rows} items x sites)" if rows > 1 else ""
    parts = [
        f"{name}{who}: what its demand of {days} days is made of, by {method}.\n{_level(level, trend)}",
        _weekdays(tables["weekdays"]),
        _effects(tables["effects"]),
        _ahead(tables["ahead"]),
    ]
    return "\n\n".join(parts)


def _level(level: float, trend: float) -> str:
    now = f"Level now: {level:,.2f} units a day on an average weekday without events and offers"
    if not np.isfinite(trend):
        return f"{now}; the history is too short for a trend."
    before = level - trend
    share = f", {_moved(trend / before)}" if before > 0 else ""
    return f"{now}; trend {trend:+,.2f} over the last year{share}."


def _weekdays(weekdays: pd.DataFrame) -> str:
    shown = " ".join(f"{day[:3]} {factor:.2f}" for day, factor in weekdays.itertuples(index=False))
    return f"Weekdays ahead, as factors on the level: {shown}"


def _effects(effects: pd.DataFrame) -> str:
    if effects.empty:
        return "Price, promotion and events never changed on a day of known demand: what they do cannot be told."
    told = effects["low"].notna().any()
    head = "in brackets where the truth lies in 95 of 100 cases" if told else "no intervals: ucm and sarimax have some"
    lines = [f"What moves it ({head})", *(f"  {_sentence(line)}" for line in effects.to_dict("records"))]
    absent = [kind for kind in ("price", "promotion") if kind not in set(effects["kind"])]
    lines += [f"  {kind}: it never changed on a day of known demand, so what it does cannot be told" for kind in absent]
    return "\n".join(lines)


def _sentence(line: Mapping[str, object]) -> str:
    """``a price 10% lower: 14% more (3% to 26% more)``."""
    # Effects that add may be told to take more than there is: less than none is none.
    change, low, high = (float(np.maximum(-1.0, float(str(line[name])))) for name in ("change", "low", "high"))
    text = f"{line['what']}: {_moved(change)}"
    if not np.isfinite(low):
        return text
    if low >= 0 or high <= 0:
        near, far = sorted((abs(low), abs(high)))
        return f"{text} ({near:.0%} to {far:.0%} {'more' if low >= 0 else 'less'})"
    return f"{text} ({abs(low):.0%} less to {high:.0%} more, so perhaps nothing)"


def _moved(share: float) -> str:
    if abs(share) < _LEAST_SHARE:
        return "no change"
    return f"{abs(share):.0%} {'more' if share > 0 else 'less'}"


def _ahead(ahead: pd.DataFrame) -> str:
    units = ahead["units"].round(1) + 0.0  # no minus before a zero
    texts = [*units.head(2).map("{:,.1f}".format), *units.iloc[2:].map("{:+,.1f}".format)]
    title = "The next 28 days: units expected, those of the level alone, and what each part adds"
    return f"{title}\n{frame_text(ahead.assign(units=texts))}"
