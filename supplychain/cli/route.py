"""The commands ``supplychain route ...``."""

from __future__ import annotations

from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, Data, Json, OneRun, Project, Sets, StoreFolder
from supplychain.cli.output import emit, emit_json

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Delivery routes of a run: show, judge.")

_SHOWN = 60
_ALL = 1_000_000_000


@app.command("show")
def show(
    run: OneRun = "latest",
    depot: Annotated[str | None, typer.Option(help="Only this depot.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every route and parcel.")] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show figures by tier, the routes, and every parcel without a route with its reason."""
    from supplychain.reports.document import records
    from supplychain.reports.plan_text import route_plan_text
    from supplychain.service import open_stored, route_plan_of

    result = open_stored(run, store=store)
    plan = route_plan_of(result, depot=depot)
    if json:
        emit_json({"run": result.run_id, **{name: records(frame) for name, frame in plan.to_tables().items()}})
        return
    emit(f"Routes of {result.label}, planned on {result.as_of} (run {result.run_id})\n")
    emit(route_plan_text(plan, count=_ALL if everything else _SHOWN))


@app.command("judge")
def judge(
    run: OneRun = "latest",
    data: Data = None,
    sets: Sets = None,
    project: Project = None,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Judge the stored routes afresh from the data set alone: feasibility, times, loads, costs, reasons."""
    from supplychain.errors import PlanError
    from supplychain.service import judge_route_run, open_stored

    result = open_stored(run, store=store)
    found = judge_route_run(result, data=data, sets=sets or (), project=project)
    if json:
        rows = [{"plan": v.plan, "record": v.record, "field": v.field, "value": v.value, "rule": v.rule} for v in found]
        emit_json({"run": result.run_id, "violations": rows})
    else:
        for violation in found:
            emit(str(violation))
    if found:
        raise PlanError(f"the routes of run {result.run_id} break {len(found)} rules")
    if not json:
        routes = len(result.tables["routes"])
        emit(f"routes of run {result.run_id}: {routes} can be driven and cost what they say")
