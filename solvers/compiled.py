"""How loops of the solvers are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first call and keep the code beside its file; without a writable folder, compile in each process.

    A kept kernel is renewed when its own file changes only, so compiled functions call those of their own file alone.
    """
    try:
        return cast(Function, njit(cache=True)(function))
    except RuntimeError:
        return cast(Function, njit(function))
