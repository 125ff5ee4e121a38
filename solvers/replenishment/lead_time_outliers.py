"""Lead times that lie far above what a supplier usually takes: more likely a mistyped date than a long wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FAR_TIMES", "OrderLines", "far_longer"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FAR_TIMES = 5.0
"""A lead time is far longer from so many times the usual one on."""
_SPREADS = 10.0  # and from so many robust standard deviations above it on
_FEWEST = 3  # received lines below which what was agreed is the usual
_MOST_SHARE = 0.1  # of a supplier's orders; more of them are its way
_NORMAL = 1.4826  # standard deviations of a normal variable in its median absolute deviation


@dataclass(frozen=True, slots=True)
class OrderLines:
    """L lines of orders of G suppliers.

    ``ratio`` [L] lead time over the agreed mean, at least 0; of a line that is not ``received`` [L] how long it has
    been so far. ``order`` [L] number of the order, ``supplier`` [L] in 0..G-1. ``agreed_variance`` [G] squared
    coefficient of variation of the agreed lead time. ``least`` [L] ratio by which a lead time must exceed the usual one
    in any case.
    """

    ratio: Floats
    received: Flags
    order: Ints
    supplier: Ints
    agreed_variance: Floats
    least: Floats


def far_longer(lines: OrderLines) -> Flags:
    """Lines whose lead time is no part of what the supplier usually does [L].

    The usual is the median of the supplier's received lines, their spread the median absolute deviation times 1.4826
    (Hampel, Journal of the American Statistical Association 69, 1974; the agreed spread where that is larger). A line
    is far longer when it takes more than ``FAR_TIMES`` the usual, lies more than ten spreads above it, and exceeds it
    by ``least``. Where such lines belong to more than one order and to more than a tenth of the supplier's orders, none
    is flagged: then the supplier often takes so long.

    Raises ValueError, naming every field at fault, for arrays of other shapes, ratios that are no numbers or negative,
    and suppliers outside 0..G-1.
    """
    _check(lines)
    flags = np.zeros(lines.ratio.size, np.bool_)
    for supplier in np.unique(lines.supplier):
        rows = np.flatnonzero(lines.supplier == supplier)
        came = lines.ratio[rows[lines.received[rows]]]
        enough = came.size >= _FEWEST
        usual = float(np.median(came)) if enough else 1.0
        spread = _NORMAL * float(np.median(np.abs(came - usual))) if enough else 0.0
        spread = max(spread, usual * float(np.sqrt(lines.agreed_variance[supplier])))
        limit = np.maximum(max(FAR_TIMES * usual, usual + _SPREADS * spread), usual + lines.least[rows])
        far = rows[lines.ratio[rows] > limit]
        if np.unique(lines.order[far]).size <= max(1.0, _MOST_SHARE * np.unique(lines.order[rows]).size):
            flags[far] = True
    return flags


def _check(lines: OrderLines) -> None:
    shape, suppliers = lines.ratio.shape, lines.agreed_variance.size
    faults = [
        f"{name} has shape {getattr(lines, name).shape}: must be {shape}"
        for name in ("received", "order", "supplier", "least")
        if getattr(lines, name).shape != shape
    ]
    faults += [
        f"{name}: must be finite and at least 0"
        for name in ("ratio", "agreed_variance", "least")
        if not (np.isfinite(getattr(lines, name)) & (getattr(lines, name) >= 0)).all()
    ]
    if lines.supplier.size and not 0 <= lines.supplier.min() <= lines.supplier.max() < suppliers:
        faults.append(f"supplier: must lie in 0..{suppliers - 1}")
    if faults:
        raise ValueError("lines of orders: " + "; ".join(faults))
