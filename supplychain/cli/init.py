"""The command ``supplychain init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.output import emit
from supplychain.cli.suggest import emit_next, suggest

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("init", short_help="Start a project folder.")(init)


def init(folder: Annotated[Path, typer.Argument(help="New project folder.")]) -> None:
    """Start a project: a folder with a scenario of your own and a data template."""
    from supplychain.service import make_project

    for path in make_project(folder):
        emit(f"made {path}")
    mine = ("my_scenario", "--project", str(folder))
    emit_next(suggest("scenario", "plan", *mine), suggest("run", *mine))
