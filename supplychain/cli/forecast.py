"""The commands ``supplychain forecast ...``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli import forecast_backtest
from supplychain.cli.options import DEFAULT_STORE, WHICH_RUN, Json, OneRun, StoreFolder
from supplychain.cli.output import emit, emit_json

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Forecasts: show, explain and overrides of a run; backtest of a scenario.")


@app.command("show")
def show(
    run: OneRun = "latest",
    item: Annotated[str | None, typer.Option(help="Only this item.")] = None,
    site: Annotated[str | None, typer.Option(help="Only this stocking site.")] = None,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show expected demand by category and site, the models, and how well past quantiles held."""
    from supplychain.reports.document import records
    from supplychain.reports.plan_text import forecast_text
    from supplychain.service import forecast_tables, open_stored

    result = open_stored(run, store=store)
    tables = forecast_tables(result, item=item, site=site)
    if json:
        emit_json({"run": result.run_id, **{name: records(frame) for name, frame in tables.items()}})
        return
    emit(f"Forecast of {result.label} from the evening of {result.as_of} (run {result.run_id})\n")
    emit(forecast_text(tables, item=item, site=site))


@app.command("explain")
def explain(
    item: Annotated[str, typer.Argument(help="Item.")],
    site: Annotated[str, typer.Argument(help="Stocking site.")],
    run: Annotated[str, typer.Option("--run", help=WHICH_RUN)] = "latest",
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Also write history, past forecasts and forecast as this HTML file.")
    ] = None,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Say what forecasts an item at a site: past errors, members, events and promotions ahead, quantiles, coverage."""
    from supplychain.reports.document import records
    from supplychain.service import explain_forecast, open_stored, report_forecast

    result = open_stored(run, store=store)
    found = explain_forecast(result, item, site)
    page = None if plot is None else report_forecast(result, item, site, to=plot)
    if json:
        row = {"item_id": item, "site_id": site, "model": found.model, "why": found.why, "text": found.text}
        tables = {
            name: records(getattr(found, name))
            for name in ("daily", "quantiles", "members", "effects", "lost", "overrides", "past")
        }
        emit_json({"run": result.run_id, **row, **tables, **({"plot": page.as_posix()} if page else {})})
    else:
        emit(f"Forecast of {result.label} from the evening of {result.as_of} (run {result.run_id})\n")
        emit(found.text)
        if page:
            emit(f"\nplot: {page}")


@app.command("overrides")
def overrides(run: OneRun = "latest", store: StoreFolder = DEFAULT_STORE, json: Json = False) -> None:
    """List planners' overrides ahead, and judge past ones against the model by the demand known since."""
    from supplychain.reports.document import records
    from supplychain.service import judge_overrides, open_stored

    result = open_stored(run, store=store)
    found = judge_overrides(result, store=store)
    if json:
        tables = {name: records(getattr(found, name)) for name in ("ahead", "value", "days")}
        counts = {name: getattr(found, name) for name in ("past_days", "without_demand", "without_forecast")}
        emit_json({"run": result.run_id, **tables, **counts})
    else:
        emit(f"Overrides of {result.label} on the evening of {result.as_of} (run {result.run_id})\n")
        emit(found.text)


forecast_backtest.register(app)
