"""Tables and a scenario -> the data set that a run works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet
from supplychain.domain.fulfilment import Fulfilment, build_fulfilment
from supplychain.domain.sourcing import Sourcing, build_sourcing
from supplychain.errors import DataError, Problem, ScenarioError
from supplychain.handover.forecasting import History, build_history
from supplychain.handover.scorecards import Scorecards, measure_suppliers
from supplychain.handover.source_choice import DailyDemand, SourceChoice, choose
from supplychain.handover.terms import Terms, compile_terms
from supplychain.scenario import AppliedChange, Scenario, apply_changes
from supplychain.scenario.settings import ByClass, Settings
from supplychain.tables import Tables, build_dataset, check_tables

__all__ = ["House", "Prepared", "furnish", "prepare"]

_PER_YEAR = 365.0
_RECENT_DAYS = 365


@dataclass(frozen=True)
class Prepared:
    """A checked data set with the scenario's changes applied; ``demand_per_year`` [Z] units of each zone."""

    dataset: DataSet
    settings: Settings
    scenario: Scenario
    applied: tuple[AppliedChange, ...]
    fulfilment: Fulfilment
    demand_per_year: npt.NDArray[np.float64]


@dataclass(frozen=True)
class House:
    """The data set after placement, and what every later step works with; ``sources`` where they were chosen."""

    dataset: DataSet
    settings: Settings
    scenario: Scenario
    fulfilment: Fulfilment
    sourcing: Sourcing
    terms: Terms
    scorecards: Scorecards
    sources: SourceChoice | None = None


def prepare(tables: Tables, scenario: Scenario) -> Prepared:
    """Apply the scenario's changes and check everything again.

    Raises DataError or ScenarioError with every problem.
    """
    changed, applied = apply_changes(tables, scenario)
    problems = check_tables(changed)
    if problems:
        raise DataError(f"scenario {scenario.name}: its changes break the data contract", problems)
    dataset = build_dataset(changed)
    fulfilment = build_fulfilment(dataset, mean_weight_kg=_mean_weight(dataset))
    return Prepared(
        dataset=dataset,
        settings=_with_constants(scenario, dataset),
        scenario=scenario,
        applied=tuple(applied),
        fulfilment=fulfilment,
        demand_per_year=_demand_per_year(dataset, fulfilment.zone_ids),
    )


def furnish(prepared: Prepared, dataset: DataSet, zone_dc: dict[str, str]) -> House:
    """Sourcing and terms for the sites that are open after placement; ``zone_dc`` from the site plan."""
    fulfilment = build_fulfilment(dataset, mean_weight_kg=_mean_weight(dataset))
    sourcing = build_sourcing(dataset, fulfilment, zone_dc=zone_dc)
    history = build_history(dataset, sourcing)
    value = _annual_value(history, sourcing)
    scorecards = measure_suppliers(dataset)
    replenish = prepared.settings.replenish
    sources = None
    if replenish.policy == "optimized" and replenish.source_choice == "total_cost":
        sources = choose(dataset, _daily_demand(history, sourcing), replenish, scorecards=scorecards)
    terms = compile_terms(dataset, replenish, annual_value=value, scorecards=scorecards, sources=sources)
    assert list(zip(terms.item_ids, terms.site_ids, strict=True)) == sourcing.row_keys()
    return House(dataset, prepared.settings, prepared.scenario, fulfilment, sourcing, terms, scorecards, sources)


