"""Plans of a stored run, whole or in part."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.amounts import first_names
from supplychain.plans.order_plan import DECIDED
from supplychain.plans.route_plan import RoutePlan
from supplychain.plans.site_plan import SitePlan
from supplychain.service.result import RunResult
from supplychain.tables.nearest import nearest

__all__ = ["forecast_tables", "near", "plan_table", "plan_tables", "route_plan_of", "site_plan_of"]


def plan_table(result: RunResult, name: str) -> pd.DataFrame:
    """A table of a run; raises PlanError that names the step which makes it when the run ended before."""
    if name in result.tables:
        return result.tables[name]
    step = next((step for prefix, step in _MADE_BY if name.startswith(prefix)), "simulate")
    rule = f"run {result.run_id} ({result.scenario}, until {result.until}) has no table {name}"
    raise PlanError(f"{rule}; `supplychain run {result.scenario}` makes it in its step {step}, where the data allow it")


_MADE_BY = (
    ("site_", "place"),
    ("forecast", "forecast"),
    ("lost_sales", "forecast"),
    ("order_", "replenish"),
    ("transfer_", "replenish"),
    ("stock_", "replenish"),
    ("cash_", "replenish"),
    ("supplier_", "replenish"),
    ("segments", "replenish"),
    ("trade_off", "replenish"),
    ("route", "route"),
)


def plan_tables(result: RunResult, *, planned: bool = False) -> dict[str, pd.DataFrame]:
    """``order_heads``, ``order_lines`` and ``transfer_lines`` of the planning day; with ``planned`` the outlook too.

    Approved and otherwise decided lines are among them.

    Raises PlanError when the run has no order plan.
    """
    wanted = ["proposed", "waiting", *DECIDED] + (["planned"] if planned else [])
    frames = {name: plan_table(result, name) for name in ("order_heads", "order_lines", "transfer_lines")}
    return {name: frame.loc[frame["status"].isin(wanted)].reset_index(drop=True) for name, frame in frames.items()}


def forecast_tables(result: RunResult, *, item: str | None = None, site: str | None = None) -> dict[str, pd.DataFrame]:
    """The forecast's tables, of one item or stocking site only when said; coverage is that of all rows.

    Raises PlanError for an item or site without a forecast, with what comes nearest.
    """
    names = ("forecast_models", "forecast", "forecast_quantiles", "forecast_coverage")
    tables = {name: plan_table(result, name) for name in names}
    for column, value in (("item_id", item), ("site_id", site)):
        if value is None:
            continue
        known = sorted(set(tables["forecast_models"][column]))
        if value not in known:
            word = column.removesuffix("_id")
            raise PlanError(f"{word} {value!r}: run {result.run_id} has no forecast for it{near(value, known)}")
        for name in names[:-1]:
            frame = tables[name]
            tables[name] = frame.loc[frame[column].eq(value)].reset_index(drop=True)
    return tables


def route_plan_of(result: RunResult, *, depot: str | None = None) -> RoutePlan:
    """The stored route plan of a run, of one depot only when said.

    Raises PlanError when the run has no routes, or the depot no deliveries.
    """
    names = {"routes": "routes", "stops": "route_stops", "unserved": "route_unserved"}
    plan = RoutePlan.from_tables({name: plan_table(result, table) for name, table in names.items()})
    if depot is None:
        return plan
    known = sorted(set(plan.routes["depot_id"]) | set(plan.unserved["depot_id"]))
    if depot not in known:
        raise PlanError(f"depot {depot!r}: run {result.run_id} routes nothing from it{near(depot, known)}")
    routes = plan.routes.loc[plan.routes["depot_id"].eq(depot)].reset_index(drop=True)
    stops = plan.stops.loc[plan.stops["route_id"].isin(routes["route_id"])].reset_index(drop=True)
    return RoutePlan(routes, stops, plan.unserved.loc[plan.unserved["depot_id"].eq(depot)].reset_index(drop=True))


def site_plan_of(result: RunResult) -> SitePlan:
    """The stored site plan of a run; raises PlanError when it has none."""
    plan_table(result, "site_plan")
    return SitePlan.from_tables(result.tables)


def near(name: str, known: Sequence[str], *, most: int = 5) -> str:
    """The end of a message about an unknown name: what comes nearest, else some that are known and how many more."""
    close = nearest(name, known)
    return f"; did you mean {' or '.join(close)}?" if close else f"; it has {first_names(known, most=most) or 'none'}"
