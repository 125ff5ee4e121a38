"""The command ``supplychain demo``."""

from __future__ import annotations

import typer

from supplychain.cli.options import DEFAULT_STORE, DEFAULT_WORKERS, AllFigures, Quiet, StoreFolder, Workers
from supplychain.cli.output import emit
from supplychain.cli.progress import StepProgress
from supplychain.cli.suggest import emit_next, suggest

__all__ = ["SCENARIOS", "register"]

SCENARIOS = ("baseline", "optimized", "four_dcs")


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("demo", short_help="Run the bundled example.")(demo)


def demo(
    store: StoreFolder = DEFAULT_STORE,
    workers: Workers = DEFAULT_WORKERS,
    every: AllFigures = False,
    quiet: Quiet = False,
) -> None:
    """Run the bundled example: today's planning, optimized planning, and four DCs; print them side by side."""
    from supplychain import service
    from supplychain.cli.run import emit_hidden, explain_problem
    from supplychain.reports.text import basis_text, compare_text, problems_text, shown_figures
    from supplychain.service.reporting import report

    results = [
        service.run(name, store=store, workers=workers, listener=StepProgress(name, quiet=quiet)) for name in SCENARIOS
    ]
    emit("Bundled example china_south: real places, synthetic demand; key figures of three scenarios")
    first, shown = results[0], "all" if every else "usual"
    emit(f"({basis_text(first.tables)})\n")
    columns = {result.scenario: shown_figures(result.kpis, shown) for result in results}
    emit(compare_text(columns, currency=first.currency))
    emit_hidden([result.kpis for result in results], shown)
    emit(f"\nLargest problems by money a year in {first.scenario}")
    emit(problems_text(first.problems, names=first.names, currency=first.currency))
    emit(f"\nreport: {report(results[1])}")
    ids = [result.run_id for result in results]
    show, compare = suggest("plan", "show", ids[1], store=store), suggest("runs", "compare", *ids[1:], store=store)
    emit_next(*explain_problem(first, store), show, compare)
