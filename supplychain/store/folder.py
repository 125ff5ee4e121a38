"""Folders that are either there whole or not there at all.

A folder is written under ``tmp/``, every file and the folder are flushed to disk, and one rename makes it visible.
Its JSON index (``meta.json`` or ``manifest.json``) lists the checksum of every file and of itself, so that damage is
found when the folder is read.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from supplychain.errors import SupplyChainError

__all__ = ["DamagedError", "check_name", "json_bytes", "read_file", "read_meta", "sweep", "write_folder"]

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,120}")
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.EACCES, errno.EPERM}


class DamagedError(Exception):
    """A stored file is missing, cut short or altered; the text says which."""


def check_name(kind: str, name: str) -> str:
    """The name when it is safe as a file name; raises ValueError for paths, blanks and other surprises."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{kind} {name!r}: use letters, digits, '_', '-', '+' and '.', not starting with a sign")
    return name


def json_bytes(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no NaN; raises TypeError or ValueError for what JSON cannot hold."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def write_folder(root: Path, target: Path, files: Mapping[str, bytes], index: str, meta: Mapping[str, Any]) -> None:
    """Write ``files`` and ``meta`` (as the JSON file ``index``) as the folder ``target``, or leave no trace.

    A whole folder that is already there stays as it is; a damaged one is replaced. Raises SupplyChainError when the
    disk is full or not writable.
    """
    if target.is_dir() and _is_whole(target, index):
        return
    sums = {name: _digest(content) for name, content in files.items()}
    body = {**meta, "files": sums}
    content = json_bytes({**body, "checksum": _digest(json_bytes(body))})
    try:
        with _workplace(root) as folder:
            new = folder / "new"
            new.mkdir()
            for name, data in sorted({**files, index: content}.items()):
                _write_file(new / name, data)
            _flush_folders(new)
            target.parent.mkdir(parents=True, exist_ok=True)
            _put(new, target, folder / "old", index)
            _flush_folder(target.parent)
    except OSError as error:
        raise _clear(error, target) from error


def read_meta(folder: Path, index: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The meta and the checksums of a stored folder; raises DamagedError, or FileNotFoundError when it is absent."""
    file = folder / index
    try:
        body = json.loads(file.read_bytes())
        checksum = body.pop("checksum")
        sums = dict(body["files"])
    except FileNotFoundError as error:
        if folder.is_dir():
            raise DamagedError(f"{file}: missing") from error
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{file}: not what was written ({error})") from error
    if checksum != _digest(json_bytes(body)):
        raise DamagedError(f"{file}: its checksum does not match")
    del body["files"]
    return body, sums


def read_file(folder: Path, name: str, checksum: str) -> bytes:
    """Content of one file of a stored folder; raises DamagedError when it is not what was written."""
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise DamagedError(f"{folder / name}: missing") from error
    if _digest(content) != checksum:
        raise DamagedError(f"{folder / name}: its checksum does not match")
    return content


def sweep(root: Path, doomed: Path | None = None) -> None:
    """Delete what killed writers left under ``tmp/``, and ``doomed``, which vanishes by one rename first."""
    if doomed is not None:
        with _workplace(root) as folder:
            doomed.replace(folder / "old")
    for lock_file in sorted((root / "tmp").glob("*.lock")):
        lock = FileLock(lock_file, timeout=0)
        try:
            with lock:  # a living writer holds it
                shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
                lock_file.unlink(missing_ok=True)
        except Timeout:
            continue


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_whole(folder: Path, index: str) -> bool:
    try:
        _, sums = read_meta(folder, index)
        for name, checksum in sums.items():
            read_file(folder, name, checksum)
    except (DamagedError, FileNotFoundError) as error:
        _log.warning("%s; it is written anew", error)
        return False
    return True


@contextmanager
def _workplace(root: Path) -> Iterator[Path]:
    """A locked folder of our own under ``tmp/``; the lock falls when the process dies, then `sweep` may delete it."""
    folder = root / "tmp" / secrets.token_hex(8)
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock_file = folder.with_suffix(".lock")
    with FileLock(lock_file):
        try:
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock_file.unlink(missing_ok=True)


def _put(new: Path, target: Path, old: Path, index: str) -> None:
    if target.exists():
        target.replace(old)  # damaged, or we would not be here
    try:
        new.replace(target)
    except OSError as error:
        if error.errno in _TAKEN and target.is_dir() and _is_whole(target, index):
            return  # another process wrote the same content first
        raise


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folders(top: Path) -> None:
    for folder in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
        _flush_folder(folder)
    _flush_folder(top)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _clear(error: OSError, target: Path) -> SupplyChainError:
    why = "no room left on the disk" if error.errno in _FULL else (error.strerror or str(error))
    return SupplyChainError(f"{target}: {why}; nothing was written, earlier results are untouched")
