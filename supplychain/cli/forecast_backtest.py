"""The command ``supplychain forecast backtest``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    Verbose,
    Workers,
)
from supplychain.cli.output import emit, emit_json
from supplychain.cli.progress import StepProgress

if TYPE_CHECKING:
    from supplychain.service import BacktestResult

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to its group."""
    app.command("backtest")(backtest)


def backtest(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or the path of its file.")],
    origins: Annotated[
        int | None,
        typer.Option("--origins", min=1, help="Past days to forecast from; default is 6, or as many as there are."),
    ] = None,
    step_days: Annotated[
        int | None, typer.Option("--step-days", min=1, help="Days from one origin to the next; default is the horizon.")
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option("--horizon", min=1, help="Days judged after each origin; default is 28, or the scenario's."),
    ] = None,
    methods: Annotated[
        str | None, typer.Option("--methods", help="Methods to try beside the scenario's, with commas: auto,tsb,imapa.")
    ] = None,
    as_of: AsOf = None,
    data: Data = None,
    sets: Sets = None,
    workers: Workers = DEFAULT_WORKERS,
    to: Annotated[Path | None, typer.Option("--to", help="File of the HTML page; default is in the store.")] = None,
    store: StoreFolder = DEFAULT_STORE,
    project: Project = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Forecast from past days as a scenario would have, and judge it by what came: where it is worth it, where not."""
    from supplychain import service

    result = service.backtest(
        scenario,
        origins=origins,
        step_days=step_days,
        horizon_days=horizon,
        methods=_names(methods),
        as_of=as_of.date() if as_of else None,
        data=data,
        sets=sets or (),
        workers=workers,
        store=store,
        project=project,
        listener=StepProgress(scenario, quiet=quiet),
    )
    page = service.report_backtest(result, to=to)
    if json:
        emit_json(_document(result, page))
        return
    emit(result.summary())
    emit(f"\nreport: {page}")
    emit(f"tables: {result.path}")


def _names(methods: str | None) -> list[str]:
    """Names between commas; UsageError where the option is given and names nothing."""
    from supplychain.errors import UsageError

    names = [name for name in (text.strip() for text in (methods or "").split(",")) if name]
    if methods is not None and not names:
        raise UsageError(
            f"--methods: {methods!r} names no method. Fix: names with commas, such as tsb,imapa, or leave it out"
        )
    return names


def _document(result: BacktestResult, page: Path) -> dict[str, Any]:
    """The backtest without its days, which are in the store."""
    from supplychain.reports.document import records

    view = result.view
    about = {
        "backtest": view.key,
        "scenario": view.scenario,
        "title": view.title,
        "data_set": view.data_set,
        "as_of": view.as_of.isoformat(),
        "base_currency": view.currency,
        "methods": list(view.methods),
        "origins": list(view.origins),
        "step_days": view.step_days,
        "horizon_days": view.horizon_days,
    }
    tables = {name: records(getattr(result, name)) for name in ("scores", "value_added", "coverage", "errors")}
    return {**about, **tables, "report": page.as_posix(), "tables": result.path.as_posix()}
