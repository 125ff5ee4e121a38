"""The command ``supplychain plan approve``."""

from __future__ import annotations

from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, WHICH_RUN, Json, StoreFolder
from supplychain.cli.output import emit, emit_json
from supplychain.cli.suggest import emit_next, project_of, suggest
from supplychain.errors import UsageError

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
    """Approve proposed order lines: every later run on the data set counts them as on the way and changes none.

    An order number means all of its lines that are not approved yet. An order of which less is approved than its
    supplier's minimum order value is told. Lines of a what-if are approved only where --run names it.
    """
    from supplychain.reports.document import records
    from supplychain.reports.text import frame_text
    from supplychain.service import approve_lines, approved_below_minimum, open_store, open_stored

    found = open_store(store)
    result = open_stored(run, store=found)
    if run == "latest" and result.variant:
        raise UsageError(
            f"--run: the latest run is a what-if, {result.label}; name {result.scenario} for the plan, or "
            f"{result.run_id} for the what-if"
        )
    made = approve_lines(result, lines, who=who, checked_by=checked_by, store=found)
    small = approved_below_minimum(result, sorted(set(made["order_id"])), found)
    if json:
        about = {"run": result.run_id, "scenario": result.label, "who": who}
        emit_json({**about, "approved": records(made), "below_minimum": records(small)})
        return
    count = f"{len(made)} line" + ("" if len(made) == 1 else "s")
    emit(f"Approved by {who}: {count} of {result.label} on {result.as_of} (run {result.run_id})\n")
    emit(frame_text(made, decimals={"unit_price": 2}))
    emit("\nThey are on the way in every later run on this data set, until open_orders has them.")
    for order in small.to_dict("records"):
        supplier = f"{order['supplier_id']} {order['supplier_name']}".strip()
        emit(
            f"\nBelow the minimum: {order['approved_value']:,.2f} {order['currency']} of order {order['order_id']} are "
            f"approved, {supplier} takes orders from {order['minimum_order_value']:,.2f} on; "
            f"{order['missing_to_minimum']:,.2f} are missing.\nApprove the rest of the order too, or run again: the "
            "run counts what is approved and fills up what is missing, where that pays."
        )
    rest = [
        suggest("plan", "approve", order_id, "--who", who, "--run", result.run_id, store=store)
        for order_id in small["order_id"]
    ]
    emit_next(*rest[:1], suggest("run", result.scenario, *project_of(result, store), store=store))
