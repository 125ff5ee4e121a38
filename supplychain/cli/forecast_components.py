"""The command ``supplychain forecast components``."""

from __future__ import annotations

from typing import Annotated

import typer

from supplychain.cli.options import DEFAULT_STORE, WHICH_RUN, Data, Json, Project, Sets, StoreFolder
from supplychain.cli.output import emit, emit_json

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the group ``forecast``."""
    app.command("components")(components)


def components(
    item: Annotated[str | None, typer.Argument(help="Item.")] = None,
    site: Annotated[str | None, typer.Argument(help="Stocking site.")] = None,
    category: Annotated[str | None, typer.Option(help="The sum of this category instead.")] = None,
    region: Annotated[str | None, typer.Option(help="The sum of the stocking sites of this region.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="The sum of all items and sites.")] = False,
    method: Annotated[str, typer.Option(help="ucm, sarimax or prophet.")] = "ucm",
    run: Annotated[str, typer.Option("--run", help=WHICH_RUN)] = "latest",
    data: Data = None,
    sets: Sets = None,
    project: Project = None,
    store: StoreFolder = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Take demand apart: level, trend, weekdays, and what price, promotions and events do, with intervals."""
    from supplychain.reports.document import record, records
    from supplychain.service import Subject, explain_components, open_stored

    result = open_stored(run, store=store)
    subject = Subject(item, site, category, region, everything)
    found = explain_components(result, subject, method=method, data=data, sets=sets or (), project=project)
    if json:
        names = ("name", "rows", "method", "level", "trend", "multiplies", "text")
        tables = {name: records(getattr(found, name)) for name in ("daily", "weekdays", "effects", "ahead")}
        emit_json({"run": result.run_id, **record({name: getattr(found, name) for name in names}), **tables})
        return
    emit(f"Forecast of {result.label} from the evening of {result.as_of} (run {result.run_id})\n")
    emit(found.text)
