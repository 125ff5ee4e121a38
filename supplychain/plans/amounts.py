"""Quantities in the words of messages."""

from __future__ import annotations

from typing import Any

__all__ = ["amount", "units"]


def amount(value: Any) -> str:
    """A quantity to one decimal, without trailing zeros: 1,288.6, 24."""
    return f"{round(float(value), 1):,.10g}"


def units(value: Any) -> str:
    """A quantity with its unit: 1 unit, 24 units."""
    text = amount(value)
    return f"{text} {'unit' if text == '1' else 'units'}"
