"""The steps of a run before the closed loop: place, forecast, replenish, route. Each is made once for equal inputs."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.forecast_effects import forecast_effects
from supplychain.handover.forecast_levels import forecast_levels
from supplychain.handover.forecast_overrides import forecast_overrides
from supplychain.handover.forecast_past import forecast_past
from supplychain.handover.forecast_plan import forecast_table
from supplychain.handover.forecasting import (
    Forecast,
    ForecastInputs,
    Recipe,
    adjust,
    factors,
    fit,
    forecast_inputs,
    predict,
)
from supplychain.handover.lost_sales_past import lost_sales_past
from supplychain.handover.orders import plan_orders
from supplychain.handover.placement import apply_site_plan, place
from supplychain.handover.recent_sales import recent_daily_sales
from supplychain.handover.returns import known_returns
from supplychain.handover.routing import route_all
from supplychain.handover.service_plan import service_plan, sold_lately
from supplychain.handover.state import State, state_from_dataset
from supplychain.handover.supplier_cost import supplier_cost
from supplychain.handover.supplier_plan import supplier_plan
from supplychain.pipeline.accept import accept
from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.causes import EVERY_TABLE, causes
from supplychain.pipeline.prepare import House, Prepared, furnish
from supplychain.plans.forecast_table import ForecastTable
from supplychain.plans.judge.forecast import judge_forecast
from supplychain.plans.judge.order_limits import judge_limits
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.returns import Sales
from supplychain.plans.judge.routes import judge_routes
from supplychain.plans.judge.service import judge_service
from supplychain.plans.judge.sites import judge_sites
from supplychain.plans.judge.sources import judge_sources
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.suppliers import judge_suppliers
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.service_plan import ServicePlan
from supplychain.plans.site_plan import SitePlan
from supplychain.plans.source_table import no_sources
from supplychain.plans.supplier_plan import SupplierPlan
from supplychain.store import StepResult

__all__ = [
    "EVENTS_AND_PROMOTIONS",
    "SALES_HISTORY",
    "Forecasted",
    "forecast_step",
    "inputs_of",
    "place_step",
    "replenish_step",
    "route_step",
    "tonight",
]

Floats = npt.NDArray[np.float64]

SALES_HISTORY, EVENTS_AND_PROMOTIONS = "sales history", "events and promotions"
"""Inputs of the forecast step, by which a later reader knows that it has the same."""


@dataclass(frozen=True)
class Forecasted:
    """A forecast and what made it: inputs, recipe (for later origins) and the forecast after the planner's changes."""

    inputs: ForecastInputs
    recipe: Recipe
    forecast: Forecast
    table: ForecastTable


def place_step(cache: StepCache, prepared: Prepared) -> tuple[SitePlan, House]:
    """Choose or keep the open dcs; everything after works on the network that comes out."""
    dataset, settings = prepared.dataset, prepared.settings
    dcs = [s.site_id for s in dataset.sites.values() if s.kind == "dc"]
    fulfilment = prepared.fulfilment.restrict(dcs)
    sites = [dataset.sites[site_id] for site_id in fulfilment.site_ids]

    def make(key: str) -> StepResult:
        plan = place(dataset, settings, fulfilment, prepared.demand_per_year, seed=settings.seed)
        accept("site plan", "place", judge_sites(dataset, plan, fulfilment, prepared.demand_per_year, settings))
        return StepResult("place", key, plan.to_tables())

    inputs = {
        "sites": sites,
        "zones": list(dataset.zones),
        "fulfilment": [fulfilment.days, fulfilment.cost_per_unit, fulfilment.distance_km, fulfilment.reachable],
        "demand": prepared.demand_per_year,
        "settings.place": settings.place,
        "seed": settings.seed,
    }
    read = ("sites", "lanes", "demand", "items", "constants")
    behind = causes(dataset, settings, sections=("place", "seed"), tables=read)
    plan = SitePlan.from_tables(cache.step("place", inputs, make, causes=behind).tables)
    placed = apply_site_plan(dataset, plan)
    return plan, furnish(prepared, placed, plan.zone_dc)


def inputs_of(house: House) -> ForecastInputs:
    """What the forecast of the planning day is made from, without the planner's changes."""
    settings = house.settings.forecast
    level = house.settings.replenish.service_level
    by_class = np.array([level.A, level.B, level.C])
    return forecast_inputs(
        house.dataset,
        house.sourcing,
        horizon=settings.horizon_days,
        levels=settings.levels,
        origins=settings.origins,
        method=settings.method,
        service_level=by_class[house.terms.class_index],
        seed=house.settings.seed,
        holidays=settings.holidays,
    )


