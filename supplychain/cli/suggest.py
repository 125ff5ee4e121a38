"""Commands that the output suggests, ready to paste into the shell that ran this one."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.cli.options import DEFAULT_STORE
from supplychain.cli.output import emit

if TYPE_CHECKING:
    from supplychain.service import RunResult

__all__ = ["emit_next", "of_run", "project_of", "suggest"]


def suggest(*words: str, store: Path | None = None) -> str:
    """One shell line: the program as it was called here, the words quoted, and the store unless it is the default."""
    parts = [*words]
    if store is not None and store != DEFAULT_STORE:
        parts += ["--store", str(store)]
    return " ".join([_program(), *(shlex.quote(part) for part in parts)])


def of_run(result: RunResult, *, store: Path) -> Callable[[str], str]:
    """How words such as ``plan explain A001 DC`` become a shell line about a run, its store and its data."""

    def shell(words: str) -> str:
        parts = shlex.split(words)
        if parts[1:2] == ["explain"]:
            return suggest(*parts, "--run", result.run_id, store=store)
        if parts[0] == "plan":
            return suggest(*parts[:2], result.run_id, *parts[2:], store=store)
        if parts == ["validate"]:
            return suggest("validate", result.scenario, *_asked(result))
        return suggest(*parts)

    return shell


def project_of(result: RunResult, store: Path) -> list[str]:
    """The option that a command needs here to find the run's scenario; none where the working folder has it.

    A run keeps no path, since paths are private: the folder that holds the store is looked at as well, and where that
    has no such scenario either, the option is left to fill in.
    """
    from supplychain.errors import ScenarioError
    from supplychain.scenario import load_scenario, scenario_hash

    given = result.manifest.get("sets")
    sets = tuple(map(str, given)) if isinstance(given, list | tuple) else ()
    found: dict[str, bool] = {}
    for option, folder in (("", Path.cwd()), (str(store.parent), store.resolve().parent)):
        try:
            chosen = load_scenario(result.scenario, project=folder, sets=sets)
        except ScenarioError:
            continue
        found[option] = scenario_hash(chosen) == result.manifest.get("scenario_hash")
    same = [option for option, equal in found.items() if equal]
    option = next(iter([*same, *found]), "PROJECT_FOLDER")
    return ["--project", option] if option else []


def _asked(result: RunResult) -> list[str]:
    """Options that give the run's inputs again; of other data a run keeps the name only, since paths are private."""
    sets = result.manifest.get("sets")
    options = [f"--set={text}" for text in sets] if isinstance(sets, list | tuple) else []
    day = re.search(r"(?:^|, )as_of=([0-9-]+)", result.variant)
    data = re.search(r"(?:^|, )data=(.+)$", result.variant)
    options += ["--as-of", day[1]] if day else []
    return options + (["--data", data[1]] if data else [])


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
