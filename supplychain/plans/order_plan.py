"""Order lines and heads: what to buy, from whom, when, and why."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from supplychain.domain import OpenOrder
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_limits import LIMIT_COLUMNS

__all__ = [
    "DECIDED",
    "EXPLANATION_COLUMNS",
    "HEAD_COLUMNS",
    "ORDER_LINE_COLUMNS",
    "OrderPlan",
    "next_order_number",
    "order_number",
    "placed_tonight",
]

DECIDED = ("approved", "released", "confirmed", "received", "closed", "rejected")
"""States that a person gives an order line; the order book has them, and a plan as it is made has none."""

EXPLANATION_COLUMNS = {
    "policy": "str",
    "model": "str",
    "on_hand": "float64",
    "blocked": "float64",
    "backorder": "float64",
    "on_order": "float64",
    "expected_waste": "float64",
    "substitute_stock": "float64",
    "expected_returns": "float64",
    "expected_lost": "float64",
    "fed_position": "float64",
    "position": "float64",
    "lead_days": "int64",
    "review_days": "int64",
    "next_receipt_days": "int64",
    "protection_days": "int64",
    "expected_demand": "float64",
    "fed_demand": "float64",
    "daily_demand": "float64",
    "cover_min_days": "float64",
    "cover_max_days": "float64",
    "demand_variance": "float64",
    "lead_time_sd_days": "float64",
    "service_level": "float64",
    "demand_quantile": "float64",
    "least_target": "float64",
    "reorder_point": "float64",
    "reward_packs": "int64",
    "target": "float64",
    "need": "float64",
    "minimum_order_quantity": "float64",
    "pack_units": "float64",
    "quantity_after_minimum": "float64",
    "quantity_after_pack": "float64",
    "room_units": "float64",
    "sellable_units": "float64",
    "quantity_after_cap": "float64",
    "top_up_packs": "int64",
    "packs": "int64",
    "pinned_quantity": "float64",
    "pinned_by": "str",
    "pinned_why": "str",
    "binding": "str",
    "unit_cost": "float64",
    "selling_price": "float64",
    "lost_margin_avoided": "float64",
    "cost_of_waiting": "float64",
    "one_more_pack_saves": "float64",
    "value_of_one_more_pack": "float64",
    "next_arrival_date": "datetime64[s]",
    "stock_out_date": "datetime64[s]",
    "used_up_date": "datetime64[s]",
    "days_of_cover_before": "float64",
    "days_of_cover_after": "float64",
    "held": "str",
}
"""Why a line is as it is; orders and transfers share these columns.

``policy`` the rule and ``model`` the forecast's. Position, units: ``on_hand`` - ``blocked`` (allocated or blocked) -
``backorder`` + ``on_order`` - ``expected_waste`` (on hand, expected to expire unsold within the protection interval;
optimized only) + ``substitute_stock`` (of the item that this one replaces, beyond its own need) + ``expected_returns``
(back from customers within the protection interval, and fit for sale) + ``expected_lost`` (asked for before the line
can be here, when nothing is left to sell, by customers who do not wait: nothing has to be ordered for them; optimized
only) + ``fed_position`` (position of the sites that a dc feeds) = ``position``. Intervals, days:
``lead_days`` to the receipt, ``review_days`` to the next order day, ``next_receipt_days`` to the receipt of an order of
that day (its own lead time, closures after it included), ``protection_days`` the same, cut where the item ends.
Demand, units: ``expected_demand`` over the protection interval, ``fed_demand`` the part of the sites fed,
``daily_demand`` a day as the policy sees it; ``cover_min_days`` and ``cover_max_days`` (today only);
``demand_variance`` (textbook only), ``lead_time_sd_days``; ``demand_quantile`` demand at the ``service_level``, less
what is then lost beyond ``expected_lost``. Target, units: ``least_target`` the planner's minimum stock and what is
lost, ``reorder_point`` position at which the policy orders, ``reward_packs`` packs from the position on that earn more
than they cost (optimized only), ``target`` position to reach, ``need`` = target - position. Steps, units:
``quantity_after_minimum``, ``quantity_after_pack`` (whole packs), ``room_units`` up to the planner's maximum stock,
``sellable_units`` expected to sell before they expire or the item ends, ``quantity_after_cap`` after both,
``top_up_packs`` added for the supplier's minimum order value, ``packs`` ordered. A buyer's pin orders
``pinned_quantity`` whatever the steps say (empty: none), by ``pinned_by`` because of ``pinned_why``. ``binding`` names
the last step that set the quantity. Money, base currency: landed ``unit_cost`` and ``selling_price`` of a unit,
``lost_margin_avoided`` by the line, ``cost_of_waiting`` for the next order day instead, ``one_more_pack_saves`` the
lost margin that one more pack would avoid, ``value_of_one_more_pack`` that less what the pack costs to hold and waste.
``next_arrival_date`` of what is on order, ``stock_out_date`` first day on which expected demand exceeds stock and what
has arrived by then, ``used_up_date`` day on which it has used up stock and all that is on order (both without this
line; empty: not in sight); cover in days of expected demand before and after, days on which nothing is left before more
arrives included. ``held`` says why a second person must look, or is empty: the line leaves more cover than allowed, or
is by itself more than so many days of sales, because much is owed to customers.
"""

ORDER_LINE_COLUMNS = {
    "line_id": "str",
    "order_id": "str",
    "status": "str",
    "supplier_id": "str",
    "supply_mode": "str",
    "item_id": "str",
    "site_id": "str",
    "order_date": "datetime64[s]",
    "receipt_date": "datetime64[s]",
    "payment_due_date": "datetime64[s]",
    "quantity": "float64",
    "unit_price": "float64",
    "currency": "str",
    "value": "float64",
    "value_base": "float64",
    **EXPLANATION_COLUMNS,
    "truck_packs": "int64",
    "left_out_packs": "int64",
    "left_out_for": "str",
    "limit_price": "float64",
    "left_out_margin": "float64",
    "tier_from": "float64",
    "break_packs": "int64",
    "break_from": "float64",
    "break_price": "float64",
    "break_units": "float64",
    "break_saves": "float64",
    "break_costs": "float64",
    "break_verdict": "str",
}
"""Columns of a line; the last ones say what trucks, limits that orders share, and price breaks have made of it.

