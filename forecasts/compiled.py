"""The forecasts' door to numba."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from compilation.loops import compile_loop

__all__ = ["compiled", "packed"]

Function = TypeVar("Function", bound=Callable[..., Any])
Scalar = TypeVar("Scalar", bound=np.generic)
_PACKAGE = Path(__file__).resolve().parent


def compiled(function: Function) -> Function:
    """Compile on first call and keep the code until any file of the forecasts changes."""
    return compile_loop(function, _PACKAGE)


def packed(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """The array in C order: a kernel is compiled once, not again for every layout."""
    return np.ascontiguousarray(array)
