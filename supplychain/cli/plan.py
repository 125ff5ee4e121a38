"""The commands ``supplychain plan ...``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, WHICH_RUN, Json, OneRun, Planned, StoreFolder
from supplychain.cli.output import emit, emit_json
from supplychain.cli.plan_approve import register as register_approve
from supplychain.cli.plan_review import cash as show_cash
from supplychain.cli.plan_review import register as register_review
from supplychain.cli.suggest import emit_next, of_run, suggest

if TYPE_CHECKING:
    from supplychain.service import LineExplanation, RunResult

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Order plans of a run: list, show, suppliers, explain, exceptions, actions, cash, approve, diff, export.",
    short_help="Order plans: show, explain, suppliers, exceptions, actions, cash, approve, diff.",
)

register_review(app)
register_approve(app)

_SHOWN = 40
_ALL = 1_000_000_000


@app.command("ls")
def list_(store: StoreFolder = DEFAULT_STORE, json: Json = False) -> None:
    """List the runs with an order plan, newest first, and what is due on their planning day."""
    from supplychain.reports.document import records
    from supplychain.reports.text import frame_text
    from supplychain.service import list_plans

    frame = list_plans(store)
    if json:
        emit_json({"plans": records(frame)})
    else:
        emit(frame_text(frame))
        emit("\nlines, held and value are left to decide; approved are by now; values in base currency")


@app.command("show")
def show(
    run: OneRun = "latest",
    planned: Planned = False,
    everything: Annotated[bool, typer.Option("--all", help="Every line.")] = False,
    money: Annotated[bool, typer.Option("--cash", help="Only when orders have to be paid, as plan cash.")] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show orders against their minimum, what waits, exceptions, open orders that should change, lines, service."""
    from supplychain.plans.coming_weeks import coming_weeks
    from supplychain.reports.document import records
    from supplychain.reports.plan_text import order_plan_text
    from supplychain.reports.supplier_text import coming_weeks_text, segments_text, trade_off_text
    from supplychain.service import approved_lines, open_store, open_stored, service_view
    from supplychain.service.order_view import base_currency, order_view

    if money:
        show_cash(run, store, json)
        return
    found = open_store(store)
    result = open_stored(run, store=found)
    tables, currency, service = order_view(result, planned=planned), base_currency(result), service_view(result)
    if json:
        shown = {name: records(table) for name, table in {**tables, **service}.items()}
        emit_json({**_about(result), "base_currency": currency, **shown})
        return
    emit(f"Orders and transfers of {result.label} on {result.as_of} (run {result.run_id})\n")
    shell, count = of_run(result, store=store), _ALL if everything else _SHOWN
    emit(order_plan_text(tables, currency=currency, shell=shell, planned=planned, count=count))
    if service:
        emit("\n" + segments_text(service["segments"], currency=currency))
        emit("\n" + trade_off_text(service["trade_off"], currency=currency))
        emit("\n" + coming_weeks_text(coming_weeks(result.tables), currency=currency))
    keys = (("order_waiting", "order_id"), ("order_lines", "line_id"), ("transfer_lines", "line_id"))
    numbers = [tables[name][key].iloc[0] for name, key in keys if len(tables[name])]
    states = tables["order_lines"]["status"]
    if states.ne("planned").any():
        approved, lines = len(approved_lines(result, found)), int(states.ne("planned").sum())
        emit(f"\nApproved: {approved} of {lines} order lines of tonight; what is approved counts as on the way.")
    still = found.orders.lines(run_id=result.run_id, statuses=["proposed"])["line_id"]  # neither held nor replaced
    due = states.eq("proposed") & tables["order_lines"]["line_id"].isin(still.str.removeprefix(f"{result.run_id}:"))
    if numbers:
        emit("")
        emit_next(
            suggest("plan", "exceptions", result.run_id, store=store),
            *(suggest("plan", "explain", number, "--run", result.run_id, store=store) for number in numbers[:1]),
            suggest("plan", "cash", result.run_id, store=store),
            suggest("plan", "export", result.run_id, "--to", "orders.xlsx", store=store),
            *(
                suggest("plan", "approve", number, "--who", "YOUR_NAME", "--run", result.run_id, store=store)
                for number in tables["order_lines"].loc[due, "line_id"].head(1)
            ),
        )


