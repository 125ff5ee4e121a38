"""Quantities and lists of names in the words of messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["amount", "counted", "first_names", "rate", "signed", "units"]


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


def rate(value: Any) -> str:
    """Units or days on average, to three figures and two decimals at most: 1,234, 56.7, 0.12, less than 0.01."""
    number = float(value)
    if 0 < number < 0.005:
        return "less than 0.01"
    return f"{round(number, 2 if number < 10 else 1 if number < 100 else 0):,.10g}"


def signed(value: float) -> str:
    """A difference to one decimal, with its sign; what rounds to nothing is +0.0."""
    return f"{round(value, 1) + 0.0:+.1f}"


def units(value: Any) -> str:
    """A quantity with its unit: 1 unit, 24 units."""
    text = amount(value)
    return f"{text} {'unit' if text == '1' else 'units'}"
