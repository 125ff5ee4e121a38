"""Compiled kernels kept on disk, so that only the first process compiles them.

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
from typing import TYPE_CHECKING, Any

import numba

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["KernelCache"]

_ADDRESS = " at 0x"
"""In the name of a type that means this process only, such as a function handed to a function."""
_NESTED = "<"
"""In the name of a function that may hold others: what it does is not told by its name."""
_CHECK = 32
"""Bytes of the hash at the head of a file."""
_PATIENCE_S = 120.0
"""How long a process waits for another that compiles the same, before it compiles itself."""


class KernelCache:
    """What a numba dispatcher asks for machine code before it compiles, and gives it to afterwards.

    Kernels are kept beside the bytecode of ``package`` or, where that cannot be written, in the user's folder of
    caches; ``NUMBA_CACHE_DIR`` names another place. Where no folder can be read or written, or a file is damaged,
    kernels are compiled as if there were no cache.
    """

    def __init__(self, function: Callable[..., Any], package: Path) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._package = package
        self._locks: dict[str, BaseFileLock] = {}
        self.cache_path = str(_folders(package)[0])

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Compiled code for ``signature``, or None; then it is this process's to compile, until ``release``."""
        name = self._file_name(signature, target.codegen())
        if name is None:
            return None
        target.refresh()
        found = self._read(name)
        if not found:
            self._lock(signature, name)
            found = self._read(name)
        if not found:
            return None
        from numba.core.compiler import CompileResult

        rebuild: Any = CompileResult._rebuild
        return rebuild(target, *pickle.loads(found))  # noqa: S301 - as safe as the bytecode beside it

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what was compiled for ``signature`` where that is possible."""
        name = self._file_name(signature, compiled.library.codegen)
        if name is None or compiled.lifted or compiled.library.has_dynamic_globals:
            return
        from numba.core import serialize

        as_bytes: Any = serialize.dumps
        payload = as_bytes(compiled._reduce())
        for folder in _folders(self._package):
            try:
                _write(folder / name, hashlib.sha256(payload).digest() + payload, _code(self._package))
            except OSError:
                continue
            return

    def release(self, signature: Any) -> None:
        """Let others load what was compiled for ``signature``, or compile it when that failed."""
        lock = self._locks.pop(str(signature), None)
        if lock is None:
            return
        file = Path(lock.lock_file)
        try:
            if file.with_suffix("").exists():  # who comes later finds the kernel before it asks for the lock
                file.unlink(missing_ok=True)
        except OSError:
            pass  # Windows keeps what is open
        finally:
            lock.release()

    def enable(self) -> None:
        """Part of numba's interface; this cache is always on."""

    disable = flush = enable

    def _file_name(self, signature: Any, codegen: Any) -> str | None:
        types = str(signature)
        if _ADDRESS in types or _NESTED in self._name:
            return None
        versions = (numba.__version__, sys.implementation.cache_tag, codegen.magic_tuple())
        key = hashlib.sha256(repr((self._name, types, versions)).encode()).hexdigest()
        return f"{_code(self._package)}-{key[:32]}.kernel"

    def _read(self, name: str) -> bytes:
        """The kernel in the first folder that has it whole; nothing where none has."""
        for folder in _folders(self._package):
            try:
                found = (folder / name).read_bytes()
            except OSError:
                continue
            if hashlib.sha256(found[_CHECK:]).digest() == found[:_CHECK]:
                return found[_CHECK:]
        return b""

    def _lock(self, signature: Any, name: str) -> None:
        """Wait until no other process compiles the same; without locks, or after long, all of them may."""
        from filelock import FileLock

        for folder in _folders(self._package):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                lock = FileLock(folder / f"{name}.lock")
                lock.acquire(timeout=_PATIENCE_S)
            except TimeoutError:
                return
            except (OSError, NotImplementedError):
                continue
            self._locks[str(signature)] = lock
            return


def _folders(package: Path) -> tuple[Path, ...]:
    """Where kernels of a package may be, the best place first."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return (Path(chosen) / package.name,)
    beside = Path(cache_from_source(str(package / "__init__.py"))).parent / "kernels"
    try:
        return (beside, _user_caches() / "supplychain-toolkit" / "kernels" / package.name)
    except RuntimeError:  # a user without a home
        return (beside,)


def _user_caches() -> Path:
    """Where programs of this user keep what can be made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@cache
def _code(package: Path) -> str:
    """Hash of the code of the package, as kernels call each other across files, and of how they are compiled."""
    sink = hashlib.sha256()
    for root in (package, Path(__file__).resolve().parent):
        for file in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
            sink.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return sink.hexdigest()[:16]


def _write(path: Path, content: bytes, code: str) -> None:
    """All of the file or nothing, also with several processes; kernels of older code go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob("*.kernel*"):
        if not old.name.startswith(code):
            old.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
