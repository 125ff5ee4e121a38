"""Figures a period of lot sizing, checked and spread over items and periods."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["check_figures", "spread_figures"]

Floats = npt.NDArray[np.float64]


def check_figures(name: str, values: Floats) -> list[str]:
    """What is wrong with the figures: the first that is not finite or is negative, and how many; empty when none is."""
    wrong = ~(np.isfinite(values) & (values >= 0.0))
    if not wrong.any():
        return []
    place = tuple(int(k) for k in np.argwhere(wrong)[0])
    at = f" at {list(place)}" if place else ""
    return [f"{name}: {values[place]}{at}: must be finite and at least 0 ({int(wrong.sum())} of {values.size} are not)"]


def spread_figures(name: str, value: npt.ArrayLike, shape: tuple[int, ...], faults: list[str]) -> Floats:
    """The figures as a contiguous array of ``shape``; adds to ``faults`` what is wrong with them."""
    values = np.asarray(value, dtype=np.float64)
    faults += check_figures(name, values)
    try:
        return np.broadcast_to(values, shape).copy()
    except ValueError:
        faults.append(f"{name}: shape {values.shape}: must spread over {shape}")
        return np.zeros(shape)
