"""What a stored run was made from, read again and checked to be the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from supplychain.errors import PlanError, Problem
from supplychain.handover.forecasting import ForecastInputs
from supplychain.handover.placement import apply_site_plan
from supplychain.pipeline.digest import digest
from supplychain.pipeline.prepare import House, Prepared, furnish, prepare
from supplychain.pipeline.steps import EVENTS_AND_PROMOTIONS, SALES_HISTORY, inputs_of
from supplychain.scenario import scenario_hash
from supplychain.service.approved import APPROVED_LINES
from supplychain.service.inputs import load_inputs
from supplychain.service.result import RunResult
from supplychain.service.stored import site_plan_of

__all__ = ["reopen", "reopen_forecast"]


def reopen(
    result: RunResult,
    *,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    project: Path | None = None,
    purpose: str,
) -> Prepared:
    """The scenario and data set of a run, read anew; a run keeps plans, not the tables that they were made from.

    ``data`` must be that of the run; ``sets`` are those of the run where none are given. Raises PlanError that begins
    with ``purpose`` (``cannot be ...``) when scenario or data are no longer those that the run was made from.
    """
    asked = tuple(sets) or tuple(result.manifest.get("sets", ()))  # type: ignore[arg-type]
    scenario, tables = load_inputs(result.scenario, data=data, as_of=result.as_of, sets=asked, project=project)
    _check_same(result, scenario_hash(scenario), dict(tables.fingerprints), purpose)
    return prepare(tables, scenario)


def reopen_forecast(
    result: RunResult,
    *,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    project: Path | None = None,
    purpose: str,
) -> tuple[House, ForecastInputs]:
    """The house of a run and the inputs of its forecast, as in `reopen`; raises PlanError where they differ now."""
    plan = site_plan_of(result)
    prepared = reopen(result, data=data, sets=sets, project=project, purpose=purpose)
    house = furnish(prepared, apply_site_plan(prepared.dataset, plan), plan.zone_dc)
    inputs = inputs_of(house)
    known = _forecast_hashes(result)
    now = {SALES_HISTORY: inputs.history, EVENTS_AND_PROMOTIONS: inputs.outlook}
    changed = [name for name, value in now.items() if name in known and not digest(value).startswith(known[name])]
    if changed:
        rule = "comes out otherwise of the same tables: another version of this toolkit made the run"
        problems = [Problem(name, "", "", "", rule, "run the scenario again") for name in changed]
        raise PlanError(f"run {result.run_id} {purpose}:", problems)
    return house, inputs


def _forecast_hashes(result: RunResult) -> dict[str, str]:
    steps = result.manifest.get("steps", ())
    assert isinstance(steps, list | tuple)
    return next((dict(step["inputs"]) for step in steps if step["name"] == "forecast"), {})


def _check_same(result: RunResult, now: str, files: dict[str, str], purpose: str) -> None:
    problems = []
    if result.manifest.get("scenario_hash") != now:
        rule = "is not resolved as it was when the run was made"
        fix = "give the same --set as the run, or run the scenario again"
        problems.append(Problem(f"scenario {result.scenario}", "", "", "", rule, fix))
    before = result.manifest.get("files")
    if isinstance(before, dict):
        changed = sorted(name for name in before.keys() | files.keys() if before.get(name) != files.get(name))
        changed = [name for name in changed if name != APPROVED_LINES]  # they come from the plan database
    if isinstance(before, dict) and changed:
        rule = f"differs from the run in {', '.join(changed)}"
        problems.append(Problem("data set", "", "", "", rule, "give the same --data as the run, or run it again"))
    if problems:
        raise PlanError(f"run {result.run_id} {purpose}:", problems)
