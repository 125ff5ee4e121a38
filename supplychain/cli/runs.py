"""The commands ``supplychain runs ...``."""

from __future__ import annotations

from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, WHICH_RUN, Json, OneRun, StoreFolder
from supplychain.cli.output import emit, emit_json
from supplychain.cli.scenario import comparison_json, print_comparison, suggest_after
from supplychain.cli.suggest import emit_next

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Stored runs: list, show, compare, clean.")

_KEPT = 20


@app.command("ls")
def list_(store: StoreFolder = DEFAULT_STORE, json: Json = False) -> None:
    """List the stored runs, the one asked for last first, with what each was asked for beyond its scenario's file."""
    from supplychain.reports.document import records
    from supplychain.reports.text import frame_text
    from supplychain.service import list_runs

    frame = list_runs(store)
    if json:
        emit_json({"runs": records(frame.drop(columns="made"))})
    else:
        emit(frame_text(frame[["run", "scenario", "variant", "data_set", "as_of", "status", "made", "title"]]))


@app.command("show")
def show(run: OneRun = "latest", store: StoreFolder = DEFAULT_STORE, json: Json = False) -> None:
    """Show a stored run: key figures, largest problems, steps and what they were made from."""
    from supplychain.cli.run import result_json
    from supplychain.reports.document import records
    from supplychain.reports.text import problems_text, table_text
    from supplychain.service import open_stored

    result = open_stored(run, store=store)
    manifest = result.manifest
    if json:
        made_from = {name: manifest.get(name) for name in ("seed", "scenario_hash", "code", "versions", "files")}
        counts = {name: len(result.tables[name]) for name in result.tables}
        document = result_json(result) | {"problems": records(result.problems)}
        emit_json(document | {"made_from": made_from, "tables": counts})
        return
    emit(f"{result.label}: {result.title} (as of {result.as_of}, run {result.run_id}, until {result.until})")
    emit(f"chain: {' -> '.join([*result.chain, result.scenario])}; seed {manifest.get('seed')}")
    emit("\n" + result.summary("all"))
    if len(result.problems):
        text = problems_text(result.problems, names=result.names, currency=result.currency, count=10)
        emit("\nLargest problems by money a year\n" + text)
    rows = [[step.name, step.key[:12], step.why] for step in result.steps]
    emit("\nSteps when it was made\n" + table_text(["step", "key", "why"], rows))
    tables = ", ".join(f"{name} {len(result.tables[name]):,}" for name in result.tables)
    emit(f"\ntables: {tables}\nin: {result.path}")
    for line in (*result.notes, *result.degraded):
        emit(f"note: {line}")


@app.command("compare")
def compare(
    runs: Annotated[
        list[str], typer.Argument(help=f"Two or more runs; the first is what the others are held against. {WHICH_RUN}")
    ],
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Set the key figures of stored runs side by side."""
    from supplychain.service import compare_runs

    comparison = compare_runs(runs, store=store)
    if json:
        emit_json(comparison_json(comparison))
    else:
        print_comparison(comparison)
        emit_next(*suggest_after(comparison, store))


@app.command("clean")
def clean(
    keep: Annotated[int, typer.Option(min=0, help="Newest runs that stay.")] = _KEPT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    unknown: Annotated[
        bool,
        typer.Option("--unknown", help="Also runs that the plan database does not know; starts one if it is lost."),
    ] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Remove old runs and the steps that only they used; runs with open order lines stay."""
    from supplychain.service import open_store

    report = open_store(store, begin_anew=unknown and not dry_run).clean(keep, dry_run=dry_run, unknown=unknown)
    if json:
        emit_json({"runs": list(report.runs), "steps": list(report.steps), "dry_run": dry_run})
        return
    verb = "would remove" if dry_run else "removed"
    emit(f"{verb} {len(report.runs)} runs and {len(report.steps)} steps")
    for name in (*report.runs, *report.steps):
        emit(f"  {name}")
