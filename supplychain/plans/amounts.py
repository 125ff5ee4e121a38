"""Quantities and lists of names in the words of messages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["amount", "counted", "first_names", "signed", "significant", "units"]


def amount(value: Any) -> str:
    """A quantity to one decimal, without trailing zeros: 1,288.6, 24."""
    return f"{round(float(value), 1):,.10g}"


def first_names(names: Sequence[str], *, most: int = 5) -> str:
    """The first names, and how many more there are: a, b and 3 more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, word: str) -> str:
    """How many there are of something: 1 line, 2,400 lines."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def signed(value: float) -> str:
    """A difference to one decimal, with its sign; what rounds to nothing is +0.0."""
    return f"{round(value, 1) + 0.0:+.1f}"


def significant(value: float, digits: int = 3) -> str:
    """A rate to so many digits, all those before the point, and never a power of ten: 0.0513, 99.5, 1,812,345."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    text = f"{value:,.{min(max(digits - 1 - math.floor(math.log10(abs(value))), 0), _MOST_PLACES)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_MOST_PLACES = 12


def units(value: Any) -> str:
    """A quantity with its unit: 1 unit, 24 units."""
    text = amount(value)
    return f"{text} {'unit' if text == '1' else 'units'}"
