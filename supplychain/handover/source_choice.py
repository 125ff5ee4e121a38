"""Choice of the source of each row, supplier and way, by expected cost of a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.source_choice import PART_NAMES, Sources, choose_sources, source_costs
from supplychain.domain import DataSet, Supply
from supplychain.handover.row_terms import landed_cost, looks_every, pinned_supply, planned_lead_time, supplies_by_row
from supplychain.handover.scorecards import Scorecards
from supplychain.handover.ways import Way, Ways
from supplychain.plans.frame import typed_frame
from supplychain.plans.source_table import SOURCE_COLUMNS, no_sources
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["DailyDemand", "SourceChoice", "choose"]

Key = tuple[str, str]
Floats = npt.NDArray[np.float64]

_WEEK_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class DailyDemand:
    """Mean and variance of the units a day of one row, from what is known of the past."""

    mean: float
    variance: float


@dataclass(frozen=True)
class SourceChoice:
    """The chosen ``supply`` and ``ways`` of (item, site) rows that have a choice, and all that was compared."""

    supply: Mapping[Key, Supply]
    ways: Mapping[Key, Way]
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Candidate:
    key: Key
    supply: Supply
    way: Way


def choose(
    dataset: DataSet,
    demand: Mapping[Key, DailyDemand],
    settings: ReplenishSettings,
    *,
    scorecards: Scorecards | None = None,
) -> SourceChoice:
    """Compare the sources of every row of ``demand`` that has more than one.

    A source is a supplier's terms for the item at the site and a way by which they can come. ``scorecards`` hold the
    lead times to plan with; without them the agreed ones are. Where a standing pin names a supplier, it is taken.
    """
    measured = scorecards if settings.lead_times == "measured" else None
    all_of = _candidates(dataset, demand)
    compared = [one for key in demand if len(all_of.get(key, ())) > 1 for one in all_of[key]]
    if not compared:
        return SourceChoice({}, {}, no_sources())
    columns = _terms(dataset, demand, settings, compared, measured, fills=_fills(dataset, demand, all_of))
    costs = source_costs(_sources(columns))
    keys = list(dict.fromkeys(one.key for one in compared))
    row = np.array([{key: n for n, key in enumerate(keys)}[one.key] for one in compared], np.int64)
    last = _last_used(dataset)
    in_use = np.array([not c.way.freight and c.way.lead_factor == 1.0 and last.get(c.key) == c.supply.supplier_id
                       for c in compared], np.bool_)  # fmt: skip
    in_use &= ~_repeated(row, in_use)
    chosen = choose_sources(row, costs.total, incumbent=in_use, threshold=settings.switch_source_above)
    best = choose_sources(row, costs.total, incumbent=np.zeros_like(in_use), threshold=0.0)
    why = np.full(len(compared), "not chosen", object)
    why[chosen] = np.where(chosen == best, "cheapest", "in use")
    for n, at in _pinned(dataset, keys, compared):
        why[chosen[n]], why[at], chosen[n] = "not chosen", "pinned", at
    parts = {name: getattr(costs, name) for name in PART_NAMES}
    columns |= parts | {
        "lot_units": costs.lot, "safety_units": costs.safety_units, "total": costs.total, "in_use": in_use,
        "threshold": np.full(len(compared), settings.switch_source_above),
        "chosen": np.isin(np.arange(len(compared)), chosen), "why": why,
    }  # fmt: skip
    picked = {compared[at].key: compared[at] for at in chosen.tolist()}
    return SourceChoice(
        {key: one.supply for key, one in picked.items()},
        {key: one.way for key, one in picked.items()},
        typed_frame(columns, SOURCE_COLUMNS),
    )


def _candidates(dataset: DataSet, demand: Mapping[Key, DailyDemand]) -> dict[Key, list[_Candidate]]:
    """Sources of each row in the order of the data set."""
    ways = Ways(dataset)
    found: dict[Key, list[_Candidate]] = {}
    for key, supply in supplies_by_row(dataset):
        if key in demand:
            found.setdefault(key, []).extend(_Candidate(key, supply, way) for way in ways.of(supply, key[1]))
    return found


def _fills(
    dataset: DataSet, demand: Mapping[Key, DailyDemand], sources: Mapping[Key, list[_Candidate]]
) -> dict[tuple[str, str], float]:
    """Days that a supplier's minimum order value for a site takes to fill, with all that it could deliver there."""
    daily: dict[tuple[str, str], float] = {}
    for key, candidates in sources.items():
        for supply in {one.supply.supplier_id: one.supply for one in candidates}.values():
            place = (supply.supplier_id, key[1])
            daily[place] = daily.get(place, 0.0) + demand[key].mean * supply.unit_price
    return {
        place: dataset.suppliers[place[0]].minimum_order_value / value if value > 0 else 0.0
        for place, value in daily.items()
    }