def forecast_step(cache: StepCache, house: House) -> Forecasted:
    """Demand of every row over the horizon and its quantiles over protection intervals."""
    inputs = inputs_of(house)
    factor, plus = _planned_changes(house, inputs.request.horizon)

    def make(key: str) -> StepResult:
        recipe = fit(inputs.history, inputs.outlook, inputs.request, traits=inputs.traits)
        model = predict(recipe, inputs.history, inputs.outlook, inputs.request)
        forecast = adjust(model, factor=factor, plus=plus)
        effects = forecast_effects(house.sourcing.row_keys(), inputs, recipe, factor=factor, plus=plus)
        table = forecast_table(house.dataset, house.sourcing, forecast, effects=effects)
        margin = house.terms.price - inputs.history.unit_value
        table = replace(
            table,
            lost=lost_sales_past(house.sourcing.row_keys(), inputs, margin),
            levels=forecast_levels(house.dataset, house.sourcing, inputs, model=model, final=forecast),
            overrides=forecast_overrides(house.dataset, house.sourcing, inputs.history, model=model, final=forecast),
            past=forecast_past(house.sourcing.row_keys(), inputs),
        )
        accept("forecast", "forecast", judge_forecast(house.dataset, table, as_of=house.dataset.as_of))
        arrays = {f"recipe_{name}": array for name, array in recipe.to_arrays().items()}
        arrays |= {f"forecast_{name}": array for name, array in _forecast_arrays(forecast).items()}
        return StepResult("forecast", key, table.to_tables(), arrays=arrays)

    parts = {
        SALES_HISTORY: inputs.history,
        "likeness of new items": list(inputs.traits or ()),
        EVENTS_AND_PROMOTIONS: inputs.outlook,
        "what is asked of the forecast": inputs.request,
        "planner's changes": [factor, plus],
        "rows": house.sourcing.row_keys(),
        "prices": house.terms.price,
        "overrides": house.dataset.overrides,
        "categories": [item.category for item in house.dataset.items.values()],
        "regions": [site.region for site in house.dataset.stocking_sites],
    }
    behind = causes(
        house.dataset,
        house.settings,
        sections=("forecast", "replenish.service_level", "seed"),  # a forecast is judged at the service levels
        tables=("demand", "items", "item_sites", "sites", "lanes", "promotions", "events", "overrides", "rates"),
        scenario=house.scenario,
    )
    result = cache.step("forecast", parts, make, causes=behind)
    recipe = Recipe.from_arrays(_prefixed(result.arrays, "recipe_"))
    forecast = _forecast_from(_prefixed(result.arrays, "forecast_"))
    return Forecasted(inputs, recipe, forecast, ForecastTable.from_tables(result.tables))


def _planned_changes(house: House, horizon: int) -> tuple[Floats, Floats]:
    first = house.dataset.as_of + timedelta(days=1)
    return factors(house.dataset, house.sourcing, house.scenario.outlook, first_day=first, days=horizon)


_TEXTS = ("model", "why", "model_names")


def _forecast_arrays(forecast: Forecast) -> dict[str, npt.NDArray[Any]]:
    """Every field as an array without objects."""
    return {name: np.asarray(getattr(forecast, name)) for name in Forecast.__dataclass_fields__}


def _forecast_from(arrays: Mapping[str, npt.NDArray[Any]]) -> Forecast:
    values: dict[str, Any] = dict(arrays)
    values["origin"] = np.datetime64(str(arrays["origin"]), "D")
    values["protection_days"] = tuple(int(days) for days in arrays["protection_days"])
    values["levels"] = tuple(float(level) for level in arrays["levels"])
    for name in _TEXTS:
        values[name] = tuple(str(text) for text in arrays[name])
    return Forecast(**values)


