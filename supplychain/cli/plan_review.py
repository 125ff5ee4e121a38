"""The commands ``supplychain plan exceptions``, ``actions`` and ``cash``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, Json, OneRun, StoreFolder
from supplychain.cli.output import emit, emit_json
from supplychain.cli.suggest import emit_next, of_run, suggest

if TYPE_CHECKING:
    from supplychain.service import RunResult

__all__ = ["cash", "register"]

_SHOWN = 10
_ALL = 1_000_000_000


def register(app: typer.Typer) -> None:
    """Add the commands to the group ``plan``."""
    app.command("exceptions")(exceptions)
    app.command("actions")(actions)
    app.command("cash")(cash)


def exceptions(
    run: OneRun = "latest",
    kind: Annotated[str | None, typer.Option("--kind", help="Only one kind, for example stock_out.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every exception.")] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """List what of a plan needs a buyer's look, the most money first: what is seen, why, and what to do."""
    from supplychain.reports.document import records
    from supplychain.reports.review_text import exceptions_text
    from supplychain.service import open_stored
    from supplychain.service.review_view import exceptions_of

    result = open_stored(run, store=store)
    frame = exceptions_of(result, kind=kind)
    if json:
        emit_json({**_about(result), "exceptions": records(frame)})
        return
    emit(f"{result.label} on {result.as_of} (run {result.run_id})\n")
    others = len(exceptions_of(result)) - len(frame)
    shell, count = of_run(result, store=store), _ALL if everything else _SHOWN
    emit(exceptions_text(frame, currency=result.currency, shell=shell, count=count, kind=kind, others=others))


def actions(
    run: OneRun = "latest",
    everything: Annotated[bool, typer.Option("--all", help="Every order that should change.")] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """List open orders that should come sooner, later, larger, smaller or not at all, and what that saves."""
    from supplychain.reports.document import records
    from supplychain.reports.review_text import actions_text
    from supplychain.service import open_stored
    from supplychain.service.review_view import actions_of

    result = open_stored(run, store=store)
    frame = actions_of(result)
    if json:
        emit_json({**_about(result), "actions": records(frame)})
        return
    emit(f"{result.label} on {result.as_of} (run {result.run_id})\n")
    emit(actions_text(frame, currency=result.currency, count=_ALL if everything else 4 * _SHOWN))
    open_orders = frame.loc[frame["kind"].eq("open order") & frame["action"].ne("keep")]
    if len(open_orders):
        emit("")
        number = open_orders["line_id"].iloc[0]
        emit_next(suggest("plan", "explain", number, "--run", result.run_id, store=store))


def cash(run: OneRun = "latest", store: StoreFolder = DEFAULT_STORE, json: Json = False) -> None:
    """Show by week and currency what open, approved, proposed and planned orders will have to be paid."""
    from supplychain.reports.document import records
    from supplychain.reports.review_text import cash_text
    from supplychain.service import open_stored
    from supplychain.service.review_view import cash_of

    result = open_stored(run, store=store)
    weeks, months = cash_of(result)
    if json:
        emit_json({**_about(result), "cash_weeks": records(weeks), "cash_months": records(months)})
        return
    emit(f"{result.label} on {result.as_of} (run {result.run_id})\n")
    emit(cash_text(weeks, months, currency=result.currency))


def _about(result: RunResult) -> dict[str, str]:
    return {"run": result.run_id, "scenario": result.label, "base_currency": result.currency}
