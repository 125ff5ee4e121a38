"""Exceptions of open orders whose rows look wrong: to a closed site, without their supplier's terms, twice the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from supplychain.domain import DataSet, OpenOrder
from supplychain.handover.order_prices import OrderPrices
from supplychain.handover.row_terms import supplies_by_row
from supplychain.handover.situation import Situation
from supplychain.plans.amounts import first_names, significant, units
from supplychain.plans.order_actions import action_number
from supplychain.plans.order_exceptions import TWIN_DAYS, OrderException, order_fields

__all__ = ["orders_to_closed_sites", "orders_without_terms", "twin_groups", "twin_orders"]

_OF_A_CYCLE = 0.5  # orders further apart than half the usual time between two looks are the usual rhythm


def orders_to_closed_sites(dataset: DataSet) -> Iterator[OrderException]:
    """Open orders to a site that is not open: nobody receives them, and no plan counts on them.

    The data, the scenario or the site plan may have closed the site after the order was placed.
    """
    sold = {(supply.supplier_id, *key) for key, supply in supplies_by_row(dataset)}
    prices = OrderPrices(dataset)
    for order in dataset.open_orders:
        site = dataset.sites[order.site_id]
        if order.quantity <= 0 or site.status == "open":
            continue
        value = prices.value_base(order)
        yield OrderException(
            "order_to_closed_site",
            value,
            "value of an order that nobody receives",
            f"{units(order.quantity)} of {order.item_id} of order {order.order_id} from {order.supplier_id} are "
            f"to come on {order.due} to {order.site_id}, which is not open (status {site.status})",
            *_diverted(dataset, order, sold),
            **order_fields(order),
            value=value,
            command="validate",
        )


def _diverted(dataset: DataSet, order: OpenOrder, sold: set[tuple[str, str, str]]) -> tuple[str, str]:
    """Why an order to a closed site needs somebody, and what to do: another site that may have it, or none."""
    holding = [site.site_id for site in dataset.stocking_sites if dataset.is_listed(order.item_id, site)]
    served = [site_id for site_id in holding if (order.supplier_id, order.item_id, site_id) in sold]
    cancel = "cancel it and delete the line from open_orders"
    if not holding:
        return "the plan does not count on it, and no open site holds the item", f"ask {order.supplier_id} to {cancel}"
    where = f"of the open sites {first_names(holding)} {'holds' if len(holding) == 1 else 'hold'} the item"
    terms = f"{order.supplier_id} has terms for {first_names(served)}"
    if not served:
        terms = f"{order.supplier_id} has no terms for it there"
    return (
        f"the plan does not count on it; {where}; {terms}",
        f"have it delivered to {first_names(served or holding)} and correct open_orders.site_id, or {cancel}",
    )


def orders_without_terms(dataset: DataSet, situation: Situation) -> Iterator[OrderException]:
    """Open orders of an item that their supplier does not sell to the open site, by ``supply``.

    Bought once, or under terms that have ended, an order may be right; it may also name another supplier or item.
    """
    sold = {(supply.supplier_id, *key) for key, supply in supplies_by_row(dataset)}
    prices = OrderPrices(dataset)
    for order in dataset.open_orders:
        if order.quantity <= 0 or dataset.sites[order.site_id].status != "open":
            continue
        if (order.supplier_id, order.item_id, order.site_id) in sold:
            continue
        value = prices.value_base(order)
        yield OrderException(
            "order_without_terms",
            value,
            "value of an order that may never come",
            f"{units(order.quantity)} of order {order.order_id} are to come from {order.supplier_id}, which has "
            f"no terms for {order.item_id} at {order.site_id}",
            _who_sells(dataset, order, sold),
            "hold supplier, item and site against the order confirmation and correct open_orders, or add the "
            "supplier's terms to supply",
            **order_fields(order),
            value=value,
            command=_command(situation, order),
        )


def _who_sells(dataset: DataSet, order: OpenOrder, sold: set[tuple[str, str, str]]) -> str:
    same_item = [(supplier, site) for supplier, item, site in sold if item == order.item_id]
    here = sorted({supplier for supplier, site in same_item if site == order.site_id})
    elsewhere = sorted({site for supplier, site in same_item if supplier == order.supplier_id})
    items = len({one.item_id for one in dataset.supply if one.supplier_id == order.supplier_id})
    own = f"supply has it from {order.supplier_id} for {first_names(elsewhere)} only"
    if not elsewhere:
        own = f"supply has {items:,} items from {order.supplier_id}, and not this one"
    others = (
        f"{first_names(here)} {'sells' if len(here) == 1 else 'sell'} it there" if here else "nobody sells it there"
    )
    return f"{own}; {others}; the plan counts on it and takes the supplier's own lead time"


def twin_orders(dataset: DataSet, situation: Situation, *, holding_share: float) -> Iterator[OrderException]:
    """Open orders that may be one order keyed in twice.

    Same supplier, item, site and quantity, and both placed and due within three days of one another, but no further
    apart than half the usual days between two looks at the row: what is ordered every day is no twin.
    """
    prices = OrderPrices(dataset)
    for group in twin_groups(dataset.open_orders, apart=lambda order: _apart(situation, order)):
        last, more = group[-1], len(group) - 1
        value = sum(prices.value_base(one) for one in group[1:])
        days = ", ".join(f"{one.order_id} of {one.ordered} due on {one.due}" for one in group)
        yield OrderException(
            "twin_orders",
            value * holding_share,
            "holding cost of a year of what comes twice",
            f"{len(group)} orders of {units(last.quantity)} each from {last.supplier_id} look like one: {days}",
            _rhythm(situation, last),
            f"ask {last.supplier_id} whether it has {len(group)} orders; if it is one, delete the other "
            f"{'line' if more == 1 else f'{more} lines'} from open_orders",
            supplier_id=last.supplier_id,
            item_id=last.item_id,
            site_id=last.site_id,
            order_id=last.order_id,
            date=last.due,
            units=last.quantity * more,
            value=value,
            command=_command(situation, last),
        )


def twin_groups(orders: Sequence[OpenOrder], *, apart: Callable[[OpenOrder], int]) -> Iterator[tuple[OpenOrder, ...]]:
    """Orders of two and more that are linked: alike, and placed and due within ``apart`` days of one another."""
    alike: dict[tuple[str, str, str, float], list[OpenOrder]] = {}
    for order in orders:
        if order.quantity > 0:
            key = (order.supplier_id, order.item_id, order.site_id, round(order.quantity, 6))
            alike.setdefault(key, []).append(order)
    for known in alike.values():
        if len(known) < 2:
            continue
        left = sorted(known, key=lambda one: (one.ordered, one.due, one.order_id))
        days = apart(left[0])
        while left:
            group, left = _linked(left, days)
            if len(group) > 1:
                yield tuple(group)


def _linked(orders: list[OpenOrder], days: int) -> tuple[list[OpenOrder], list[OpenOrder]]:
    """The first order with all that are linked to it, one by one; and the others."""
    group, rest = orders[:1], orders[1:]
    for known in group:  # grows while it is looked through
        near = [one for one in rest if _distance(one, known) <= days]
        group += near
        rest = [one for one in rest if one not in near]
    return sorted(group, key=lambda one: (one.ordered, one.due, one.order_id)), rest


def _distance(one: OpenOrder, other: OpenOrder) -> int:
    return max(abs((one.ordered - other.ordered).days), abs((one.due - other.due).days))


def _apart(situation: Situation, order: OpenOrder) -> int:
    """Days within which two orders of the row look like one."""
    return min(TWIN_DAYS, int(_OF_A_CYCLE * (_cycle(situation, order) or 2 * TWIN_DAYS)))


def _cycle(situation: Situation, order: OpenOrder) -> float | None:
    """Usual days between two looks at the order's row; None where nobody replenishes it."""
    terms = situation.terms
    row = terms.row_of(order.item_id, order.site_id)
    return None if row is None or terms.source[row] < 0 else float(terms.calendar.cycle_days[terms.source[row]])


def _rhythm(situation: Situation, order: OpenOrder) -> str:
    """What else is known of the row: how often it is looked at, what is on order, and what is asked for."""
    row = situation.terms.row_of(order.item_id, order.site_id)
    if row is None:
        return "supplier, item, site and quantity are the same"
    cycle = _cycle(situation, order)
    looked = "" if cycle is None else f"the item is looked at every {significant(cycle)} days; "
    on_order, daily = float(situation.state.on_order[row]), float(situation.daily[row])
    return f"{looked}{units(on_order)} on order in all, against {significant(daily)} asked for a day"


def _command(situation: Situation, order: OpenOrder) -> str:
    if situation.terms.row_of(order.item_id, order.site_id) is None:
        return "validate"
    return f"plan explain {action_number(order.order_id, order.item_id, order.site_id)}"
