"""How good the forecast's quantiles are, and what they say of one item."""

from __future__ import annotations

import pandas as pd

from supplychain.reports.html_tables import Cell, HtmlTable, count, share, table

__all__ = ["coverage_table", "interval_sentence"]

_SHOWN_LEVELS = 8
_OFF = 0.05  # NaN (no origin) is never off


def coverage_table(
    coverage: pd.DataFrame, *, caption: str = "Share of past origins at or below the quantile"
) -> HtmlTable:
    """Reached against asked for: one row a protection interval, one column a level."""
    wide = coverage.pivot_table(index="protection_days", columns="level", values="covered", sort=True)
    levels = _spread(list(wide.columns))
    rows = [
        [f"{int(days)} days", *(_reached(line[level], level) for level in levels)] for days, line in wide.iterrows()
    ]
    heads = ["Protection interval", *(f"#{100 * level:.4g} % asked for" for level in levels)]
    return table(caption, heads, rows)


def _spread(levels: list[float]) -> list[float]:
    """At most eight levels, from the lowest to the highest."""
    if len(levels) <= _SHOWN_LEVELS:
        return levels
    step = (len(levels) - 1) / (_SHOWN_LEVELS - 1)
    return [levels[round(n * step)] for n in range(_SHOWN_LEVELS)]


def _reached(value: float, level: float) -> Cell:
    return Cell(share(value), kind="worse" if abs(value - level) > _OFF else "")


def interval_sentence(quantiles: pd.DataFrame | None, lines: pd.DataFrame | None) -> str:
    """Demand over one protection interval in words: that of the item's next order where it has one."""
    if quantiles is None:
        return ""
    intervals = sorted(quantiles["protection_days"].unique())
    wanted = intervals[len(intervals) // 2]
    if lines is not None:
        first = lines.sort_values(["order_date", "line_id"], kind="stable").iloc[0]
        wanted = min(intervals, key=lambda days: (abs(days - int(first["protection_days"])), days))
    own = quantiles[quantiles["protection_days"] == wanted].sort_values("level", kind="stable")
    texts = [
        f"{count(round(line['quantile']))} in {100 * line['level']:.4g} % of cases"
        for line in own.to_dict("records")
        if any(abs(line["level"] - level) < 1e-9 for level in (0.5, 0.9, 0.95))
    ]
    mean = count(round(float(own["expected"].iloc[0]), 1))
    upper = f"; no more than {', '.join(texts)}" if texts else ""
    return f"Over the next {int(wanted)} days {mean} are expected{upper}."
