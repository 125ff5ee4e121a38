"""The command ``supplychain run``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.options import (
    DEFAULT_STORE,
    DEFAULT_WORKERS,
    AsOf,
    Data,
    Json,
    Project,
    Quiet,
    Sets,
    StoreFolder,
    Strict,
    Workers,
)
from supplychain.cli.output import emit, emit_json, tell
from supplychain.cli.progress import StepProgress

if TYPE_CHECKING:
    from supplychain.service.result import RunResult

__all__ = ["register", "result_json"]


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("run")(run)


def run(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or the path of its file.")],
    until: Annotated[
        str, typer.Option(help="Last step: validate, place, forecast, replenish, route or simulate.")
    ] = "simulate",
    as_of: AsOf = None,
    data: Data = None,
    sets: Sets = None,
    workers: Workers = DEFAULT_WORKERS,
    store: StoreFolder = DEFAULT_STORE,
    project: Project = None,
    strict: Strict = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and say what would run.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: forecast, placement, order plan, routes and closed loop; print the key figures."""
    from supplychain import service

    day = as_of.date() if as_of else None
    if dry_run:
        emit(
            service.preview(scenario, until=until, as_of=day, data=data, sets=sets or (), store=store, project=project)
        )
        return
    result = service.run(
        scenario,
        until=until,
        as_of=day,
        data=data,
        sets=sets or (),
        workers=workers,
        store=store,
        project=project,
        listener=StepProgress(scenario, quiet=quiet or json),
    )
    if json:
        emit_json(result_json(result))
    else:
        _print(result, quiet=quiet)
    if strict and result.degraded:
        from supplychain.errors import DegradedError

        raise DegradedError(f"run {result.run_id}: " + "; ".join(result.degraded))


def _print(result: RunResult, *, quiet: bool) -> None:
    from supplychain import service
    from supplychain.reports.text import kpi_text, problems_text

    emit(f"{result.scenario}: {result.title} (as of {result.as_of}, run {result.run_id})")
    if len(result.kpis):
        emit(kpi_text(result.kpis, parent=result.chain[-1] if result.chain else None))
    if len(result.problems):
        emit("\nLargest problems by money a year")
        emit(problems_text(result.problems))
    for line in (*result.notes, *result.degraded):
        tell(f"note: {line}")
    report = service.report(result)
    emit(f"\nreport: {report}")
    emit(f"tables: {result.path}")
    emit(f"next: supplychain plan show {result.scenario}")
    emit(
        f"      supplychain scenario compare {result.chain[-1] if result.chain else result.scenario} {result.scenario}"
    )


def result_json(result: RunResult) -> dict[str, object]:
    """A run as JSON: equal input gives equal output, so no clock, duration or cache flag."""
    from supplychain.reports.document import records

    return {
        "run": result.run_id,
        "scenario": result.scenario,
        "title": result.title,
        "chain": list(result.chain),
        "as_of": result.as_of.isoformat(),
        "until": result.until,
        "kpis": records(result.kpis),
        "problems": records(result.problems.head(10)),
        "notes": list(result.notes),
        "degraded": list(result.degraded),
    }