def _with_constants(scenario: Scenario, dataset: DataSet) -> Settings:
    """Covers of today's rule from the constants, where the scenario does not set them."""
    factors = {"A": dataset.constant("today_class_a_factor"), "B": 1.0, "C": dataset.constant("today_class_c_factor")}
    settings = scenario.settings
    covers = {}
    for name, constant in (("min_days", "today_min_cover_days"), ("max_days", "today_max_cover_days")):
        days, given = dataset.constant(constant), getattr(settings.replenish.today, name)
        covers[name] = ByClass(
            **{
                letter: getattr(given, letter)
                if f"replenish.today.{name}.{letter}" in scenario.origins
                else days * factor
                for letter, factor in factors.items()
            }
        )
    if crossed := [
        letter for letter in factors if getattr(covers["min_days"], letter) > getattr(covers["max_days"], letter)
    ]:
        raise ScenarioError(
            f"scenario {scenario.name}: covers of today's rule cross", _crossed(scenario, covers, crossed)
        )
    today = settings.replenish.today.model_copy(update=covers)
    replenish = settings.replenish.model_copy(update={"today": today})
    return settings.model_copy(update={"replenish": replenish})


def _crossed(scenario: Scenario, covers: dict[str, ByClass], letters: list[str]) -> list[Problem]:
    """The scenario sets one end only, and the constants hold the other."""
    problems = []
    for letter in letters:
        ends = [f"replenish.today.{name}.{letter}" for name in ("min_days", "max_days")]
        place = next((scenario.origins[end] for end in ends if end in scenario.origins), "constants")
        low, high = (getattr(covers[name], letter) for name in ("min_days", "max_days"))
        rule = f"exceeds max_days {high:g}; the scenario sets one, the constants of the data set the other"
        problems.append(Problem(place, scenario.name, ends[0], f"{low:g}", rule, "set both in the scenario"))
    return problems


def _recent_units(dataset: DataSet) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64], float]:
    """Entries of the last year, their units, and the factor that makes a year of them."""
    demand = dataset.demand
    recent = demand.day >= demand.days - _RECENT_DAYS
    return recent, np.nan_to_num(demand.quantity[recent]), _PER_YEAR / min(demand.days, _RECENT_DAYS)


def _demand_per_year(dataset: DataSet, zone_ids: tuple[str, ...]) -> npt.NDArray[np.float64]:
    recent, units, factor = _recent_units(dataset)
    place = {zone_id: z for z, zone_id in enumerate(zone_ids)}
    zones = np.array([place[zone_id] for zone_id in dataset.demand.zone_ids], dtype=np.int64)
    total = np.bincount(zones[dataset.demand.zone[recent]], weights=units, minlength=len(zone_ids))
    return (factor * total).astype(np.float64)


def _mean_weight(dataset: DataSet) -> float:
    """Kilograms of a unit sold in the last year; the plain mean of the items where nothing sold."""
    recent, units, _ = _recent_units(dataset)
    weight = np.array([dataset.items[item_id].weight_kg for item_id in dataset.demand.item_ids])
    if units.sum() > 0:
        return float((weight[dataset.demand.item[recent]] * units).sum() / units.sum())
    return float(weight.mean()) if weight.size else 0.0


def _daily_demand(history: History, sourcing: Sourcing) -> dict[tuple[str, str], DailyDemand]:
    """Mean and variance of a day with stock of the last year; nothing known is no demand."""
    span = min(history.days, _RECENT_DAYS)
    quantity = history.quantity[:, history.days - span :]
    known = history.in_stock[:, history.days - span :] & ~np.isnan(quantity)
    days = np.maximum(known.sum(axis=1), 1)
    units = np.where(known, quantity, 0.0)
    mean = units.sum(axis=1) / days
    variance = np.where(known, (units - mean[:, None]) ** 2, 0.0).sum(axis=1) / days
    found = zip(sourcing.row_keys(), mean.tolist(), variance.tolist(), strict=True)
    return {key: DailyDemand(one, spread) for key, one, spread in found}


def _annual_value(history: History, sourcing: Sourcing) -> dict[tuple[str, str], float]:
    span = min(history.days, _RECENT_DAYS)
    units = np.nansum(history.quantity[:, history.days - span :], axis=1) * (_PER_YEAR / span)
    return {key: float(v) for key, v in zip(sourcing.row_keys(), units * history.unit_value, strict=True)}