def _terms(
    dataset: DataSet, demand: Mapping[Key, DailyDemand], settings: ReplenishSettings, compared: list[_Candidate],
    measured: Scorecards | None, *, fills: Mapping[tuple[str, str], float],
) -> dict[str, Any]:  # fmt: skip
    rows = []
    for one in compared:
        (item_id, site_id), supply, way = one.key, one.supply, one.way
        item, supplier = dataset.items[item_id], dataset.suppliers[supply.supplier_id]
        mean, spread, _ = planned_lead_time(dataset, supply, measured)
        cost = landed_cost(dataset, supply) + way.freight
        review = max(looks_every(item, settings.review_days), _WEEK_DAYS / max(len(supplier.order_weekdays), 1))
        rows.append(
            {
                "item_id": item_id,
                "site_id": site_id,
                "supplier_id": supply.supplier_id,
                "mode": way.mode,
                "landed_cost": cost,
                "freight": way.freight,
                "lead_time_days": mean * way.lead_factor,
                "lead_time_sd_days": spread * way.lead_factor,
                "review_days": max(review, fills[supply.supplier_id, site_id]),
                "minimum_order_quantity": supply.minimum_order_quantity,
                "pack_units": supply.pack_units,
                "paid_days": float(supplier.payment_days - supplier.settlement_days),
                "margin": max(dataset.to_base(item.price, item.currency) - cost, 0.0) * settings.lost_sale_share,
                "holding_share": settings.holding_share_per_year,
                "daily_demand": demand[one.key].mean,
                "daily_variance": demand[one.key].variance,
            }
        )
    return {name: [row[name] for row in rows] for name in rows[0]}


def _sources(columns: Mapping[str, Any]) -> Sources:
    named = {
        "landed_cost": "landed_cost", "margin": "margin", "daily_demand": "daily_demand",
        "daily_variance": "daily_variance", "lead_mean": "lead_time_days", "lead_sd": "lead_time_sd_days",
        "review_days": "review_days", "minimum_quantity": "minimum_order_quantity", "pack": "pack_units",
        "holding_share": "holding_share", "paid_days": "paid_days",
    }  # fmt: skip
    return Sources(**{field: np.array(columns[name], np.float64) for field, name in named.items()})


def _last_used(dataset: DataSet) -> dict[Key, str]:
    """Supplier of the last order of (item, site) among receipts and open orders."""
    orders = [(one.item_id, one.site_id, one.ordered, one.supplier_id) for one in dataset.receipts]
    orders += [(one.item_id, one.site_id, one.ordered, one.supplier_id) for one in dataset.open_orders]
    asked: dict[Key, tuple[date, str]] = {}
    for item_id, site_id, day, supplier_id in orders:
        key = (item_id, site_id)
        asked[key] = max(asked.get(key, (date.min, "")), (day, supplier_id))
    return {key: supplier_id for key, (_, supplier_id) in asked.items()}


def _repeated(row: npt.NDArray[np.int64], flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Flags of a row after its first."""
    seen: set[int] = set()
    again = np.zeros(row.size, np.bool_)
    for at in np.flatnonzero(flags).tolist():
        again[at] = int(row[at]) in seen
        seen.add(int(row[at]))
    return again


def _pinned(dataset: DataSet, keys: list[Key], compared: list[_Candidate]) -> list[tuple[int, int]]:
    """Row and source of the rows for which a standing pin names the supplier."""
    first: dict[tuple[Key, str], int] = {}
    for at, one in enumerate(compared):
        first.setdefault((one.key, one.supply.supplier_id), at)
    wanted = pinned_supply(dataset, keys)
    return [(n, first[key, wanted[key].supplier_id]) for n, key in enumerate(keys) if key in wanted]
