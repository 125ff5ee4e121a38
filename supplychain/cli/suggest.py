"""Commands that the output suggests, ready to paste into the shell that ran this one."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from supplychain.cli.options import DEFAULT_STORE
from supplychain.cli.output import emit

__all__ = ["emit_next", "of_run", "suggest"]


def suggest(*words: str, store: Path | None = None) -> str:
    """One shell line: the program as it was called here, the words quoted, and the store unless it is the default."""
    parts = [*words]
    if store is not None and store != DEFAULT_STORE:
        parts += ["--store", str(store)]
    return " ".join([_program(), *(shlex.quote(part) for part in parts)])


def of_run(run_id: str, *, store: Path) -> Callable[[str], str]:
    """How words such as ``plan explain A001 DC`` become a shell line about a run."""

    def shell(words: str) -> str:
        parts = shlex.split(words)
        if parts[1:2] == ["explain"]:
            return suggest(*parts, "--run", run_id, store=store)
        if parts[:2] == ["plan", "show"]:
            return suggest("plan", "show", run_id, *parts[2:], store=store)
        return suggest(*parts)

    return shell


def emit_next(*commands: str) -> None:
    """Print commands under ``next:``, one a line."""
    for number, command in enumerate(commands):
        emit(f"{'next:' if number == 0 else '     '} {command}")


def _program() -> str:
    """``supplychain`` where the shell finds this very program; otherwise its path, or ``python cli.py``."""
    called = Path(sys.argv[0])
    if called.name == "cli.py":
        return shlex.join(["python", str(called)])
    if called.name != "supplychain":
        return "supplychain"
    found = shutil.which("supplychain")
    if found is not None and Path(found).resolve() == called.resolve():
        return "supplychain"
    try:
        near = called.resolve().parent.relative_to(Path.cwd()) / called.name
    except ValueError:
        near = called
    return shlex.quote(str(near))
