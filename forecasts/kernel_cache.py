"""Compiled kernels kept beside the bytecode of the package, so that only the first process compiles them.

numba's own cache looks at the file of a function alone and would keep using kernels that were compiled in from another
file after that one changed; it also numbers its files, so that processes that compile at the same time can mix them
up. Here the name of a file is a hash of all code of the package, of the function and of its types: whatever is found
under a name is right, and nothing is ever changed under it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import numba

__all__ = ["KernelCache"]

_ADDRESS = " at 0x"
"""In the name of a type that means this process only, such as a function handed to a function."""
_NESTED = "<"
"""In the name of a function that may hold others: what it does is not told by its name."""
_CHECK = 32
"""Bytes of the hash at the head of a file."""


class KernelCache:
    """What a numba dispatcher asks for machine code before it compiles, and gives it to afterwards.

    Where the folder cannot be read or written, or a file is damaged, kernels are compiled as if there were no cache.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self.cache_path = str(_folder())

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Compiled code for ``signature``, or None."""
        target.refresh()
        path = self._path(signature, target.codegen())
        try:
            found = path.read_bytes() if path is not None else b""
        except OSError:
            return None
        if not found or hashlib.sha256(found[_CHECK:]).digest() != found[:_CHECK]:
            return None
        from numba.core.compiler import CompileResult

        rebuild: Any = CompileResult._rebuild
        return rebuild(target, *pickle.loads(found[_CHECK:]))  # noqa: S301 - as safe as the bytecode beside it

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what was compiled for ``signature`` where that is possible."""
        path = self._path(signature, compiled.library.codegen)
        if path is None or compiled.lifted or compiled.library.has_dynamic_globals:
            return
        from numba.core import serialize

        as_bytes: Any = serialize.dumps
        payload = as_bytes(compiled._reduce())
        try:
            _write(path, hashlib.sha256(payload).digest() + payload)
        except OSError:
            return

    def enable(self) -> None:
        """Part of numba's interface; this cache is always on."""

    disable = flush = enable

    def _path(self, signature: Any, codegen: Any) -> Path | None:
        types = str(signature)
        if _ADDRESS in types or _NESTED in self._name:
            return None
        versions = (numba.__version__, sys.implementation.cache_tag, codegen.magic_tuple())
        key = hashlib.sha256(repr((self._name, types, versions)).encode()).hexdigest()
        return Path(self.cache_path) / f"{_code()}-{key[:32]}.kernel"


@cache
def _folder() -> Path:
    return Path(cache_from_source(__file__)).parent / "kernels"


@cache
def _code() -> str:
    """Hash of the code of the package: kernels call each other across files."""
    sink = hashlib.sha256()
    root = Path(__file__).resolve().parent
    for file in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        sink.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return sink.hexdigest()[:16]


def _write(path: Path, content: bytes) -> None:
    """All of the file or nothing, also with several processes; kernels of older code go."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob("*.kernel"):
        if not old.name.startswith(_code()):
            old.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
