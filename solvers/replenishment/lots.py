"""Order quantities that are whole packs by construction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["line_price", "line_value", "packs_for", "packs_within"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SLACK = 1e-9  # relative; a need that exceeds whole packs by the rounding of floats alone takes no further pack
_EXACT = 1e-13  # relative; a minimum quantity is a given figure, so only the error of one division is forgiven


def packs_for(need: Floats, minimum: Floats, pack: Floats) -> Ints:
    """Fewest whole packs that hold the need and the minimum quantity; none where there is no need [N].

    The minimum is applied before the rounding and the rounding is always up, so no line falls below it.
    """
    needed = np.ceil(need / pack * (1.0 - _SLACK))
    packs = np.maximum(np.maximum(needed, np.ceil(minimum / pack * (1.0 - _EXACT))), 1.0)
    result: Ints = np.where(need > 0, packs, 0).astype(np.int64)
    return result


def packs_within(limit: Floats, pack: Floats) -> Floats:
    """Most whole packs that stay within a limit in units [N]; inf without limit."""
    packs: Floats = np.floor(np.maximum(limit, 0.0) / pack * (1.0 + _SLACK))
    return packs


def line_price(quantity: Floats, unit_price: Floats, break_from: Floats, break_price: Floats) -> Floats:
    """Unit price of each line [N] under all-units breaks [N,B], ascending and padded with inf."""
    if break_from.shape[1] == 0:
        return unit_price
    reached = (quantity[:, None] >= break_from * (1.0 - _SLACK)).sum(axis=1)
    at_break = break_price[np.arange(quantity.size), np.maximum(reached - 1, 0)]
    price: Floats = np.where(reached > 0, at_break, unit_price)
    return price


def line_value(quantity: Floats, unit_price: Floats, break_from: Floats, break_price: Floats) -> Floats:
    """Value of each line [N] at the price of its quantity."""
    value: Floats = quantity * line_price(quantity, unit_price, break_from, break_price)
    return value
