"""From whom one row is replenished, and on which terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supplychain.domain import DataSet, Lane, Supplier, Supply
from supplychain.handover.parents import feeding_lane

__all__ = ["Replenisher", "RowTerms", "landed_cost", "lead_time", "row_terms"]


@dataclass(frozen=True, slots=True)
class RowTerms:
    """Terms of one row; ``supplier`` and ``origin`` are -1 where there is none."""

    supply: Supply | None
    supplier: int
    origin: int
    unit_cost: float
    unit_price: float
    pack: float
    minimum_quantity: float
    lead_mean: float
    lead_sd: float


@dataclass(frozen=True)
class Replenisher:
    """Best supply of each (item, site), and the lane that feeds each front warehouse or hub."""

    supply: Mapping[tuple[str, str], Supply]
    lanes: Mapping[str, Lane]
    index: Mapping[tuple[str, str], int]
    supplier_position: Mapping[str, int]

    @classmethod
    def of(cls, dataset: DataSet, index: Mapping[tuple[str, str], int], parents: Mapping[str, str]) -> Replenisher:
        """Choose for each row the cheapest landed supply, then the fastest, then the first of the file."""
        best: dict[tuple[str, str], Supply] = {}
        everywhere = [site.site_id for site in dataset.stocking_sites if site.kind == "dc"]
        for supply in dataset.supply:
            for site_id in everywhere if supply.site_id is None else [supply.site_id]:
                key = (supply.item_id, site_id)
                if key in index and (key not in best or _rank(dataset, supply) < _rank(dataset, best[key])):
                    best[key] = supply
        found = {child: feeding_lane(dataset, parent, child) for child, parent in parents.items()}
        lanes = {child: lane for child, lane in found.items() if lane is not None}
        return cls(best, lanes, index, {supplier_id: i for i, supplier_id in enumerate(dataset.suppliers)})


def row_terms(dataset: DataSet, item_id: str, site_id: str, replenisher: Replenisher) -> RowTerms:
    """Terms of one row: from its supplier, else from the dc that feeds the site, else from nowhere."""
    supply = replenisher.supply.get((item_id, site_id))
    if supply is not None:
        return _bought(dataset, supply, replenisher)
    lane = replenisher.lanes.get(site_id)
    origin = -1 if lane is None else replenisher.index.get((item_id, lane.origin_id), -1)
    if lane is None or origin < 0:
        return RowTerms(None, -1, -1, _book_cost(dataset, item_id), 0.0, 1.0, 0.0, 0.0, 0.0)
    at_dc = replenisher.supply.get((item_id, lane.origin_id))
    bought = _book_cost(dataset, item_id) if at_dc is None else landed_cost(dataset, at_dc)
    haul = lane.cost_per_unit + lane.cost_per_kg * dataset.items[item_id].weight_kg
    return RowTerms(None, -1, origin, bought + haul, 0.0, 1.0, 0.0, lane.transit_days, 0.0)


def _bought(dataset: DataSet, supply: Supply, replenisher: Replenisher) -> RowTerms:
    supplier = dataset.suppliers[supply.supplier_id]
    position = replenisher.supplier_position[supply.supplier_id]
    mean, spread = lead_time(supply, supplier)
    return RowTerms(
        supply=supply,
        supplier=position,
        origin=-1,
        unit_cost=landed_cost(dataset, supply),
        unit_price=supply.unit_price,
        pack=supply.pack_units,
        minimum_quantity=supply.minimum_order_quantity,
        lead_mean=mean,
        lead_sd=spread,
    )


def lead_time(supply: Supply, supplier: Supplier) -> tuple[float, float]:
    """Mean and standard deviation of the lead time in days, the supply's own where given."""
    mean = supplier.lead_time_mean_days if supply.lead_time_mean_days is None else supply.lead_time_mean_days
    spread = supplier.lead_time_sd_days if supply.lead_time_sd_days is None else supply.lead_time_sd_days
    return mean, spread


def landed_cost(dataset: DataSet, supply: Supply) -> float:
    """Price and payment fee of one unit in base currency."""
    supplier = dataset.suppliers[supply.supplier_id]
    return dataset.to_base(supply.unit_price, supplier.currency) * (1.0 + supplier.payment_fee_share)


def _rank(dataset: DataSet, supply: Supply) -> tuple[float, float]:
    return landed_cost(dataset, supply), lead_time(supply, dataset.suppliers[supply.supplier_id])[0]


def _book_cost(dataset: DataSet, item_id: str) -> float:
    item = dataset.items[item_id]
    return dataset.to_base(item.unit_cost, item.currency)
