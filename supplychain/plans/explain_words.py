"""Numbers, days and counts in the words of an explanation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

__all__ = ["after", "count_text", "currency_text", "day_text", "missing", "next_day", "number_text"]


def number_text(value: Any) -> str:
    """A number of units to a tenth, with thousands."""
    return f"{round(float(value), 1) + 0.0:,.10g}"


def count_text(number: Any, word: str) -> str:
    """A whole number with its word, in the plural but for one."""
    return f"{int(number):,} {word}" + ("" if int(number) == 1 else "s")


def day_text(value: Any) -> str:
    """A day as year, month and day."""
    return value.isoformat()[:10] if isinstance(value, date) else str(value)[:10]


def missing(value: Any) -> bool:
    """Whether a cell is empty."""
    return value is None or value != value or str(value) == "NaT"  # noqa: PLR0124 - NaN and NaT differ from themselves


def after(line: Mapping[str, Any], days: int) -> str:
    """The day so many days after the line's order day."""
    return (date.fromisoformat(day_text(line["order_date"])) + timedelta(days=days)).isoformat()


def next_day(line: Mapping[str, Any]) -> str:
    """The next order day, or departure, of the line's source."""
    return after(line, int(line["review_days"]))


def currency_text(line: Mapping[str, Any]) -> str:
    """The base currency after an amount, where it is known."""
    return f" {line['base_currency']}" if line.get("base_currency") else ""
