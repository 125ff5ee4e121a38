"""Prices of orders that are placed already: their own, else today's terms."""

from __future__ import annotations

from dataclasses import dataclass, field

from supplychain.domain import DataSet, OpenOrder

__all__ = ["OrderPrices"]


@dataclass(frozen=True)
class OrderPrices:
    """Look-up of one data set's terms."""

    dataset: DataSet
    _terms: dict[tuple[str, str, str | None], float] = field(init=False, repr=False)
    _breaks: dict[tuple[str, str], list[tuple[float, float]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        terms = {(s.supplier_id, s.item_id, s.site_id): s.unit_price for s in self.dataset.supply}
        breaks: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for one in self.dataset.price_breaks:
            breaks.setdefault((one.supplier_id, one.item_id), []).append((one.from_units, one.unit_price))
        object.__setattr__(self, "_terms", terms)
        object.__setattr__(self, "_breaks", breaks)

    def of(self, order: OpenOrder) -> float:
        """Unit price in the supplier's currency."""
        return self.today(order) if order.unit_price is None else order.unit_price

    def value_base(self, order: OpenOrder) -> float:
        """Value of the order in base currency."""
        supplier = self.dataset.suppliers[order.supplier_id]
        return self.dataset.to_base(order.quantity * self.of(order), supplier.currency)

    def today(self, order: OpenOrder) -> float:
        """What the supplier would ask today for this quantity; the book cost where it has no terms."""
        key = (order.supplier_id, order.item_id)
        listed = self._terms.get((*key, order.site_id), self._terms.get((*key, None)))
        if listed is None:
            item, supplier = self.dataset.items[order.item_id], self.dataset.suppliers[order.supplier_id]
            return self.dataset.to_base(item.unit_cost, item.currency) / self.dataset.to_base(1.0, supplier.currency)
        steps = sorted(self._breaks.get(key, []))
        reached = [price for start, price in steps if order.quantity >= start * (1 - 1e-9)]
        return reached[-1] if reached else listed
