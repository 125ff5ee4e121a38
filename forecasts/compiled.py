"""The one door to numba, typed so that strict checking sees through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["compiled", "packed"]

Function = TypeVar("Function", bound=Callable[..., Any])
Scalar = TypeVar("Scalar", bound=np.generic)


def compiled(function: Function) -> Function:
    """Compile on first call; no cache on disk, so nothing is written outside a run folder."""
    return cast(Function, njit(nogil=True)(function))


def packed(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """The array in C order: a kernel is compiled once, not again for every layout."""
    return np.ascontiguousarray(array)
