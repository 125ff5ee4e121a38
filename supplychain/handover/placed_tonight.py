"""Orders of tonight that are placed already: approved lines of an earlier run of the same evening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, OpenOrder
from supplychain.handover.order_prices import OrderPrices
from supplychain.handover.terms import Terms
from supplychain.plans.order_plan import placed_tonight

__all__ = ["PlacedTonight", "minimum_left", "placed_of", "placed_sums", "placed_values", "units_placed"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PlacedTonight:
    """What is placed already of tonight's orders, of L copies of the network, P suppliers, S sites and N rows.

    ``value`` [L,P,S] in the supplier's currency, ``load`` [L,P,S] trucks that it fills, ``units`` [N].
    """

    value: Floats
    load: Floats
    units: Floats

    def tile(self, lives: int) -> PlacedTonight:
        """The same for each of ``lives`` copies."""
        value, load = (np.tile(part, (lives, 1, 1)) for part in (self.value, self.load))
        return PlacedTonight(value, load, np.tile(self.units, lives))

    @staticmethod
    def of_orders(part: Floats, supplier: Ints, site: Ints) -> Floats:
        """``value`` or ``load`` of the orders [G] of the suppliers to the sites, by their numbers in ``Terms``."""
        sites = part.shape[2]
        found: Floats = part[site // sites, supplier, site % sites]
        return found


def placed_of(dataset: DataSet, terms: Terms, *, as_of: date) -> PlacedTonight | None:
    """What the data set's open orders say; None where nothing of tonight is placed. Prices as in ``OrderPrices``."""
    orders = [one for one in dataset.open_orders if placed_tonight(one, as_of)]
    if not orders:
        return None
    suppliers, sites = ({name: at for at, name in enumerate(names)} for names in (terms.suppliers, terms.sites))
    shape = (1, len(suppliers), len(sites))
    value, load, units = np.zeros(shape), np.zeros(shape), np.zeros(terms.rows)
    prices = OrderPrices(dataset)
    for one in orders:
        row = terms.row_of(one.item_id, one.site_id)
        if row is None or one.site_id not in sites:
            continue  # an exception tells it
        at, item = (0, suppliers[one.supplier_id], sites[one.site_id]), dataset.items[one.item_id]
        by_volume = item.volume_l / terms.shared.truck_l[at[1]]
        value[at] += one.quantity * prices.of(one)
        load[at] += one.quantity * max(float(by_volume), float(item.weight_kg / terms.shared.truck_kg[at[1]]))
        units[row] += one.quantity
    return PlacedTonight(value, load, units)


def placed_sums(dataset: DataSet, as_of: date, part: Callable[[OpenOrder], float]) -> dict[tuple[str, str], float]:
    """Sum of ``part`` over what is placed already of tonight's orders, by (supplier, site); no key where nothing is."""
    found: dict[tuple[str, str], float] = {}
    for one in dataset.open_orders:
        if placed_tonight(one, as_of):
            key = (one.supplier_id, one.site_id)
            found[key] = found.get(key, 0.0) + part(one)
    return found


def placed_values(dataset: DataSet, as_of: date) -> dict[tuple[str, str], float]:
    """Value in the supplier's currency of what is placed already of tonight's orders, by (supplier, site)."""
    prices = OrderPrices(dataset)
    return placed_sums(dataset, as_of, lambda one: one.quantity * prices.of(one))


def units_placed(placed: PlacedTonight | None, rows: int) -> Floats:
    """Units of tonight's own order that are placed already [N]."""
    return np.zeros(rows) if placed is None else placed.units


def minimum_left(placed: PlacedTonight | None, terms: Terms, *, supplier: Ints, site: Ints) -> Floats:
    """What orders of the suppliers to the sites [G] still need to reach the minimum value, supplier's currency."""
    minimum: Floats = terms.supplier_minimum[supplier]
    if placed is None:
        return minimum
    left: Floats = np.maximum(minimum - placed.of_orders(placed.value, supplier, site), 0.0)
    return np.where(left > minimum * 1e-9, left, 0.0)