@app.command("suppliers")
def suppliers(
    run: OneRun = "latest",
    supplier: Annotated[str | None, typer.Option("--supplier", help="One supplier, with its items.")] = None,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show which supplier is late, what that costs, and what to decide; the dearest first."""
    from supplychain.reports.document import records
    from supplychain.reports.supplier_text import supplier_text
    from supplychain.service import open_stored, supplier_view
    from supplychain.service.order_view import base_currency

    result = open_stored(run, store=store)
    cards, currency = supplier_view(result, supplier), base_currency(result)
    if json:
        emit_json({**_about(result), "base_currency": currency, "suppliers": records(cards)})
        return
    emit(f"Suppliers of {result.label} on {result.as_of} (run {result.run_id})\n")
    emit(supplier_text(cards, names=result.names, currency=currency, supplier=supplier))


@app.command("explain")
def explain(
    line: Annotated[str, typer.Argument(help="Line or order number; or an item, followed by its site.")],
    site: Annotated[str | None, typer.Argument(help="Site, when an item is given.")] = None,
    run: Annotated[str, typer.Option("--run", help=WHICH_RUN)] = "latest",
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Also every figure of the line.")] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Say in plain words why a line or an order is what it is, what it is worth, and what happens without it."""
    from supplychain.plans.amounts import units
    from supplychain.reports.document import record
    from supplychain.service import explain_order, open_stored

    result = open_stored(run, store=store)
    found = explain_order(result, line, site)
    if json:
        lines = [
            {"kind": one.kind, "text": one.text, "recomputed": one.recomputed, "line": record(one.line)}
            for one in found
        ]
        emit_json({**_about(result), "lines": lines})
        return
    emit(f"Run {result.run_id}, scenario {result.label}, planned on {result.as_of}")
    later = [one for one in found[1:] if one.line["status"] == "planned"]
    for one in found:
        if one not in later:
            _emit_explanation(one, verbose=verbose)
    if later:
        emit("\nLater in the outlook, planned afresh each night:")
    for one in later:
        day = f"{one.line['receipt_date']:%Y-%m-%d}"
        emit(f"  {one.line['line_id']}: {units(one.line['quantity'])}, here by {day}")


def _emit_explanation(one: LineExplanation, *, verbose: bool) -> None:
    import pandas as pd

    from supplychain.plans.amounts import units
    from supplychain.reports.text import frame_text

    number = next((one.line[key] for key in ("line_id", "order_id", "transfer_id") if key in one.line), None)
    emit("" if number is None else f"\n{number} ({one.kind}, {one.line['status']})")
    for text in one.text.splitlines():
        emit(f"  {text}")
    if not verbose:
        return
    if one.recomputed is not None:
        emit(f"  Recomputed from the figures below: {units(one.recomputed)}.")
    figures = {"figure": [name.replace("_", " ") for name in one.line], "value": [_cell(v) for v in one.line.values()]}
    emit(frame_text(pd.DataFrame(figures, dtype=object)))


def _cell(value: object) -> str:
    from supplychain.plans.amounts import significant
    from supplychain.reports.text import day_text

    if isinstance(value, float):
        return "" if value != value else "unlimited" if math.isinf(value) else significant(value, 6)  # noqa: PLR0124 - NaN
    return day_text(value)


def _about(result: RunResult) -> dict[str, str]:
    return {
        "run": result.run_id,
        "scenario": result.scenario,
        "variant": result.variant,
        "as_of": result.as_of.isoformat(),
    }


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(help="Run id, scenario name or latest.")],
    after: Annotated[str, typer.Argument(help="The run that is held against it.")],
    planned: Planned = False,
    everything: Annotated[bool, typer.Option("--all", help="Every line.")] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show how much of the plan changed between two runs, and which lines and why, the largest changes first."""
    from supplychain.reports.document import records
    from supplychain.reports.plan_text import plan_diff_text
    from supplychain.service import diff_plans, open_store, open_stored
    from supplychain.service.diff import plan_stability
    from supplychain.service.order_view import base_currency

    found = open_store(store)
    old, new = (open_stored(text, store=found) for text in (before, after))
    frame, stability = (make(old, new, planned=planned) for make in (diff_plans, plan_stability))
    if json:
        emit_json({"before": old.run_id, "after": new.run_id, "stability": records(stability), "lines": records(frame)})
        return
    emit(f"{old.label} ({old.run_id}) -> {new.label} ({new.run_id})\n")
    emit(plan_diff_text(frame, stability, currency=base_currency(new), count=_ALL if everything else _SHOWN))
    if len(frame):
        first = frame.iloc[0]
        side = old if first["change"] == "gone" else new
        emit("")
        emit_next(suggest("plan", "explain", first["item_id"], first["site_id"], "--run", side.run_id, store=store))


@app.command("export")
def export(
    to: Annotated[Path, typer.Option("--to", help="FILE.csv, FILE.xlsx or a folder.")],
    run: OneRun = "latest",
    planned: Planned = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Write orders, their lines and transfers for other programs; the same plan gives the same bytes."""
    from supplychain.service import export_plan, open_stored

    result = open_stored(run, store=store)
    files = export_plan(result, to, planned=planned)
    if json:
        emit_json({"run": result.run_id, "files": [path.as_posix() for path in files]})
    else:
        for path in files:
            emit(f"wrote {path}")
