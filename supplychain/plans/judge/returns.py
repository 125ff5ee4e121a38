"""What customers are expected to send back, worked out afresh for the judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supplychain.domain import DataSet
from supplychain.plans.judge.lost import expected_units

__all__ = ["Sales"]


@dataclass(frozen=True)
class Sales:
    """Units a day of (item, site): ``sold`` until the planning day, which comes last, ``expected`` from tomorrow on."""

    dataset: DataSet
    sold: Mapping[tuple[str, str], Sequence[float]]
    expected: Mapping[tuple[str, str], Sequence[float]]

    def back_on(self, item_id: str, site_id: str, day: int) -> float:
        """Units that what was sold until the planning day brings back on day ``day`` after it, fit for sale."""
        sold = self.sold.get((item_id, site_id), ())
        ago = self.days - day  # days since the sale
        return self.rate(item_id) * _known(sold[-1 - ago]) if 0 <= ago < len(sold) else 0.0

    def back_within(self, item_id: str, site_id: str, days: int) -> float:
        """Units expected back within the next ``days``, those that are yet to be sold included."""
        past = sum(self.back_on(item_id, site_id, day) for day in range(1, min(days, self.days) + 1))
        ahead = self.expected.get((item_id, site_id), ())
        return past + self.rate(item_id) * expected_units(ahead, max(days - self.days, 0))

    def rate(self, item_id: str) -> float:
        """Share of what is sold that comes back fit for sale; nothing of goods that spoil."""
        item = self.dataset.items[item_id]
        keeps = item.shelf_life_days is None
        return item.return_rate * self.dataset.constant("resale_share_of_returns") if keeps else 0.0

    @property
    def days(self) -> int:
        """Days from a sale to the return."""
        return max(int(self.dataset.constant("return_days")), 1)


def _known(units: float) -> float:
    return 0.0 if units != units else float(units)  # noqa: PLR0124 - NaN differs from itself
