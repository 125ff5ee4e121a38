"""Quantities and lists of names in the words of messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["amount", "first_names", "units"]


def amount(value: Any) -> str:
    """A quantity to one decimal, without trailing zeros: 1,288.6, 24."""
    return f"{round(float(value), 1):,.10g}"


def first_names(names: Sequence[str], *, most: int = 5) -> str:
    """The first names, and how many more there are: a, b and 3 more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def units(value: Any) -> str:
    """A quantity with its unit: 1 unit, 24 units."""
    text = amount(value)
    return f"{text} {'unit' if text == '1' else 'units'}"
