"""The ways by which a supplier's goods can come to a site: modes of the lanes, with what each costs and takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from supplychain.domain import DataSet, Lane, Supply
from supplychain.handover.landed_cost import landed_cost

__all__ = ["MAIL_MODE", "Way", "Ways"]

MAIL_MODE = "direct_mail"
"""Mode of the lanes by which a supplier sends parcels straight to the customers of a zone."""

_SHORTEST_DAYS = 0.5


@dataclass(frozen=True, slots=True)
class Way:
    """A way against the usual one: ``freight`` more a unit in base currency, lead time times ``lead_factor``.

    ``mode`` names the lanes, joined by + where goods change at a port; empty where the data set knows no lane.
    """

    mode: str = ""
    freight: float = 0.0
    lead_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class _Path:
    mode: str
    days: float
    freight: float


class Ways:
    """Ways from suppliers to sites of one data set, over its given lanes: straight, or by one port.

    Price and lead time of ``supply`` are those of the usual way: the one of least freight among those whose transit
    fits into the agreed lead time. Any other way costs the difference in freight (units and kilograms) and takes the
    difference in transit; its spread shrinks and grows with its lead time. A price below the usual way's freight holds
    no more of it than itself: a cheaper way then saves its share of the price, and nothing lands for less than nothing.
    """

    def __init__(self, dataset: DataSet) -> None:
        self._dataset = dataset
        self._from: dict[str, list[Lane]] = {}
        for lane in dataset.lanes:
            if lane.usable and not lane.filled:
                self._from.setdefault(lane.origin_id, []).append(lane)

    def known(self, supply: Supply) -> bool:
        """Whether any lane begins where the supplier is; else there is one way, without a name."""
        return self._dataset.suppliers[supply.supplier_id].site_id in self._from

    def of(self, supply: Supply, site_id: str) -> tuple[Way, ...]:
        """The usual way first, then the others that are quicker or cheaper in freight."""
        if not self.known(supply):
            return (Way(),)
        agreed, paths = self._agreed(supply), self._sorted(supply, site_id)
        landed = landed_cost(self._dataset, supply)
        usual = next((path for path in paths if path.days <= agreed), None)
        if usual is None:
            return (Way(),)
        ways = {usual.mode: Way(usual.mode)}
        for path in paths:  # of two paths with the same modes, such as over two ports, the one of less freight counts
            if path.days < usual.days or path.freight < usual.freight:
                way = Way(path.mode, _beyond(path, usual, landed), self._days(path, usual, agreed) / agreed)
                ways.setdefault(path.mode, way)
        return tuple(ways.values())

    def usual(self, supply: Supply, site_id: str) -> tuple[float, float] | None:
        """Freight a unit in base currency and transit days of the usual way; None where no lane tells."""
        agreed = self._agreed(supply)
        found = (path for path in self._sorted(supply, site_id) if path.days <= agreed)
        return next(((path.freight, path.days) for path in found), None)

    def mail(self, supplier_id: str) -> dict[str, Lane]:
        """Lanes of mode ``direct_mail`` from where the supplier is, by zone; its key allows one a zone."""
        found: dict[str, Lane] = {}
        for lane in self._from.get(self._dataset.suppliers[supplier_id].site_id or "", []):
            if lane.mode == MAIL_MODE and self._dataset.sites[lane.destination_id].kind == "zone":
                found[lane.destination_id] = lane
        return found

    def _agreed(self, supply: Supply) -> float:
        return max(supply.agreed_lead_time(self._dataset.suppliers[supply.supplier_id])[0], _SHORTEST_DAYS)

    def _sorted(self, supply: Supply, site_id: str) -> list[_Path]:
        origin, weight = (
            self._dataset.suppliers[supply.supplier_id].site_id,
            self._dataset.items[supply.item_id].weight_kg,
        )
        return sorted(self._paths(origin, site_id, weight), key=lambda p: (p.freight, p.days, p.mode))

    def _days(self, path: _Path, usual: _Path, agreed: float) -> float:
        return max(agreed - usual.days + path.days, path.days, _SHORTEST_DAYS)

    def _paths(self, origin_id: str | None, site_id: str, weight_kg: float) -> Iterator[_Path]:
        for first in self._from.get(origin_id or "", []):
            if first.destination_id == site_id:
                yield _path(weight_kg, first)
            elif (port := self._dataset.sites.get(first.destination_id)) is not None and port.kind == "port":
                for second in self._from.get(port.site_id, []):
                    if second.destination_id == site_id:
                        yield _path(weight_kg, first, second)


def _beyond(path: _Path, usual: _Path, landed: float) -> float:
    """Freight of a path beyond that of the usual one, of which a price of ``landed`` holds ``landed`` at most."""
    more = path.freight - usual.freight
    return more if more >= 0 else max(more * min(landed / usual.freight, 1.0), -landed)


def _path(weight_kg: float, *lanes: Lane) -> _Path:
    freight = math.fsum(lane.cost_per_unit + lane.cost_per_kg * weight_kg for lane in lanes)
    return _Path("+".join(lane.mode for lane in lanes), math.fsum(lane.transit_days for lane in lanes), freight)
