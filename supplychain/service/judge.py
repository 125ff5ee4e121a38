"""Judges stored plans again, from the data set and the scenario alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from supplychain.errors import PlanError, Problem
from supplychain.handover.placement import apply_site_plan
from supplychain.pipeline.prepare import prepare
from supplychain.plans.judge.routes import judge_routes
from supplychain.plans.site_plan import SitePlan
from supplychain.plans.violation import Violation
from supplychain.scenario import scenario_hash
from supplychain.service.inputs import load_inputs
from supplychain.service.result import RunResult
from supplychain.service.stored import route_plan_of

__all__ = ["judge_route_run"]


def judge_route_run(
    result: RunResult, *, data: str | Path | None = None, sets: Sequence[str] = (), project: Path | None = None
) -> tuple[Violation, ...]:
    """Every rule that the stored routes break; empty when they can be driven and cost what they say.

    Reads the run's scenario and data set anew; ``data`` and ``sets`` must be those of the run. Raises PlanError when
    scenario or data are no longer those that the run was made from.
    """
    scenario, tables = load_inputs(result.scenario, data=data, as_of=result.as_of, sets=sets, project=project)
    _check_same(result, scenario_hash(scenario), dict(tables.fingerprints))
    prepared = prepare(tables, scenario)
    dataset = prepared.dataset
    if "site_plan" in result.tables:
        dataset = apply_site_plan(dataset, SitePlan.from_tables(result.tables))
    return judge_routes(dataset, route_plan_of(result), prepared.settings)


def _check_same(result: RunResult, now: str, files: dict[str, str]) -> None:
    problems = []
    if result.manifest.get("scenario_hash") != now:
        rule = "is not resolved as it was when the run was made"
        fix = "give the same --set as the run, or run the scenario again"
        problems.append(Problem(f"scenario {result.scenario}", "", "", "", rule, fix))
    before = result.manifest.get("files")
    if isinstance(before, dict) and before != files:
        changed = sorted(name for name in before.keys() | files.keys() if before.get(name) != files.get(name))
        rule = f"differs from the run in {', '.join(changed)}"
        problems.append(Problem("data set", "", "", "", rule, "give the same --data as the run, or run it again"))
    if problems:
        raise PlanError(f"run {result.run_id} cannot be judged against other input:", problems)
