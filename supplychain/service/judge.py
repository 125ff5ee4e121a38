"""Judges stored plans again, from the data set and the scenario alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from supplychain.handover.placement import apply_site_plan
from supplychain.plans.judge.routes import judge_routes
from supplychain.plans.site_plan import SitePlan
from supplychain.plans.violation import Violation
from supplychain.service.reopen import reopen
from supplychain.service.result import RunResult
from supplychain.service.stored import route_plan_of

__all__ = ["judge_route_run"]


def judge_route_run(
    result: RunResult, *, data: str | Path | None = None, sets: Sequence[str] = (), project: Path | None = None
) -> tuple[Violation, ...]:
    """Every rule that the stored routes break; empty when they can be driven and cost what they say.

    Reads the run's scenario and data set anew; ``data`` must be that of the run, ``sets`` are by default. Raises
    PlanError when scenario or data are no longer those that the run was made from.
    """
    purpose = "cannot be judged against other input"
    prepared = reopen(result, data=data, sets=sets, project=project, purpose=purpose)
    dataset = prepared.dataset
    if "site_plan" in result.tables:
        dataset = apply_site_plan(dataset, SitePlan.from_tables(result.tables))
    return judge_routes(dataset, route_plan_of(result), prepared.settings)
