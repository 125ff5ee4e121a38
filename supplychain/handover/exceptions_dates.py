"""Exceptions of dates: receipts and open orders whose dates look mistyped, suppliers that take no orders."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from supplychain.domain import DataSet, OpenOrder, Receipt
from supplychain.handover.exceptions_stock import Outlook
from supplychain.handover.exceptions_suppliers import last_day
from supplychain.handover.order_prices import OrderPrices
from supplychain.handover.situation import Situation
from supplychain.handover.supplier_orders import read_orders
from supplychain.plans.amounts import amount, first_names
from supplychain.plans.order_exceptions import OrderException, order_fields

__all__ = ["no_order_days", "suspect_dates"]


def suspect_dates(dataset: DataSet) -> Iterator[OrderException]:
    """Receipts and open orders whose lead time is so far from their supplier's others that it is not counted."""
    seen = read_orders(dataset)
    if seen.doubtful.empty:
        return
    usual = seen.items.loc[seen.items["received"]].groupby("supplier_id")["ratio"].median().to_dict()
    came: dict[tuple[str, ...], list[Receipt]] = {}
    for one in dataset.receipts:
        came.setdefault((one.supplier_id, one.order_id, one.site_id, one.item_id), []).append(one)
    open_ = {(one.supplier_id, one.order_id, one.site_id, one.item_id): one for one in dataset.open_orders}
    prices = OrderPrices(dataset)
    for line in seen.doubtful.itertuples(index=False):
        key = (line.supplier_id, line.order_id, line.site_id, line.item_id)
        times = line.ratio / usual.get(line.supplier_id, 1.0)
        if line.received:
            receipt = max(came[key], key=lambda one: (one.received - one.ordered).days)
            yield _of_receipt(receipt, times)
        else:
            yield _of_open_order(open_[key], times, prices)


def _of_receipt(receipt: Receipt, times: float) -> OrderException:
    days = (receipt.received - receipt.ordered).days
    return OrderException(
        "suspect_dates",
        0.0,
        "unknown",
        f"{receipt.item_id} of order {receipt.order_id} from {receipt.supplier_id}, ordered on {receipt.ordered} and "
        f"received on {receipt.received}: {days:,} days",
        f"that is {times:,.0f} times as long as usual; the supplier's lead time is measured without it",
        f"correct ordered or received in receipts; {_IF_RIGHT}",
        supplier_id=receipt.supplier_id,
        item_id=receipt.item_id,
        site_id=receipt.site_id,
        order_id=receipt.order_id,
        date=receipt.ordered,
        units=receipt.quantity_received,
        command="plan suppliers",
    )


_IF_RIGHT = "if it is right, nothing need be done: one such wait says little of the next order"


def _of_open_order(order: OpenOrder, times: float, prices: OrderPrices) -> OrderException:
    value = prices.value_base(order)
    return OrderException(
        "suspect_dates",
        value,
        "value of an order that may never come",
        f"{amount(order.quantity)} units of {order.item_id}, order {order.order_id} from {order.supplier_id}, ordered "
        f"on {order.ordered} and due on {order.due}, are still open",
        f"it has waited {times:,.0f} times as long as usual; the supplier's lead time is measured without it, and the "
        "plan counts on it for tomorrow",
        "correct ordered and due in open_orders, or remove the order if it will not come",
        **order_fields(order),
        value=value,
        command="plan suppliers",
    )


def no_order_days(
    dataset: DataSet, situation: Situation, outlook: Outlook, *, lost_sale_share: float
) -> Iterator[OrderException]:
    """Suppliers that take orders on no weekday, and what is bought from them."""
    terms = situation.terms
    bought = ~terms.do_not_order & ~terms.phase_out & (situation.days_left > 0)
    for index, supplier_id in enumerate(terms.suppliers):
        rows = np.flatnonzero(bought & (terms.supplier_index == index))
        supplier = dataset.suppliers[supplier_id]
        if supplier.order_weekdays or not rows.size:
            continue
        lost = np.maximum(outlook.lost[rows, -1], 0.0)
        names = [f"{terms.item_ids[row]} at {terms.site_ids[row]}" for row in rows]
        yield OrderException(
            "no_order_days",
            float((lost * terms.margin[rows]).sum()) * lost_sale_share,
            "lost margin as far as the forecast reaches",
            f"{supplier.name or supplier_id} takes no orders: its order_weekdays are none",
            f"{rows.size:,} {'line is' if rows.size == 1 else 'lines are'} bought from it, and nothing is ordered for "
            f"them by {last_day(situation)}: {first_names(names)}",
            "write the weekdays on which it takes orders in suppliers.order_weekdays (1 is Monday); if it takes none "
            "any more, add another supplier's terms to supply, or delist the items",
            supplier_id=supplier_id,
            date=dataset.as_of,
            units=float(lost.sum()),
            command="plan exceptions --kind stock_out",
        )