def _prefixed(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def tonight(house: House, inputs: ForecastInputs, *, as_expected: bool = False) -> State:
    """Stock and orders on the way on the planning day, with recent daily sales.

    ``as_expected`` counts open orders by the share that their supplier usually delivers, where the scenario plans with
    what was measured; else as they were ordered.
    """
    window = house.settings.replenish.today.window_days
    recent = recent_daily_sales(inputs.history.quantity, inputs.history.in_stock, days=window)
    measured = as_expected and house.settings.replenish.lead_times == "measured"
    share = house.scorecards.received if measured else None
    back = known_returns(inputs.history.quantity, house.terms.return_rate, return_days=house.terms.return_days)
    return state_from_dataset(
        house.dataset, house.terms, recent_daily_sales=recent, received_share=share, returning=back
    )


_NOT_READ = ("actuals", "promotions", "events", "overrides")


def replenish_step(cache: StepCache, house: House, forecasted: Forecasted) -> StepResult:
    """Tonight's order and transfer lines with their explanations, planned lines, and the stock projection."""
    dataset = house.dataset
    state = tonight(house, forecasted.inputs, as_expected=True)

    def make(key: str) -> StepResult:
        orders, transfers, stock = plan_orders(
            dataset, house.terms, state, forecasted.forecast, settings=house.settings.replenish, as_of=dataset.as_of
        )
        suppliers = _supplier_plan(house, state, forecasted.forecast)
        service = _service_plan(house, state, forecasted)
        cards = suppliers.scorecards
        accept("supplier scorecards", "replenish", judge_suppliers(dataset, suppliers))
        accept("service plan", "replenish", judge_service(dataset, service))
        sales = _sales(house, forecasted)
        lost = expected_demand(house.terms, forecasted.forecast, house.settings.replenish)
        found = judge_orders(dataset, orders, as_of=dataset.as_of, scorecards=cards, sales=sales, lost=lost)
        accept("order plan", "replenish", found)
        budget, keeps = house.settings.replenish.budget_per_month, house.settings.replenish.policy == "optimized"
        limits = judge_limits(
            dataset,
            orders,
            as_of=dataset.as_of,
            budget=budget,
            keeps=keeps,
            transfers=transfers.lines,
            stock=stock.days,
        )
        accept("list of shared limits", "replenish", limits)
        found = judge_transfers(dataset, transfers, as_of=dataset.as_of, scorecards=cards, sales=sales, lost=lost)
        accept("transfer plan", "replenish", found)
        found = judge_stock(dataset, stock, orders=orders, transfers=transfers, scorecards=cards, sales=sales)
        accept("stock plan", "replenish", found)
        sources = no_sources() if house.sources is None else house.sources.frame
        accept("source choice", "replenish", judge_sources(dataset, sources, orders, scorecards=cards))
        plans = (orders, transfers, stock, suppliers, service)
        tables = {name: table for plan in plans for name, table in plan.to_tables().items()}
        return StepResult("replenish", key, tables | {"order_sources": sources})

    inputs = {
        "terms of items and suppliers": replace(house.terms, index={}),
        "stock and orders": state,
        "receipts and open orders": house.scorecards.frame,
        "what was sold and lost lately": [forecasted.inputs.history.quantity, forecasted.table.lost],
        "forecast": _forecast_arrays(forecasted.forecast),
        "sources": None if house.sources is None else house.sources.frame,
        "settings.replenish": house.settings.replenish,
        "as_of": dataset.as_of,
    }
    behind = causes(
        dataset, house.settings, sections=("replenish",), tables=[name for name in EVERY_TABLE if name not in _NOT_READ]
    )
    return cache.step("replenish", inputs, make, causes=behind)


def _sales(house: House, forecasted: Forecasted) -> Sales | None:
    """Past and expected sales from which the judges work out returns; None where the plan does not count on them."""
    if not house.terms.return_days:
        return None
    keys = house.sourcing.row_keys()
    sold = forecasted.inputs.history.quantity[:, -house.terms.return_days :]
    return Sales(
        house.dataset,
        dict(zip(keys, sold.tolist(), strict=True)),
        dict(zip(keys, forecasted.forecast.mean.tolist(), strict=True)),
    )


def _supplier_plan(house: House, state: State, forecast: Forecast) -> SupplierPlan:
    """Scorecards of the suppliers with what their lateness costs."""
    dataset, settings = house.dataset, house.settings.replenish
    cost = supplier_cost(
        state, forecast, dataset.as_of, terms=house.terms, settings=settings, scorecards=house.scorecards
    )
    return supplier_plan(dataset, house.terms, house.scorecards, cost, settings=settings)


def _service_plan(house: House, state: State, forecasted: Forecasted) -> ServicePlan:
    """Segments and the trade-off of stock against service."""
    lost = forecasted.table.lost
    sold = sold_lately(house.terms, state, forecasted.inputs.history, lost)
    return service_plan(
        state, forecasted.forecast, house.dataset.as_of, terms=house.terms, settings=house.settings.replenish, sold=sold
    )


def route_step(cache: StepCache, house: House, *, executor: Executor | None) -> StepResult:
    """Routes of the day's deliveries, depot by depot."""
    dataset, settings = house.dataset, house.settings

    def make(key: str) -> StepResult:
        plan = route_all(dataset, settings, executor=executor)
        accept("route plan", "route", judge_routes(dataset, plan, settings))
        tables = plan.to_tables()
        named = {"routes": tables["routes"], "route_stops": tables["stops"], "route_unserved": tables["unserved"]}
        return StepResult("route", key, named)

    places = {d.depot_id for d in dataset.deliveries} | {d.site_id for d in dataset.deliveries}
    inputs = {
        "deliveries": list(dataset.deliveries),
        "vehicles": list(dataset.vehicles),
        "sites": [site for site_id, site in dataset.sites.items() if site_id in places],
        "settings.route": settings.route,
        "seed": settings.seed,
    }
    behind = causes(dataset, settings, sections=("route", "seed"), tables=())
    return cache.step("route", inputs, make, causes=behind)
