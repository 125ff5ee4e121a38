"""The commands ``supplychain place ...``."""

from __future__ import annotations

import typer

from supplychain.cli.options import DEFAULT_STORE, Json, OneRun, StoreFolder
from supplychain.cli.output import emit, emit_json

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Site plan of a run: show.")


@app.callback()
def _place() -> None:
    """Keep ``show`` a command of its own although it is the only one so far."""


@app.command("show")
def show(run: OneRun = "latest", store: StoreFolder = DEFAULT_STORE, json: Json = False) -> None:
    """Show which DCs are open and why, coverage by tier, zones that nobody serves, cost and proven gap."""
    from supplychain.reports.document import record, records
    from supplychain.reports.plan_text import site_plan_text
    from supplychain.service import open_stored, site_plan_of

    result = open_stored(run, store=store)
    plan = site_plan_of(result)
    if json:
        tables = {
            "sites": plan.sites,
            "coverage": plan.coverage,
            "assignments": plan.assignments,
            "unserved": plan.unserved,
        }
        shown = {name: records(frame) for name, frame in tables.items()}
        emit_json({"run": result.run_id, "plan": record(plan.meta), **shown})
        return
    emit(f"Sites of {result.label} (run {result.run_id})\n")
    emit(site_plan_text(plan))
