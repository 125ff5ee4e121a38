"""Ways by which a supplier's goods can come to a site, worked out afresh for the judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supplychain.domain import DataSet, Lane, Supply

__all__ = ["OtherWay", "lanes_from", "ways_of"]


@dataclass(frozen=True, slots=True)
class OtherWay:
    """Freight a unit beyond the usual way's, and its lead time over the agreed one."""

    freight: float
    lead_factor: float


def lanes_from(dataset: DataSet) -> dict[str, list[Lane]]:
    """Usable lanes that the data set gives, by where they begin."""
    found: dict[str, list[Lane]] = {}
    for lane in dataset.lanes:
        if lane.usable and not lane.filled:
            found.setdefault(lane.origin_id, []).append(lane)
    return found


def ways_of(
    dataset: DataSet, supply: Supply, site_id: str, *, starts: Mapping[str, list[Lane]] | None = None
) -> dict[str, OtherWay]:
    """Every way by its modes; the usual one has no freight and the agreed lead time. Without lanes, one without name.

    Price and lead time are agreed for the way of least freight whose transit fits into the lead time. Of a price below
    that freight, all is freight, and a cheaper way costs as much of it as its own freight is of the usual one.
    ``starts`` is ``lanes_from``, where it is known already.
    """
    supplier, item = dataset.suppliers[supply.supplier_id], dataset.items[supply.item_id]
    mean = supplier.lead_time_mean_days if supply.lead_time_mean_days is None else supply.lead_time_mean_days
    agreed = max(mean, 0.5)
    given = lanes_from(dataset) if starts is None else starts
    start = given.get(supplier.site_id or "", [])
    paths = [[one] for one in start if one.destination_id == site_id]
    paths += [
        [one, two]
        for one in start
        for two in given.get(one.destination_id, [])
        if dataset.sites[one.destination_id].kind == "port" and two.destination_id == site_id
    ]
    found = []
    for path in paths:
        freight = sum(lane.cost_per_unit + lane.cost_per_kg * item.weight_kg for lane in path)
        found.append((freight, sum(lane.transit_days for lane in path), "+".join(lane.mode for lane in path)))
    usual = min((one for one in found if one[1] <= agreed), default=None)
    if usual is None:
        return {"": OtherWay(0.0, 1.0)}
    ways = {}
    price = dataset.to_base(supply.unit_price, supplier.currency) * (1 + supplier.payment_fee_share)
    for freight, days, mode in sorted(found, reverse=True):  # of one name the way of least freight counts
        if days < usual[1] or freight < usual[0]:
            more = freight - usual[0]
            if price < usual[0] and more < 0:
                more = price * freight / usual[0] - price
            ways[mode] = OtherWay(more, max(agreed - usual[1] + days, days, 0.5) / agreed)
    return ways | {usual[2]: OtherWay(0.0, 1.0)}
