"""What a unit costs when it arrives by the usual way."""

from __future__ import annotations

from supplychain.domain import DataSet, Supply

__all__ = ["landed_cost"]


def landed_cost(dataset: DataSet, supply: Supply) -> float:
    """Price and payment fee of one unit in base currency."""
    supplier = dataset.suppliers[supply.supplier_id]
    return dataset.to_base(supply.unit_price, supplier.currency) * (1.0 + supplier.payment_fee_share)
