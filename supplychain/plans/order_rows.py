"""What the planner saw of every row on the planning day, ordered or not: the figures of an explanation."""

from __future__ import annotations

from supplychain.plans.order_plan import EXPLANATION_COLUMNS

__all__ = ["ORDER_ROW_COLUMNS", "STOPS"]

STOPS = {
    "": "",
    "do_not_order": "the planner has said: do not order",
    "phase_out": "the item is phased out here",
    "replaced": "another item replaces it, and it is sold off",
    "ends": "the item ends before an order could be here",
    "pinned": "a buyer's pin holds it",
}
"""Why nothing may be ordered of a row."""

ORDER_ROW_COLUMNS = {
    "kind": "str",
    "source_id": "str",
    "item_id": "str",
    "site_id": "str",
    "looked_at": "bool",
    "stop": "str",
    "next_look_date": "datetime64[s]",
    **{name: kind for name, kind in EXPLANATION_COLUMNS.items() if name not in ("model", "held", "packs")},
}
"""One row an item at a site that a supplier (kind order) or a dc (kind transfer) replenishes.

``looked_at``: an order could be placed tonight, and the row was looked at; ``next_look_date`` is the next day on which
it is, which is before its review day where the outlook says that it cannot wait. ``stop`` of ``STOPS``. The other
columns are those of an order line, as if the row were looked at by itself: without its supplier's minimum value, and
without sharing out what a dc has.
"""
