"""Exceptions of suppliers that close for a while, and what still helps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet
from supplychain.handover.exceptions_remedies import Remedies
from supplychain.handover.exceptions_stock import Outlook
from supplychain.handover.exceptions_suppliers import closure_over, last_day
from supplychain.handover.situation import Situation
from supplychain.plans.amounts import first_names
from supplychain.plans.order_exceptions import OrderException

__all__ = ["supplier_closed"]

Ints = npt.NDArray[np.int64]


def supplier_closed(
    dataset: DataSet, situation: Situation, outlook: Outlook, remedies: Remedies, *, lost_sale_share: float
) -> Iterator[OrderException]:
    """Suppliers that close before what is ordered next could be here, and open again, and what that delays.

    Advised is an order that is here before the closure, where one can be; else
    other suppliers and sites that bring something before the supplier can; else it is said that nothing does.
    """
    terms, as_of, days = situation.terms, dataset.as_of, outlook.lost.shape[1]
    for index, supplier_id in enumerate(terms.suppliers):
        supplier, rows = dataset.suppliers[supplier_id], np.flatnonzero(terms.supplier_index == index)
        if not rows.size or closure_over(supplier, as_of, last_day(situation)):
            continue
        end = as_of + timedelta(days=int(situation.next_receipt[rows].max()))
        ahead = [(first, last) for first, last in supplier.closures if last > as_of and first <= end]
        if not ahead:
            continue
        first, last = ahead[0]
        plain = np.minimum(terms.lead_days[rows] + np.minimum(situation.gap[rows], _cycle(situation, rows)), days)
        late = np.minimum(situation.next_receipt[rows], days)
        more = np.take_along_axis(outlook.lost[rows], late[:, None] - 1, axis=1)[:, 0]
        more = more - np.take_along_axis(outlook.lost[rows], np.maximum(plain, 1)[:, None] - 1, axis=1)[:, 0]
        delay = int(np.max(late - plain, initial=0))
        money = float((np.maximum(more, 0.0) * terms.margin[rows]).sum()) * lost_sale_share
        yield OrderException(
            "supplier_closed",
            money,
            "lost margin because of the closure",
            f"{supplier.name or supplier_id} is closed from {first} to {last}"
            + (f"; what is ordered at the next look comes up to {delay} days later" if delay else ""),
            f"{rows.size:,} items are bought from it; lead time runs only on its working days",
            _in_time(situation, rows, as_of, first) or _elsewhere(remedies, situation, rows[more > 0], rows),
            supplier_id=supplier_id,
            date=first,
            units=float(np.maximum(more, 0.0).sum()),
            command="plan show --planned",
        )


def _in_time(situation: Situation, rows: Ints, as_of: date, first: date) -> str:
    """The last day on which ``rows`` can be ordered and be here before the closure from ``first`` on; empty: none."""
    terms, calendar = situation.terms, situation.terms.calendar
    start, source = calendar.column(situation.as_of), terms.source[rows]
    shut, latest = start + max((first - as_of).days, 0), np.full(rows.size, -1, np.int64)
    for column in range(start, min(shut, calendar.open.shape[1])):
        here = column + calendar.lead_days(column, source, terms.lead_days[rows])
        latest = np.where(calendar.open[source, column] & (here < shut), column, latest)
    can = latest >= 0
    if not can.any():
        return ""
    day = as_of + timedelta(days=int(latest[can].min()) - start)
    until = as_of + timedelta(days=int(situation.next_receipt[rows].max()))
    some = "" if can.all() else f"; that reaches {int(can.sum()):,} of the {rows.size:,} items before the closure"
    return f"order by {day} what must last until {until}: it is here before {first}{some}"


def _elsewhere(remedies: Remedies, situation: Situation, losing: Ints, rows: Ints) -> str:
    """Who else brings what the rows ``losing`` (or any of ``rows``) miss before their supplier does."""
    sources: dict[str, tuple[int, date]] = {}
    for row in (losing if losing.size else rows).tolist():
        for source, day in remedies.elsewhere(row):
            items, soonest = sources.get(source, (0, day))
            sources[source] = items + 1, min(soonest, day)
    if not sources:
        as_of = situation.as_of.astype("datetime64[D]").item()
        help_day = as_of + timedelta(days=int(remedies.outlook.help_day[losing if losing.size else rows].min()))
        return (
            f"nothing that is ordered or sent now arrives before {help_day}, from any supplier or site: ration what "
            "there is, or ask the supplier for an exception"
        )
    best = sorted(sources.items(), key=lambda one: (-one[1][0], one[1][1], one[0]))
    said = [f"{name} ({items:,} {'item' if items == 1 else 'items'}, from {day} on)" for name, (items, day) in best]
    return f"nothing ordered from it now arrives before it closes: take meanwhile from {first_names(said)}"


def _cycle(situation: Situation, rows: Ints) -> Ints:
    """Usual days from one look to the next of the rows' sources."""
    terms = situation.terms
    usual: Ints = np.ceil(terms.calendar.cycle_days[terms.source[rows]]).astype(np.int64)
    return usual
