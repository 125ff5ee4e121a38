"""The command ``supplychain demo``."""

from __future__ import annotations

import typer

from supplychain.cli.options import DEFAULT_STORE, DEFAULT_WORKERS, Quiet, StoreFolder, Workers
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
    quiet: Quiet = False,
) -> None:
    """Run the bundled example: today's planning, optimized planning, and four DCs; print them side by side."""
    from supplychain import service
    from supplychain.reports.text import compare_text, problems_text
    from supplychain.service.reporting import report

    results = [
        service.run(name, store=store, workers=workers, listener=StepProgress(name, quiet=quiet)) for name in SCENARIOS
    ]
    emit("Bundled example china_south: real places, synthetic demand; key figures of three scenarios")
    emit("(plan: from the plans of the planning day; simulated: closed loop, mean of all lives)\n")
    emit(compare_text({result.scenario: result.kpis for result in results}))
    emit(f"\nLargest problems by money a year in {results[0].scenario}")
    emit(problems_text(results[0].problems))
    emit(f"\nreport: {report(results[1])}")
    ids = [result.run_id for result in results]
    emit_next(suggest("plan", "show", ids[1], store=store), suggest("runs", "compare", *ids[1:], store=store))
