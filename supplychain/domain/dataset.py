"""A whole data set, checked and indexed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from supplychain.domain.delivery import Delivery, Vehicle
from supplychain.domain.history import DemandHistory, Event, Override
from supplychain.domain.items import Item, ItemSite, Pin, Promotion
from supplychain.domain.network import Network
from supplychain.domain.sites import STOCKING_KINDS, Lane, Site
from supplychain.domain.suppliers import (
    OpenOrder,
    PriceBreak,
    Receipt,
    StockLine,
    Supplier,
    Supply,
    Transfer,
)

__all__ = ["DataSet"]


@dataclass(frozen=True)
class DataSet:
    """Everything known on ``as_of``. Mappings and records of a data set that was read are in the order of their keys.

    ``actuals`` holds what happens after ``as_of``; only the twin may read it. ``rates`` gives base currency
    for one unit of a currency on ``as_of``. ``lanes`` holds the given lanes and, under the lane rule
    ``great_circle``, the filled ones (``Lane.filled``).
    """

    name: str
    title: str
    as_of: date
    base_currency: str
    country: str
    time_zone: str
    lane_rule: str
    synthetic: bool
    items: Mapping[str, Item]
    sites: Mapping[str, Site]
    suppliers: Mapping[str, Supplier]
    supply: tuple[Supply, ...]
    lanes: tuple[Lane, ...]
    demand: DemandHistory
    actuals: DemandHistory | None = None
    item_sites: Mapping[tuple[str, str], ItemSite] = field(default_factory=dict)
    price_breaks: tuple[PriceBreak, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    events: tuple[Event, ...] = ()
    overrides: tuple[Override, ...] = ()
    pins: tuple[Pin, ...] = ()
    stock: tuple[StockLine, ...] = ()
    open_orders: tuple[OpenOrder, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)

    def constant(self, name: str) -> float:
        """Value of a named constant (``data/constants.csv``, calibration and scenario changes applied).

        Raises KeyError, naming the constant, when there is none.
        """
        return self.constants[name]

    @cached_property
    def stocking_sites(self) -> tuple[Site, ...]:
        """Open sites that can hold stock, in the order of the data set."""
        return tuple(s for s in self.sites.values() if s.kind in STOCKING_KINDS and s.status == "open")

    @cached_property
    def zones(self) -> tuple[Site, ...]:
        """Sites that demand, in the order of the data set."""
        return tuple(s for s in self.sites.values() if s.kind == "zone")

    @cached_property
    def network(self) -> Network:
        """The graph of open sites and usable lanes."""
        return Network.build(self.sites.values(), self.lanes)

    def to_base(self, amount: float, currency: str) -> float:
        """Convert ``amount`` of ``currency`` to the base currency at the rate of ``as_of``.

        Raises KeyError for a currency without a rate; the data contract refuses such data sets.
        """
        return amount if currency == self.base_currency else amount * self.rates[currency]

    def is_listed(self, item_id: str, site: Site) -> bool:
        """Whether the stocking site holds the item: a dc by default, others only when said."""
        control = self.item_sites.get((item_id, site.site_id))
        return control.listed if control is not None else site.kind == "dc"
