"""Business objects: frozen, without files, solvers or clocks."""

from supplychain.domain.dataset import DataSet
from supplychain.domain.delivery import Delivery, Vehicle
from supplychain.domain.history import DemandHistory, Event, Override
from supplychain.domain.items import Item, ItemSite, Pin, Promotion
from supplychain.domain.network import Network, great_circle_km
from supplychain.domain.sites import STOCKING_KINDS, TIERS, Lane, Site
from supplychain.domain.suppliers import (
    OpenOrder,
    PriceBreak,
    Receipt,
    StockLine,
    Supplier,
    Supply,
    Transfer,
)

__all__ = [
    "STOCKING_KINDS",
    "TIERS",
    "DataSet",
    "Delivery",
    "DemandHistory",
    "Event",
    "Item",
    "ItemSite",
    "Lane",
    "Network",
    "OpenOrder",
    "Override",
    "Pin",
    "PriceBreak",
    "Promotion",
    "Receipt",
    "Site",
    "StockLine",
    "Supplier",
    "Supply",
    "Transfer",
    "Vehicle",
    "great_circle_km",
]
