"""The command ``supplychain validate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.options import AsOf, Data, Json, Project, Sets
from supplychain.cli.output import emit, emit_json
from supplychain.errors import DataError, ScenarioError, UsageError

if TYPE_CHECKING:
    from supplychain.service import Checked

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("validate", short_help="Check a scenario or a data set.")(validate)


def validate(
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO|DATA]", help="Scenario, or data folder or .xlsx; default: every scenario file."
        ),
    ] = None,
    data: Data = None,
    as_of: AsOf = None,
    sets: Sets = None,
    project: Project = None,
    json: Json = False,
) -> None:
    """Check a scenario with its data, or a data set, and name every problem; nothing runs.

    Without a subject every scenario file is checked, and with --data that data set too.
    """
    from supplychain import service

    day = as_of.date() if as_of else None
    if subject is None:
        _validate_files(project, data=data, day=day, sets=sets or (), json=json)
        return
    path = Path(subject)
    if path.is_dir() or path.suffix.lower() == ".xlsx":
        if sets:
            raise UsageError("--set changes a scenario, and none is named: validate SCENARIO --data FOLDER checks both")
        checked = service.check_data(path, data=data, as_of=day)
    else:
        checked = service.check_scenario_and_data(subject, data=data, as_of=day, sets=sets or (), project=project)
    if json:
        emit_json(_document(checked))
    else:
        _print(checked)


def _document(checked: Checked) -> dict[str, Any]:
    return asdict(checked) | {"as_of": checked.as_of.isoformat()}


def _print(checked: Checked) -> None:
    emit(f"{checked.subject}: fine (data set {checked.data_set}, as of {checked.as_of})")
    emit("tables: " + ", ".join(f"{name} {count:,}" for name, count in checked.rows.items()))
    for change in checked.changes:
        where = f" where {change.where}" if change.where else ""
        emit(f"change: {change.path}{where}: {change.operation} {change.value}, {change.matched} matched")
    for note in checked.notes:
        emit(f"note: {note}")


def _validate_files(
    project: Path | None, *, data: Path | None, day: date | None, sets: Sequence[str], json: bool
) -> None:
    """Every scenario file of the project and the bundled ones, without their data, and the data set that is given."""
    from supplychain import service
    from supplychain.scenario import check_scenario, list_scenarios

    if day is not None and data is None:
        raise UsageError("--as-of is a day of a data set, and none is named: give a scenario, or --data FOLDER")
    home = project or Path.cwd()
    names = [entry.name for entry in list_scenarios(home)]
    problems = [problem for name in names for problem in check_scenario(name, project=home, sets=sets)]
    checked = None
    if data is not None:
        try:
            checked = service.check_data(data, as_of=day)
        except DataError as error:
            if not problems:
                raise
            problems += error.problems
    if problems:
        raise ScenarioError(f"{len(names)} scenario files have problems:", list(dict.fromkeys(problems)))
    if json:
        emit_json({"scenarios": names} | ({} if checked is None else {"data": _document(checked)}))
        return
    more = "name one to check it with its data" if checked is None else "with this data set: validate NAME --data"
    emit(f"fine: {', '.join(names)} (files only; {more})")
    if checked is not None:
        _print(checked)
