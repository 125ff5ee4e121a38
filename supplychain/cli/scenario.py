"""The commands ``supplychain scenario ...``."""

from __future__ import annotations

from dataclasses import asdict
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
    UntilStep,
    Verbose,
    Workers,
    chosen_until,
)
from supplychain.cli.output import emit, emit_json
from supplychain.cli.progress import StepProgress
from supplychain.cli.suggest import emit_next, suggest

if TYPE_CHECKING:
    from supplychain.service import Comparison

__all__ = ["app", "comparison_json", "print_comparison", "suggest_after"]

app = typer.Typer(no_args_is_help=True, help="Scenario files: list, show, plan, compare.")

Name = Annotated[str, typer.Argument(help="Name of a scenario, or the path of its file.")]


@app.command("ls")
def list_(project: Project = None, json: Json = False) -> None:
    """List the scenarios of the project and the bundled ones."""
    from supplychain.reports.text import table_text
    from supplychain.scenario import list_scenarios

    entries = list_scenarios(project or Path.cwd())
    if json:
        emit_json({"scenarios": [asdict(entry) for entry in entries]})
        return
    rows = [[e.name, e.extends, e.data, e.where, e.title or f"BROKEN: {e.problem}"] for e in entries]
    emit(table_text(["scenario", "extends", "data", "where", "title"], rows))


@app.command("show")
def show(name: Name, sets: Sets = None, project: Project = None, json: Json = False) -> None:
    """Show what a scenario resolves to: its chain, every setting and where it was set, its changes."""
    from supplychain.reports.text import table_text
    from supplychain.service import scenario_view

    view = scenario_view(name, sets=sets or (), project=project)
    if json:
        emit_json(view)
        return
    emit(f"{view['scenario']}: {view['title']}")
    if view["description"]:
        emit(view["description"])
    emit(f"chain: {' -> '.join([*view['chain'], view['scenario']])}; data: {view['data'] or 'by --data'}")
    if view["shocks"]:
        emit(f"shocks: {', '.join(view['shocks'])}")
    rows = [[row["path"], row["value"], row["origin"]] for row in view["settings"]]
    emit("\n" + table_text(["setting", "value", "set in"], rows))
    if view["changes"]:
        rows = [[c["kind"], c["path"], c["where"], c["during"], c["after"], c["origin"]] for c in view["changes"]]
        emit("\n" + table_text(["kind", "what", "where", "during", "change", "set in"], rows))


@app.command("plan")
def plan(name: Name, sets: Sets = None, data: Data = None, project: Project = None, json: Json = False) -> None:
    """Show what a scenario does differently from its parent, with the rows that each change matches."""
    from supplychain.reports.text import table_text
    from supplychain.service import scenario_difference

    scenario, parent, rows, uncounted = scenario_difference(name, data=data, sets=sets or (), project=project)
    against = parent.name if parent else "the defaults"
    if json:
        document: dict[str, Any] = {"scenario": scenario.name, "parent": parent.name if parent else None}
        emit_json(document | {"differences": [asdict(row) for row in rows], "note": uncounted})
        return
    emit(f"{scenario.name} against {against}: {len(rows)} difference{'' if len(rows) == 1 else 's'}")
    cells = [
        [r.kind, r.path, r.where, r.during, r.before, r.after, "" if r.matched is None else f"{r.matched:,}", r.origin]
        for r in rows
    ]
    if cells:
        emit(table_text(["kind", "what", "where", "during", "before", "after", "rows", "set in"], cells, right={6}))
    if uncounted:
        emit(uncounted)


@app.command("compare")
def compare(
    names: Annotated[
        list[str], typer.Argument(help="Two or more scenarios; the first is what the others are held against.")
    ],
    until: UntilStep = "simulate",
    as_of: AsOf = None,
    data: Data = None,
    sets: Sets = None,
    workers: Workers = DEFAULT_WORKERS,
    store: StoreFolder = DEFAULT_STORE,
    project: Project = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run the scenarios that are not stored yet and set their key figures side by side."""
    from supplychain import service

    comparison = service.compare(
        names,
        until=chosen_until(until),
        as_of=as_of.date() if as_of else None,
        data=data,
        sets=sets or (),
        workers=workers,
        store=store,
        project=project,
        listener=lambda name: StepProgress(name, quiet=quiet),
    )
    if json:
        emit_json(comparison_json(comparison))
    else:
        print_comparison(comparison)
        emit_next(*suggest_after(comparison, store))


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Runs side by side as JSON."""
    from supplychain.reports.document import records

    runs = [
        {
            "name": name,
            "run": result.run_id,
            "scenario": result.scenario,
            "variant": result.variant,
            "as_of": result.as_of.isoformat(),
        }
        for name, result in zip(comparison.names, comparison.results, strict=True)
    ]
    return {"runs": runs, "figures": records(comparison.figures)}


def print_comparison(comparison: Comparison) -> None:
    """Runs side by side as text: which run each column is, the figures, and the verdicts against the first."""
    from supplychain.reports.text import compare_text

    parts = {name: comparison.figures[comparison.figures["run"].eq(name)] for name in comparison.names}
    for name, result in zip(comparison.names, comparison.results, strict=True):
        emit(f"{name}: {result.label}, {result.title} (as of {result.as_of}, run {result.run_id})")
    emit("")
    emit(compare_text(parts, currency=comparison.results[0].currency))
    for name in comparison.names[1:]:
        verdicts = parts[name].set_index("figure")["verdict"]
        counts = [f"{int(verdicts.eq(word).sum())} {word}" for word in ("better", "worse", "same")]
        emit(f"{name} against {comparison.names[0]}: {', '.join(counts)}")


def suggest_after(comparison: Comparison, store: Path) -> tuple[str, ...]:
    """What to look at next: the lines that differ between the first and the last run, and the last run's report."""
    first, last = comparison.results[0], comparison.results[-1]
    report = suggest("report", last.run_id, store=store)
    if any("order_lines" not in result.tables for result in (first, last)):
        return (report,)
    return suggest("plan", "diff", first.run_id, last.run_id, store=store), report
