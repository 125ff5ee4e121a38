"""The command reference, made from the commands themselves: ``python -m supplychain.cli.page docs/commands.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from supplychain.cli.app import app

__all__ = ["commands_page", "walk"]

_HEAD = """\
# Commands

Generated from the commands themselves by `python -m supplychain.cli.page docs/commands.md`.

Results go to stdout, progress and messages to stderr. `--json` prints one document with `schema_version` and without
clock, duration or cache flag: equal input gives equal output.

## Exit codes

A command that did what was asked leaves with 0, so that a script can go on. Everything else has a code of its own and
says on stderr what is wrong and how to mend it; what was stored before stays as it is.

| code | meaning |
|---|---|
| 0 | done, also when part of the demand cannot be served (the reasons are named) |
| 1 | failure that was handled; also a plan that the toolkit itself made and its own check refuses: please report it |
| 2 | wrong use of a command |
| 3 | bad data, scenario or run |
| 4 | nothing feasible exists |
| 5 | part of the answer is held or degraded (only with `--strict`) |
| 75 | another process has been writing to the store for more than 10 s; try again later |
| 130, 143 | interrupted (Ctrl-C, or a request to end); finished steps are kept and reused by the next run |

## Which run

Wherever a command takes a RUN, it may be

- a run id, or the beginning of one that fits no other run. The same scenario, data, code and library versions give the
  same id;
- `latest`: the run that was asked for last, whatever its scenario;
- a scenario's name: its newest *plain* run, made without `--set`, `--as-of` and, where the scenario names a data set of
  its own, `--data`. So a what-if never takes the place of the plan.

A run that differs from its scenario's file is a variant. Its name says how, for example
`baseline [replenish.review_days=3]`, in every list, heading, report and comparison; a `--set` that repeats what the
file says makes no variant. Its order lines replace none of the plan's; to approve them, name the run by its id:
`plan approve` refuses `latest` where that is a variant. A scenario that was only run as variants has no plain run: its
name is then refused, with the run ids to choose from. The commands suggested under `next:` name runs by id, so they
mean the same run tomorrow.

A store that may not be written, such as an archive, can be read by every command that only shows; `run` needs another
one (`--store`), and `report` and `plan export` another place to write to (`--to`).
"""


def walk(command: Any = None, path: str = "supplychain") -> Iterator[tuple[str, Any]]:
    """Every command and group with its full name, in the order of the help."""
    command = typer.main.get_command(app) if command is None else command
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, f"{path} {name}")


def commands_page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for path, command in walk():
        if hasattr(command, "commands"):
            if path.count(" "):
                parts.append(f"## `{path}`\n\n{command.help}\n")
            continue
        level = "##" if path.count(" ") == 1 else "###"
        parts.append(f"{level} `{_usage(path, command)}`\n\n{command.help}\n\n{_table(command)}")
    return "\n".join(parts)


def _usage(path: str, command: Any) -> str:
    words = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = str(parameter.metavar or parameter.name).strip("[]").upper().replace("FILE.XLSX", "FILE.xlsx")
            many = "..." if parameter.nargs == -1 else ""
            words.append(f"{name}{many}" if parameter.required else f"[{name}{many}]")
        elif parameter.required:
            words.append(f"{parameter.opts[0]} {str(parameter.name).upper()}")
    return " ".join([path, *words])


def _table(command: Any) -> str:
    rows = ["| argument or option | default | meaning |", "|---|---|---|"]
    for parameter in command.params:
        if "--help" in parameter.opts:
            continue
        is_argument = parameter.param_type_name == "argument"
        name = str(parameter.metavar or parameter.name).strip("[]").upper() if is_argument else ""
        options = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
        shown = name.replace("|", "\\|") or options
        rows.append(f"| {shown} | {_default(parameter)} | {_help(parameter)} |")
    return "\n".join(rows) + "\n"


def _help(parameter: Any) -> str:
    return str(parameter.help or "").replace("|", "\\|")


def _default(parameter: Any) -> str:
    """A default as text; the number of workers depends on the machine."""
    if parameter.required:
        return "required"
    if parameter.name == "workers":
        return "up to 2"
    if parameter.default in (None, False, ()) or parameter.default == []:
        return ""
    return f"`{parameter.default}`"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/commands.md").write_text(
        commands_page(), encoding="utf-8", newline="\n"
    )
