"""The least stock at which something that falls with stock is low enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from solvers.replenishment.classic.arguments import Floats

__all__ = ["least_stock"]

_DOUBLINGS: Final = 200
_HALVINGS: Final = 100
_CLOSE: Final = 1e-13


def least_stock(excess: Callable[[Floats], Floats], start: Floats, *, whole: bool) -> Floats:
    """Smallest stock [N] (a whole number where ``whole``) with ``excess`` (stock) <= 0.

    ``excess`` falls with stock; ``start`` [N] is any guess. Bounds are doubled away from it, then halved.
    ValueError when no stock is low enough.
    """
    low = np.floor(start) if whole else start.astype(float)
    step = np.maximum(np.ceil(0.1 * np.abs(low)), 1.0)
    high = low.copy()
    for _ in range(_DOUBLINGS):
        under, over = excess(low) <= 0.0, excess(high) > 0.0
        if not (under.any() or over.any()):
            break
        low, high = np.where(under, low - step, low), np.where(over, high + step, high)
        step = 2.0 * step
    else:
        raise ValueError("no stock is enough: is the target above what any stock can reach?")
    for _ in range(_HALVINGS):
        middle = np.floor(0.5 * (low + high)) if whole else 0.5 * (low + high)
        over = excess(middle) > 0.0
        low, high = np.where(over, middle, low), np.where(over, high, middle)
        if np.all(high - low <= (1.0 if whole else _CLOSE * (1.0 + np.abs(high)))):
            break
    return high
