"""The solvers' door to numba."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from compilation.loops import compile_loop

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., Any])
_PACKAGE = Path(__file__).resolve().parent


def compiled(function: Function) -> Function:
    """Compile on first call and keep the code until any file of the solvers changes.

    Give one function arrays of one type and layout, and no number written out: numba compiles it once for each.
    """
    return compile_loop(function, _PACKAGE)
