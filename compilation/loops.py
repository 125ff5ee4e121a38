"""Loops compiled by numba, typed so that strict checking sees through it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

from compilation.kernel_cache import KernelCache

__all__ = ["compile_loop"]

Function = TypeVar("Function", bound=Callable[..., Any])

# The wrapper for C, which nobody calls, takes a tenth of the time in which a loop with many arguments compiles.
_OPTIONS: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}


def compile_loop(function: Function, package: Path) -> Function:
    """Compile on first call, without the interpreter's lock; other processes load what was compiled.

    ``package`` is the folder of all code that ``function`` may be compiled from: when any of it changes, what is kept
    is compiled anew. Of processes that want the same at once, one compiles and the others wait for it.
    """
    dispatcher: Any = njit(**_OPTIONS)(function)
    cache = dispatcher._cache = KernelCache(function, package)
    compile_alone = dispatcher.compile

    def compile_once(signature: Any) -> Any:
        try:
            return compile_alone(signature)
        finally:
            cache.release(signature)

    dispatcher.compile = compile_once
    return cast(Function, dispatcher)
