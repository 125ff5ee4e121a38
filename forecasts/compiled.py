"""The one door to numba, typed so that strict checking sees through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from forecasts.kernel_cache import KernelCache

__all__ = ["compiled", "packed"]

Function = TypeVar("Function", bound=Callable[..., Any])
Scalar = TypeVar("Scalar", bound=np.generic)


def compiled(function: Function) -> Function:
    """Compile on first call; the machine code is kept beside the bytecode of this package for other processes."""
    made: Any = njit(nogil=True)(function)
    made._cache = KernelCache(function)
    return cast(Function, made)


def packed(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """The array in C order: a kernel is compiled once, not again for every layout."""
    return np.ascontiguousarray(array)
