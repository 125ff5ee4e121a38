"""A PostgreSQL server of the tests' own: in a temporary folder, reached through a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_programs() -> Path | None:
    """Folder of ``initdb`` and ``pg_ctl``, the newest where there are several; None without a server."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((file.parent for file in installed), key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """Start a server without a port; yields the URL of its database."""
    # A short path of its own: sockets allow about 100 letters, and the server's user must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = _server_user()
    if user is not None:
        shutil.chown(folder, user)
    settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    start = [programs / "pg_ctl", "start", "-w", "-D", folder / "data", "-l", folder / "log", "-o", settings]
    init = [programs / "initdb", "-D", folder / "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"]
    try:
        for command in (init, start):
            subprocess.run(command, check=True, capture_output=True, user=user, cwd=folder, timeout=60)
        yield f"postgresql://tests@/postgres?host={folder}"
    finally:
        stop = [programs / "pg_ctl", "stop", "-m", "immediate", "-D", folder / "data"]
        subprocess.run(stop, check=False, capture_output=True, user=user, cwd=folder, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: then somebody else runs it."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
