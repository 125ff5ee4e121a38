"""Figures in the words of reasons."""

from __future__ import annotations

import math

__all__ = ["rate_text"]

_MOST_PLACES = 12


def rate_text(value: float, digits: int = 3) -> str:
    """A rate to so many digits, all those before the point, and never a power of ten: 0.0513, 99.5, 36,100."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    text = f"{value:,.{min(max(digits - 1 - math.floor(math.log10(abs(value))), 0), _MOST_PLACES)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
