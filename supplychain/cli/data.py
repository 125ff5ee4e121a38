"""The commands ``supplychain data ...``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_WORKERS, AsOf, Json, Project, Quiet, Workers
from supplychain.cli.output import emit, emit_json, tell
from supplychain.cli.suggest import emit_next, suggest

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Data sets: build, map, template, calibrate.")


@app.command("build")
def build(
    name: Annotated[str, typer.Argument(help="china_south, or china with --places.")],
    to: Annotated[Path, typer.Option("--to", help="New or empty folder.")],
    places: Annotated[int | None, typer.Option(help="Places of china; further rural halves are assumed.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed than the bundled one.")] = None,
) -> None:
    """Build the bundled data set anew, or a larger one; the same seed gives the same tables."""
    from supplychain.service import build_data

    folder = build_data(name, to, places=places, seed=seed)
    emit(f"built {folder}")
    emit_next(suggest("validate", str(folder)))


@app.command("map")
def map_(
    mapping: Annotated[str, typer.Argument(help="online_retail, or a folder with `mapping:` in its dataset.yaml.")],
    file: Annotated[Path, typer.Argument(help="The file with the order lines (.parquet, .csv or .xlsx).")],
    to: Annotated[Path, typer.Option("--to", help="New or empty folder.")],
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Turn a foreign file into a data set folder, and say what became of every line."""
    from supplychain.reports.document import records
    from supplychain.reports.text import frame_text
    from supplychain.service import map_data

    tables, report = map_data(mapping, file, to, as_of=as_of.date() if as_of else None)
    counts = report.to_frame()
    if json:
        emit_json({"data_set": tables.name, "as_of": tables.as_of.isoformat(), "lines": records(counts)})
        return
    emit(frame_text(counts))
    emit(f"\nmapped to {to} (as of {tables.as_of})")
    emit_next(suggest("validate", str(to)))


@app.command("template")
def template(to: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="New workbook.")]) -> None:
    """Write a workbook to start from: a sheet a table, every column explained, rows that pass."""
    from supplychain.service import template_data

    emit(f"wrote {template_data(to)}")
    emit_next(suggest("validate", str(to)))


@app.command("calibrate")
def calibrate(
    name: Annotated[str, typer.Argument(help="Bundled data set, folder or workbook.")],
    to: Annotated[Path | None, typer.Option("--to", help="Write the fitted constants here, as calibrated.csv.")] = None,
    scenario: Annotated[str, typer.Option(help="Scenario of today's rule and network.")] = "baseline",
    crisis: Annotated[str | None, typer.Option(help="Scenario of a capacity crisis, to compare its late rate.")] = None,
    project: Project = None,
    lives: Annotated[int, typer.Option(min=1, help="Lives of the closed loop for each try.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, help="Times each constant is turned.")] = 4,
    workers: Workers = DEFAULT_WORKERS,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit a few named constants so that today's rule shows today's troubles; say what was not fitted."""
    from supplychain.reports.document import records
    from supplychain.reports.text import frame_text
    from supplychain.service import calibrate_data

    if not quiet:
        tell("calibrating: this lives through the actuals many times and takes minutes")
    found = calibrate_data(
        name, scenario=scenario, crisis=crisis, project=project, lives=lives, rounds=rounds, workers=workers, to=to,
        tell=None if quiet else tell,
    )  # fmt: skip
    if json:
        emit_json({"fitted": records(found.fitted), "checks": records(found.checks)})
        return
    emit("Fitted\n" + frame_text(found.fitted, decimals=dict.fromkeys(("value", "reached", "target"), 4)))
    emit("\nNot fitted\n" + frame_text(found.checks, decimals={"value": 4}))
    if to is not None:
        emit(f"\nwrote {to}")