``truck_packs`` are added because a truck goes anyway, or left out (below zero) because a further truck, or an order
tonight, costs more than they earn.
``left_out_packs`` are missing because of the limit ``left_out_for`` (``supplychain.plans.order_limits.LIMITS``; empty:
none), at its price ``limit_price`` (``order_limits``); ``left_out_margin`` is what all packs left out, for trucks
too, would have saved of expected lost margin. Both in base currency. ``tier_from`` units on the line's price holds
(0: it reaches no break). Of the break for which packs were added, else of the one above that comes nearest to paying
(empty: there is none): ``break_from`` units on, at ``break_price`` in the line's currency, ``break_units`` more than
without it; what it ``break_saves`` on the units without it, and what the units more ``break_costs`` to hold until they
sell, or to waste, less the lost margin that they avoid (below zero: they earn), in base currency; ``break_verdict``
says why it is taken or left (``supplychain.plans.price_verdicts``). ``break_packs`` are the packs added for it.
"""

HEAD_COLUMNS = {
    "order_id": "str",
    "status": "str",
    "supplier_id": "str",
    "site_id": "str",
    "order_date": "datetime64[s]",
    "receipt_date": "datetime64[s]",
    "payment_due_date": "datetime64[s]",
    "lines": "int64",
    "currency": "str",
    "value": "float64",
    "value_base": "float64",
    "minimum_order_value": "float64",
    "placed_value": "float64",
    "missing_to_minimum": "float64",
    "trucks": "int64",
    "last_truck_fill": "float64",
    "transport_cost": "float64",
}
"""Columns of an order. ``placed_value`` is what of the same supplier and site is placed already for the same day
(approved lines of an earlier run of the evening), in the supplier's currency: it counts for the minimum beside
``value``. ``trucks`` that it takes (0: the supplier's orders and trucks cost nothing), how full the last
one is (share; 0 where trucks have no capacity), and what order and trucks cost in base currency. Beside placed lines
these are the trucks and the cost that come on top of theirs, and the last truck holds some of them. A unit fills of a
truck its share by volume or by weight, whichever is more.
"""


@dataclass(frozen=True)
class OrderPlan:
    """Orders to suppliers.

    ``lines`` has ``ORDER_LINE_COLUMNS``, one row a supplier, date, site and item; status ``proposed`` on the planning
    day, ``planned`` later (an outlook, never approved). ``supply_mode`` is the way by which the goods come, where the
    source was chosen among several (``plans.source_table``). ``value`` is in the supplier's ``currency``,
    ``value_base`` in base currency, both without payment fees. ``heads`` has ``HEAD_COLUMNS``, one row an order
    (supplier, date, site) with its total against the supplier's minimum; the status ``waiting`` marks an order that is
    below the minimum and waits for the next order day: it has a value, but no lines. What it would order is in
    ``waiting``, with the columns of ``lines`` and the status ``waiting``; nobody may place it. Lines of which shared
    limits leave nothing are there too, with the status ``left_out`` and quantity 0. ``limits`` has ``LIMIT_COLUMNS``,
    one row a limit of tonight.
    """

    lines: pd.DataFrame
    heads: pd.DataFrame
    waiting: pd.DataFrame = field(
        default_factory=lambda: typed_frame(dict.fromkeys(ORDER_LINE_COLUMNS, ()), ORDER_LINE_COLUMNS)
    )
    limits: pd.DataFrame = field(default_factory=lambda: typed_frame(dict.fromkeys(LIMIT_COLUMNS, ()), LIMIT_COLUMNS))

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them."""
        return {
            "order_lines": self.lines,
            "order_heads": self.heads,
            "order_waiting": self.waiting,
            "order_limits": self.limits,
        }

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> OrderPlan:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(
            lines=typed_frame(tables["order_lines"], ORDER_LINE_COLUMNS),
            heads=typed_frame(tables["order_heads"], HEAD_COLUMNS),
            waiting=typed_frame(tables["order_waiting"], ORDER_LINE_COLUMNS),
            limits=typed_frame(tables["order_limits"], LIMIT_COLUMNS),
        )


def order_number(supplier_id: str, order_date: date, site_id: str) -> str:
    """Number of the order of one supplier, date and site: the same in every run."""
    return f"{supplier_id}_{order_date:%Y%m%d}_{site_id}"


def next_order_number(number: str, items: Iterable[str], taken: Container[tuple[str, str]]) -> str:
    """``number``, or with _2, _3 and so on, the first under which none of the items is ordered already.

    ``taken`` are the order numbers and items that are.
    """
    wanted, found, count = list(items), number, 1
    while any((found, item_id) in taken for item_id in wanted):
        count += 1
        found = f"{number}_{count}"
    return found


def placed_tonight(order: OpenOrder, as_of: date) -> bool:
    """Whether an open order is part of the orders of the evening of ``as_of`` itself.

    That is so of approved lines of an earlier run of the evening, and of what the data set has under their numbers by
    now. Like a line that a run proposes tonight it counts whole, and for its supplier's minimum, trucks and pins.
    """
    if order.ordered != as_of:
        return False
    number = order_number(order.supplier_id, as_of, order.site_id)
    return order.status == "approved" or order.order_id == number or order.order_id.startswith(f"{number}_")
