"""The command ``supplychain plan approve``."""

from __future__ import annotations

from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, WHICH_RUN, Json, StoreFolder
from supplychain.cli.output import emit, emit_json
from supplychain.cli.suggest import emit_next, suggest

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the group ``plan``."""
    app.command("approve")(approve)


def approve(
    lines: Annotated[list[str], typer.Argument(help="Line numbers, or order numbers for all their lines.")],
    who: Annotated[str, typer.Option("--who", help="Name of the person who approves; it is kept.")],
    checked_by: Annotated[str, typer.Option("--checked-by", help="Second person, whom held lines need.")] = "",
    run: Annotated[str, typer.Option("--run", help=WHICH_RUN)] = "latest",
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Approve proposed order lines: every later run on the data set counts them as on the way and changes none."""
    from supplychain.reports.document import records
    from supplychain.reports.text import frame_text
    from supplychain.service import approve_lines, open_store, open_stored

    found = open_store(store)
    result = open_stored(run, store=found)
    made = approve_lines(result, lines, who=who, checked_by=checked_by, store=found)
    if json:
        emit_json({"run": result.run_id, "scenario": result.label, "who": who, "approved": records(made)})
        return
    count = f"{len(made)} line" + ("" if len(made) == 1 else "s")
    emit(f"Approved by {who}: {count} of {result.label} on {result.as_of} (run {result.run_id})\n")
    emit(frame_text(made, decimals={"unit_price": 2}))
    emit("\nThey are on the way in every later run on this data set, until open_orders has them.")
    emit_next(suggest("run", result.scenario, store=store))
