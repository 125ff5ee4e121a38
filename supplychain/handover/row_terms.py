"""From whom one row is replenished, and on which terms."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace

from supplychain.domain import DataSet, Item, Lane, Pin, Supply
from supplychain.handover.landed_cost import landed_cost
from supplychain.handover.parents import feeding_lane
from supplychain.handover.scorecards import Scorecards
from supplychain.handover.ways import Way

__all__ = [
    "Replenisher",
    "RowTerms",
    "landed_cost",
    "looks_every",
    "pinned_supply",
    "planned_lead_time",
    "row_terms",
    "supplies_by_row",
]

_LOOKS_IN_A_LIFE = 4


@dataclass(frozen=True, slots=True)
class RowTerms:
    """Terms of one row; ``supplier`` and ``origin`` are -1 where there is none.

    ``lead_mean`` and ``lead_sd`` are planned with; ``agreed_mean`` and ``agreed_sd`` are those of the master data.
    ``measured`` says whether the two differ in kind: planned with what receipts say. ``mode`` names the way by which
    the supplier's goods come, where it was chosen.
    """

    supply: Supply | None
    supplier: int
    origin: int
    unit_cost: float
    unit_price: float
    pack: float
    minimum_quantity: float
    lead_mean: float
    lead_sd: float
    agreed_mean: float
    agreed_sd: float
    measured: bool = False
    mode: str = ""


@dataclass(frozen=True)
class Replenisher:
    """Best supply of each (item, site), and the lane that feeds each front warehouse or hub.

    ``measured`` holds the lead times to plan with; without it the agreed ones are. ``ways`` are those by which the
    supplies of some rows come; the others come the usual way.
    """

    supply: Mapping[tuple[str, str], Supply]
    lanes: Mapping[str, Lane]
    index: Mapping[tuple[str, str], int]
    supplier_position: Mapping[str, int]
    measured: Scorecards | None = None
    ways: Mapping[tuple[str, str], Way] = field(default_factory=dict)

    @classmethod
    def of(
        cls, dataset: DataSet, index: Mapping[tuple[str, str], int], parents: Mapping[str, str],
        measured: Scorecards | None = None,
    ) -> Replenisher:  # fmt: skip
        """Choose for each row the cheapest landed supply, then the fastest, then the first by its supplier.

        A supplier whom a pin names, and whose pin has not ended, goes before them.
        """
        best: dict[tuple[str, str], Supply] = {}
        for key, supply in supplies_by_row(dataset):
            if key in index and (key not in best or _rank(dataset, supply) < _rank(dataset, best[key])):
                best[key] = supply
        best |= pinned_supply(dataset, index)
        found = {child: feeding_lane(dataset, parent, child) for child, parent in parents.items()}
        lanes = {child: lane for child, lane in found.items() if lane is not None}
        return cls(best, lanes, index, {supplier_id: i for i, supplier_id in enumerate(dataset.suppliers)}, measured)

    def choosing(self, supply: Mapping[tuple[str, str], Supply], ways: Mapping[tuple[str, str], Way]) -> Replenisher:
        """The same with these supplies, which come these ways, for their rows."""
        return replace(self, supply={**self.supply, **supply}, ways={**self.ways, **ways})

    def reachable(self, dataset: DataSet, daily: Mapping[tuple[str, str], float], review_days: int) -> Replenisher:
        """The same without supply to front warehouses and hubs whose minimum order value spoils before it sells.

        ``daily`` units a day of (item, site); ``review_days`` between two looks at goods that keep. An order of the
        minimum value must fit into what sells of its items before they spoil, on top of what lead time and review
        hold already. Only rows that a dc can feed instead, and that no pin orders, give up their supplier.
        """
        sells: dict[tuple[str, str], float] = {}
        pinned = {(pin.item_id, pin.site_id) for pin in _standing(dataset) if pin.quantity > 0}
        for (item_id, site_id), supply in self.supply.items():
            key = (supply.supplier_id, site_id)
            lead = self.lead_time(dataset, supply)[0]
            units = _beyond_the_interval(dataset, supply, daily.get((item_id, site_id), 0.0), review_days, lead=lead)
            sells[key] = sells.get(key, 0.0) + units * supply.unit_price
        kept = {
            (item_id, site_id): supply
            for (item_id, site_id), supply in self.supply.items()
            if sells[supply.supplier_id, site_id] >= dataset.suppliers[supply.supplier_id].minimum_order_value
            or not self._feeds(item_id, site_id)
            or (item_id, site_id) in pinned
        }
        return replace(self, supply=kept)

    def lead_time(self, dataset: DataSet, supply: Supply) -> tuple[float, float, bool]:
        """Mean and standard deviation in days to plan with, and whether they were measured."""
        return planned_lead_time(dataset, supply, self.measured)

    def _feeds(self, item_id: str, site_id: str) -> bool:
        """Whether the dc that feeds the site has the item from a supplier."""
        lane = self.lanes.get(site_id)
        return lane is not None and (item_id, lane.origin_id) in self.supply and (item_id, lane.origin_id) in self.index


def supplies_by_row(dataset: DataSet) -> Iterator[tuple[tuple[str, str], Supply]]:
    """Each supply with the (item, site) rows that it can serve, in the order of the data set.

    Without a site it serves every dc but those for which the supplier has terms of their own: these replace it.
    """
    everywhere = [site.site_id for site in dataset.stocking_sites if site.kind == "dc"]
    own = {(one.supplier_id, one.item_id, one.site_id) for one in dataset.supply if one.site_id is not None}
    for supply in dataset.supply:
        for site_id in everywhere if supply.site_id is None else [supply.site_id]:
            if supply.site_id is not None or (supply.supplier_id, supply.item_id, site_id) not in own:
                yield (supply.item_id, site_id), supply


def _standing(dataset: DataSet) -> list[Pin]:
    """Pins that have not ended on the planning day."""
    return [pin for pin in dataset.pins if pin.until >= dataset.as_of]


def pinned_supply(dataset: DataSet, index: Container[tuple[str, str]]) -> dict[tuple[str, str], Supply]:
    """Supply of the rows for which a standing pin names its supplier."""
    named = {(pin.item_id, pin.site_id): pin.supplier_id for pin in _standing(dataset) if pin.supplier_id is not None}
    if not named:
        return {}
    return {key: one for key, one in supplies_by_row(dataset) if key in index and named.get(key) == one.supplier_id}


def _beyond_the_interval(dataset: DataSet, supply: Supply, daily: float, review_days: int, *, lead: float) -> float:
    """Whole packs, in units, of an order that sell after the protection interval and before they spoil."""
    item = dataset.items[supply.item_id]
    if item.shelf_life_days is None:
        return math.inf if daily > 0 else 0.0
    days = item.shelf_life_days - lead - looks_every(item, review_days)
    return max(math.floor(daily * days / supply.pack_units), 0) * supply.pack_units


def looks_every(item: Item, review_days: int) -> int:
    """Days between two looks: goods that spoil are looked at several times in their life, however long the cycle."""
    if item.shelf_life_days is None:
        return review_days
    return min(review_days, max(item.shelf_life_days // _LOOKS_IN_A_LIFE, 1))


def row_terms(dataset: DataSet, item_id: str, site_id: str, replenisher: Replenisher) -> RowTerms:
    """Terms of one row: from its supplier, else from the dc that feeds the site, else from nowhere."""
    supply = replenisher.supply.get((item_id, site_id))
    if supply is not None:
        return _bought(dataset, supply, replenisher, way=replenisher.ways.get((item_id, site_id), Way()))
    lane = replenisher.lanes.get(site_id)
    origin = -1 if lane is None else replenisher.index.get((item_id, lane.origin_id), -1)
    if lane is None or origin < 0:
        return RowTerms(None, -1, -1, _book_cost(dataset, item_id), 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    at_dc = replenisher.supply.get((item_id, lane.origin_id))
    way = replenisher.ways.get((item_id, lane.origin_id), Way())
    bought = _book_cost(dataset, item_id) if at_dc is None else landed_cost(dataset, at_dc) + way.freight
    haul = lane.cost_per_unit + lane.cost_per_kg * dataset.items[item_id].weight_kg
    return RowTerms(None, -1, origin, bought + haul, 0.0, 1.0, 0.0, lane.transit_days, 0.0, lane.transit_days, 0.0)


def _bought(dataset: DataSet, supply: Supply, replenisher: Replenisher, *, way: Way) -> RowTerms:
    supplier = dataset.suppliers[supply.supplier_id]
    position = replenisher.supplier_position[supply.supplier_id]
    mean, spread, measured = replenisher.lead_time(dataset, supply)
    agreed_mean, agreed_sd = supply.agreed_lead_time(supplier)
    return RowTerms(
        supply=supply,
        supplier=position,
        origin=-1,
        unit_cost=landed_cost(dataset, supply) + way.freight,
        unit_price=supply.unit_price,
        pack=supply.pack_units,
        minimum_quantity=supply.minimum_order_quantity,
        lead_mean=mean * way.lead_factor,
        lead_sd=spread * way.lead_factor,
        agreed_mean=agreed_mean * way.lead_factor,
        agreed_sd=agreed_sd * way.lead_factor,
        measured=measured,
        mode=way.mode,
    )


def planned_lead_time(dataset: DataSet, supply: Supply, measured: Scorecards | None) -> tuple[float, float, bool]:
    """Mean and standard deviation in days to plan with, and whether they were measured."""
    supplier = dataset.suppliers[supply.supplier_id]
    found = None if measured is None else measured.lead_time(supply, supplier)
    return (*supply.agreed_lead_time(supplier), False) if found is None else (*found, True)


def _rank(dataset: DataSet, supply: Supply) -> tuple[float, float]:
    return landed_cost(dataset, supply), supply.agreed_lead_time(dataset.suppliers[supply.supplier_id])[0]


def _book_cost(dataset: DataSet, item_id: str) -> float:
    item = dataset.items[item_id]
    return dataset.to_base(item.unit_cost, item.currency)
