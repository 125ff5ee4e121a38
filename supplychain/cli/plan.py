"""The commands ``supplychain plan ...``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, Json, OneRun, Planned, StoreFolder
from supplychain.cli.output import emit, emit_json

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Order plans of a run: list, show, explain, diff, export.",
    short_help="Order plans: list, show, explain, diff, export.",
)

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


@app.command("show")
def show(
    run: OneRun = "latest",
    planned: Planned = False,
    everything: Annotated[bool, typer.Option("--all", help="Every line.")] = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show orders by supplier against the minimum and with their payment day, held lines, then all lines."""
    from supplychain.reports.document import records
    from supplychain.reports.plan_text import order_plan_text
    from supplychain.service import open_stored, plan_tables

    result = open_stored(run, store=store)
    tables = plan_tables(result, planned=planned)
    if json:
        emit_json({"run": result.run_id, **{name: records(frame) for name, frame in tables.items()}})
        return
    emit(f"Orders and transfers of {result.scenario} on {result.as_of} (run {result.run_id})\n")
    emit(order_plan_text(tables, planned=planned, count=_ALL if everything else _SHOWN))
    if len(tables["order_lines"]):
        emit(f"\nnext: supplychain plan explain {tables['order_lines']['line_id'].iloc[0]}")
        emit(f"      supplychain plan export {result.run_id} --to orders.xlsx")


@app.command("explain")
def explain(
    line: Annotated[str, typer.Argument(help="Line id; or an item, followed by its site.")],
    site: Annotated[str | None, typer.Argument(help="Site, when an item is given.")] = None,
    run: Annotated[str, typer.Option("--run", help="Run id, scenario name or latest.")] = "latest",
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Say in plain words why a line is what it is, and recompute its quantity from the reasons."""
    from supplychain.reports.document import record
    from supplychain.service import explain_order, open_stored

    result = open_stored(run, store=store)
    found = explain_order(result, line, site)
    if json:
        lines = [
            {"kind": one.kind, "text": one.text, "recomputed": one.recomputed, "line": record(one.line)}
            for one in found
        ]
        emit_json({"run": result.run_id, "lines": lines})
        return
    for one in found:
        emit(f"{one.line['line_id']} ({one.kind}, {one.line['status']})\n  {one.text}")
        emit(f"  Recomputed from these reasons: {one.recomputed:,.10g}.")


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(help="Run id, scenario name or latest.")],
    after: Annotated[str, typer.Argument(help="The run that is held against it.")],
    planned: Planned = False,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show which lines are new, gone, moved or changed between two runs, and why."""
    from supplychain.reports.document import records
    from supplychain.reports.text import frame_text
    from supplychain.service import diff_plans, open_store, open_stored

    found = open_store(store)
    old, new = (open_stored(text, store=found) for text in (before, after))
    frame = diff_plans(old, new, planned=planned)
    if json:
        emit_json({"before": old.run_id, "after": new.run_id, "lines": records(frame)})
        return
    counts = frame["change"].value_counts()
    shown = ", ".join(f"{int(counts.get(word, 0))} {word}" for word in ("new", "gone", "moved", "changed"))
    emit(f"{old.scenario} ({old.run_id}) -> {new.scenario} ({new.run_id}): {shown}")
    if len(frame):
        emit(frame_text(frame))


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
