"""When orders have to be paid: money by week, currency and how sure it is."""

from __future__ import annotations

__all__ = ["CASH_COLUMNS", "CASH_STATES", "MONTH_COLUMNS", "PAYMENT_COLUMNS"]

CASH_STATES = ("open", "approved", "proposed", "planned")
"""How sure a payment is: ordered already, approved, on tonight's list, or only expected by the outlook."""

PAYMENT_COLUMNS = {
    "line_id": "str",
    "state": "str",
    "supplier_id": "str",
    "item_id": "str",
    "site_id": "str",
    "receipt_date": "datetime64[s]",
    "payment_due_date": "datetime64[s]",
    "cash_date": "datetime64[s]",
    "currency": "str",
    "value": "float64",
    "fee": "float64",
    "price_known": "bool",
}
"""One row an order line.

``payment_due_date`` is ``payment_days`` after the receipt; the money leaves on ``cash_date``, ``settlement_days``
earlier, so that it arrives in time, and not before tomorrow. ``value`` at the order's own price, else (``price_known``
false) at today's terms; ``fee`` the payment fee on it; both in the supplier's ``currency``.
"""

CASH_COLUMNS = {
    "week": "str",
    "week_start": "datetime64[s]",
    "currency": "str",
    "open": "float64",
    "approved": "float64",
    "proposed": "float64",
    "planned": "float64",
    "fees": "float64",
    "total": "float64",
    "total_base": "float64",
    "cumulative": "float64",
    "cumulative_base": "float64",
}
"""One row an ISO week (Monday ``week_start``) and ``currency`` in which money leaves, without gaps between weeks.

``open``, ``approved``, ``proposed`` and ``planned`` (the outlook, which nobody has decided) are the value of lines in
that currency, ``fees`` their payment fees, ``total`` all of it, ``total_base`` the same in base currency at the rate of
the planning day; ``cumulative`` and ``cumulative_base`` add up from the first week.
"""

MONTH_COLUMNS = {
    "month": "str",
    "open": "float64",
    "approved": "float64",
    "proposed": "float64",
    "planned": "float64",
    "fees": "float64",
    "total": "float64",
    "budget": "float64",
    "left": "float64",
}
"""One row a month in which money leaves (2025-06), in base currency; ``budget`` of the scenario (empty without one) and
``left`` of it after open, approved and proposed lines and their fees. The outlook's ``planned`` ones are in ``total``.
"""
