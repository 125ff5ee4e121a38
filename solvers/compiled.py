"""How loops of the solvers are compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first call, without the interpreter's lock, and keep the code beside its file.

    Without a writable folder each process compiles for itself. A kept kernel is renewed when any file of the solvers
    changes (numba by itself looks at the function's own file): compiled functions call each other across files.
    Give one function arrays of one type and layout: processes that compile at once number what they keep.
    """
    dispatcher: Any = njit(nogil=True)(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        return cast(Function, dispatcher)
    dispatcher._cache._cache_file._source_stamp = _code()
    return cast(Function, dispatcher)


@cache
def _code() -> str:
    """Hash of the code of all solvers."""
    sink = hashlib.sha256()
    root = Path(__file__).resolve().parent
    for file in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        sink.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return sink.hexdigest()
