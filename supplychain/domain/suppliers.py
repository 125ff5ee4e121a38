"""Who delivers what, on which terms, and what is already on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["OpenOrder", "PriceBreak", "Receipt", "StockLine", "Supplier", "Supply", "Transfer"]


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier; lead times in days, minimum order value in ``currency``, costs of orders and trucks in base."""

    supplier_id: str
    name: str
    lead_time_mean_days: float
    currency: str
    site_id: str | None = None
    lead_time_sd_days: float = 0.0
    order_weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    closures: tuple[tuple[date, date], ...] = ()
    minimum_order_value: float = 0.0
    weekly_capacity_units: float | None = None
    cost_per_order: float = 0.0
    cost_per_truck: float | None = None
    truck_capacity_l: float | None = None
    truck_capacity_kg: float | None = None
    payment_fee_share: float = 0.0
    payment_days: int = 0
    settlement_days: int = 0
    frozen_days: int | None = None
    shares_data: bool = False
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Supply:
    """Terms of one supplier for one item; ``site_id`` None means every dc."""

    supplier_id: str
    item_id: str
    unit_price: float
    site_id: str | None = None
    minimum_order_quantity: float = 0.0
    pack_units: float = 1.0
    pallet_units: float | None = None
    lead_time_mean_days: float | None = None
    lead_time_sd_days: float | None = None
    assumed: tuple[str, ...] = ()

    def agreed_lead_time(self, supplier: Supplier) -> tuple[float, float]:
        """Mean and standard deviation in days that are agreed: its own where given, else those of its ``supplier``."""
        mean, spread = self.lead_time_mean_days, self.lead_time_sd_days
        return (
            supplier.lead_time_mean_days if mean is None else mean,
            supplier.lead_time_sd_days if spread is None else spread,
        )


@dataclass(frozen=True, slots=True)
class PriceBreak:
    """All-units price from a line quantity on."""

    supplier_id: str
    item_id: str
    from_units: float
    unit_price: float


@dataclass(frozen=True, slots=True)
class StockLine:
    """Stock of one item at one site, by last sellable day where it matters."""

    site_id: str
    item_id: str
    on_hand: float
    expiry: date | None = None
    allocated: float = 0.0
    backorder: float = 0.0
    blocked: float = 0.0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Units still to come from a supplier; ``unit_price`` in its currency, ``status`` open, placed or approved.

    Placed and approved orders are of the size that a plan proposed; what is approved is not changed.
    """

    order_id: str
    supplier_id: str
    item_id: str
    site_id: str
    quantity: float
    ordered: date
    due: date
    unit_price: float | None = None
    status: str = "open"


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units on the way between two of our sites."""

    transfer_id: str
    origin_id: str
    destination_id: str
    item_id: str
    quantity: float
    shipped: date
    due: date


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a supplier promised and what came."""

    order_id: str
    supplier_id: str
    item_id: str
    site_id: str
    ordered: date
    promised: date
    received: date
    quantity_ordered: float
    quantity_received: float
    quantity_rejected: float = 0.0
