"""What is sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Item", "ItemSite", "Pin", "Promotion"]


@dataclass(frozen=True, slots=True)
class Item:
    """An item; money in ``currency``, volume in litres, weight in kilograms."""

    item_id: str
    name: str
    category: str
    price: float
    unit_cost: float
    currency: str
    volume_l: float
    weight_kg: float
    supplier_item_code: str | None = None
    unit_of_measure: str = "each"
    shelf_life_days: int | None = None
    return_rate: float = 0.0
    introduced: date | None = None
    ended: date | None = None
    replaces: str | None = None
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemSite:
    """Controls of one item at one stocking site."""

    item_id: str
    site_id: str
    listed: bool = True
    min_units: float | None = None
    max_units: float | None = None
    do_not_order: bool = False
    phase_out: bool = False
    service_class: str | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """A buyer's order line, ordered exactly so on the first order day from ``first`` on; 0 units: nothing is ordered.

    Until ``last`` (None: ``first``), included, nothing else is ordered of the item for the site.
    """

    item_id: str
    site_id: str
    first: date
    quantity: float
    who: str
    why: str
    last: date | None = None
    supplier_id: str | None = None

    @property
    def until(self) -> date:
        """Last day of the pin."""
        return self.first if self.last is None else self.last


@dataclass(frozen=True, slots=True)
class Promotion:
    """A price promotion known on the planning day; both days included."""

    item_id: str
    first: date
    last: date
    price: float
