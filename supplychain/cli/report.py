"""The command ``supplychain report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, Json, OneRun, StoreFolder
from supplychain.cli.output import emit, emit_json

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("report", short_help="Write the HTML report of a run.")(report)


def report(
    run: OneRun = "latest",
    to: Annotated[Path | None, typer.Option("--to", help="File to write; default is beside the run.")] = None,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Write the HTML report of a stored run: one file that needs no network."""
    from supplychain.service import open_stored
    from supplychain.service.reporting import report as write_report

    result = open_stored(run, store=store)
    path = write_report(result, to=to)
    if json:
        emit_json(
            {"run": result.run_id, "scenario": result.scenario, "variant": result.variant, "report": path.as_posix()}
        )
    else:
        emit(f"report of {result.label} (run {result.run_id}): {path}")
