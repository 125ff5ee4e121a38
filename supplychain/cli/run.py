"""The command ``supplychain run``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.options import (
    DEFAULT_STORE,
    DEFAULT_WORKERS,
    AllFigures,
    AsOf,
    Data,
    Json,
    Project,
    Quiet,
    Sets,
    StoreFolder,
    Strict,
    UntilStep,
    Verbose,
    Workers,
    chosen_until,
)
from supplychain.cli.output import emit, emit_json, tell
from supplychain.cli.progress import StepProgress
from supplychain.cli.suggest import emit_next, suggest

if TYPE_CHECKING:
    import pandas as pd

    from supplychain.service import Preview, RunResult

__all__ = ["emit_hidden", "explain_problem", "register", "result_json"]


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("run", short_help="Run a scenario and print its key figures.")(run)


def run(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or the path of its file.")],
    until: UntilStep = "simulate",
    as_of: AsOf = None,
    data: Data = None,
    sets: Sets = None,
    workers: Workers = DEFAULT_WORKERS,
    store: StoreFolder = DEFAULT_STORE,
    project: Project = None,
    strict: Strict = False,
    every: AllFigures = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and say what would run.")] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run a scenario: forecast, placement, order plan, routes and closed loop; print the key figures."""
    from supplychain import service

    last = chosen_until(until)
    day = as_of.date() if as_of else None
    if dry_run:
        seen = service.preview(
            scenario, until=last, as_of=day, data=data, sets=sets or (), store=store, project=project
        )
        _print_preview(seen, json=json)
        return
    result = service.run(
        scenario,
        until=last,
        as_of=day,
        data=data,
        sets=sets or (),
        workers=workers,
        store=store,
        project=project,
        listener=StepProgress(scenario, quiet=quiet),
    )
    if json:
        emit_json(result_json(result))
    else:
        _print(result, store, every=every)
        options = [*(f"--set={text}" for text in sets or ()), *(["--data", str(data)] if data else [])]
        options += [f"--as-of={day}"] if day else []
        options += ["--until", last] if last != "simulate" else []
        emit_next(
            *explain_problem(result, store),
            _show_plan(result, store),
            _compare(result, scenario, options=options, store=store, project=project),
        )
    if strict and result.degraded:
        from supplychain.errors import DegradedError

        raise DegradedError(f"run {result.run_id}: " + "; ".join(result.degraded))


def _print(result: RunResult, store: Path, *, every: bool) -> None:
    from supplychain.reports.text import problems_text

    emit(f"{result.label}: {result.title} (as of {result.as_of}, run {result.run_id})")
    if len(result.kpis):
        whole = every or result.until != "simulate"
        emit(result.summary("all" if whole else "headline"))
        if not whole:
            emit_hidden([result.kpis], "headline")
    if "problems" in result.tables and len(result.problems):
        emit("\nLargest problems by money")
        emit(problems_text(result.problems, names=result.names, currency=result.currency))
    for line in (*result.notes, *result.degraded):
        tell(f"note: {line}")
    emit("")
    if result.until == "simulate":
        from supplychain.service.reporting import report

        emit(f"report: {report(result)}")
    emit(f"tables: {result.path}")


def emit_hidden(tables: Sequence[pd.DataFrame], shown: str) -> None:
    """Say how many known figures stay hidden when ``shown`` ones are printed."""
    from supplychain.reports.text import shown_figures

    known, printed = ({name for kpis in tables for name in shown_figures(kpis, m)["figure"]} for m in ("all", shown))
    if known - printed:
        emit(f"{len(known - printed)} more figures: --all")


def explain_problem(result: RunResult, store: Path) -> tuple[str, ...]:
    """The command that explains the order plan of the largest problem of an item at a site."""
    if "problems" not in result.tables or "order_lines" not in result.tables:
        return ()
    found = result.problems[result.problems["item_id"].ne("")].head(1)
    return tuple(
        suggest("plan", "explain", line["item_id"], line["site_id"], "--run", result.run_id, store=store)
        for line in found.to_dict("records")
    )


def _show_plan(result: RunResult, store: Path) -> str:
    """The command that shows the last plan of the run."""
    for table, command in (("order_lines", "plan"), ("forecast", "forecast"), ("site_plan", "place")):
        if table in result.tables:
            return suggest(command, "show", result.run_id, store=store)
    return suggest("runs", "show", result.run_id, store=store)


def _compare(result: RunResult, scenario: str, *, options: Sequence[str], store: Path, project: Path | None) -> str:
    """The command that holds the run against its parent and, for a variant, against the plain run of its scenario."""
    from supplychain.service import open_store

    runs = [result.parent_run] if result.parent_run else []
    if result.variant:
        known = open_store(store).runs()
        runs += [run.run_id for run in known if run.scenario == result.scenario and not run.variant][:1]
    if runs:
        return suggest("runs", "compare", *runs, result.run_id, store=store)
    where = ["--project", str(project)] if project else []
    if result.chain:
        return suggest("scenario", "compare", result.chain[-1], scenario, *options, *where, store=store)
    return suggest("scenario", "plan", scenario, *where)


def _print_preview(preview: Preview, *, json: bool) -> None:
    if json:
        steps = [{"step": step.name, "state": step.state, "why": step.why} for step in preview.steps]
        about = {"run": preview.run_id, "scenario": preview.scenario, "variant": preview.variant}
        emit_json({**about, "as_of": preview.as_of.isoformat(), "steps": steps})
        return
    emit(f"{preview.label}: {preview.title} (as of {preview.as_of}, run {preview.run_id})")
    words = {"reuse": "reused", "make": "made", "depends": "made or reused, depends", "none": "nothing to do"}
    for step in preview.steps:
        emit(
            f"  {step.name}: would be {words[step.state]} ({step.why})"
            if step.state != "none"
            else f"  {step.name}: nothing to do ({step.why})"
        )


def result_json(result: RunResult) -> dict[str, Any]:
    """A run as JSON: equal input gives equal output, so no clock, duration or cache flag."""
    from supplychain.reports.document import records

    return {
        "run": result.run_id,
        "scenario": result.scenario,
        "variant": result.variant,
        "title": result.title,
        "chain": list(result.chain),
        "as_of": result.as_of.isoformat(),
        "until": result.until,
        "base_currency": result.currency,
        "kpis": records(result.kpis),
        "problems": records(result.problems.head(10)) if "problems" in result.tables else [],
        "notes": list(result.notes),
        "degraded": list(result.degraded),
    }
