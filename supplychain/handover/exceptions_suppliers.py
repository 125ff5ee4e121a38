"""Exceptions of suppliers' terms: a minimum that is out of reach, a closure that never ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, Supplier
from supplychain.handover.exceptions_stock import Outlook
from supplychain.handover.row_terms import supplies_by_row
from supplychain.handover.situation import Situation
from supplychain.plans.amounts import first_names
from supplychain.plans.order_exceptions import OrderException

__all__ = ["closed_throughout", "closure_over", "last_day", "minimum_out_of_reach"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MONTH_DAYS = 365.25 / 12
_MOST_MONTHS = 6.0  # an order for more than half a year's demand of all items is no order
_FOREVER_MONTHS = 1e9
_NO_END_DAYS = 36_500  # terms give items without a last day one in the far future
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Reach:
    """What some rows bought together can add to an order: units a day, price, days until they end or spoil, maximum."""

    daily: Floats
    price: Floats
    sells: Floats
    most: Floats

    def of(self, rows: Ints) -> _Reach:
        """Some of the rows."""
        return _Reach(self.daily[rows], self.price[rows], self.sells[rows], self.most[rows])

    def values(self, months: float) -> Floats:
        """Value of what each row asks for in so many months, as far as it sells and fits."""
        units: Floats = np.minimum(self.daily * np.minimum(months * _MONTH_DAYS, self.sells), self.most)
        return units * self.price

    def value(self, months: float) -> float:
        """That of all rows."""
        return float(self.values(months).sum())


def minimum_out_of_reach(
    dataset: DataSet, situation: Situation, outlook: Outlook, *, lost_sale_share: float
) -> Iterator[OrderException]:
    """Suppliers and sites whose minimum order value is more than six months of demand of all items bought there.

    Demand is that of the forecast's days, at the supplier's price. An item adds no more than sells before it ends or
    spoils, nor more than its ``max_units``. Items of which nothing may be ordered do not count.
    """
    terms = situation.terms
    counts = (terms.supplier_index >= 0) & ~terms.do_not_order & ~terms.phase_out & (situation.days_left > 0)
    rows = np.flatnonzero(counts)
    daily = outlook.demand[rows] / max(outlook.mean.shape[1], 1)
    left = np.where(situation.days_left > _NO_END_DAYS, np.inf, situation.days_left)
    sells = np.minimum(terms.shelf_life_days, left)[rows]
    reach = _Reach(daily, terms.unit_price[rows], sells, terms.max_units[rows])
    place, group = np.unique(
        terms.supplier_index[rows] * len(terms.sites) + terms.site_index[rows], return_inverse=True
    )
    minimum = terms.supplier_minimum[place // len(terms.sites)]
    least = np.bincount(group, weights=reach.values(_MOST_MONTHS), minlength=place.size)
    asked = np.bincount(group, weights=daily, minlength=place.size)
    far = np.flatnonzero((least < minimum) & (asked > 0))
    sold = _sellers(dataset) if far.size else {}
    for at in far.tolist():
        part = np.flatnonzero(group == at)
        lost = np.maximum(outlook.lost[rows[part], -1], 0.0)
        yield _out_of_reach(dataset, situation, rows[part], reach.of(part), lost=lost, sold=sold, share=lost_sale_share)


def _out_of_reach(
    dataset: DataSet, situation: Situation, rows: Ints, reach: _Reach,
    *, lost: Floats, sold: Mapping[tuple[str, str], set[str]], share: float,
) -> OrderException:  # fmt: skip
    terms = situation.terms
    supplier, site = dataset.suppliers[terms.suppliers[terms.supplier_index[rows[0]]]], terms.site_ids[rows[0]]
    minimum, currency = supplier.minimum_order_value, supplier.currency
    other = sum(bool(sold[terms.item_ids[row], site] - {supplier.supplier_id}) for row in rows.tolist())
    elsewhere = f"{other:,} of {rows.size:,}" if other else "none of the"
    return OrderException(
        "minimum_out_of_reach",
        float((lost * terms.margin[rows]).sum()) * share,
        "lost margin as far as the forecast reaches",
        f"the minimum order value of {supplier.name or supplier.supplier_id}, {minimum:,.2f} {currency}, is "
        f"{_months(reach, minimum)} at {site}",
        f"{rows.size:,} {'item is' if rows.size == 1 else 'items are'} bought from it there and ask for "
        f"{reach.value(1.0):,.2f} {currency} in a month at its prices; an order for more than {_MOST_MONTHS:.0f} "
        "months is not sensible",
        "check suppliers.minimum_order_value; agree on a lower one, let it deliver to one site for all, or buy "
        f"elsewhere: {elsewhere} items can be had from another supplier",
        supplier_id=supplier.supplier_id,
        site_id=site,
        date=dataset.as_of,
        units=float(lost.sum()),
        command=f"plan explain {terms.item_ids[rows[0]]} {site}",
        limit="minimum_order_value",
        amount=minimum - reach.value(_MOST_MONTHS),
    )


def _months(reach: _Reach, minimum: float) -> str:
    """How many months of demand the minimum is, in words; ``value`` only grows with the months."""
    if reach.value(_FOREVER_MONTHS) < minimum:
        last = reach.value(_FOREVER_MONTHS)
        return f"above all that ever sells of one order ({last:,.2f}: what ends, spoils or has a maximum sells no more)"
    low, high = _MOST_MONTHS, _FOREVER_MONTHS
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if reach.value(middle) < minimum else (low, middle)
    return f"{high:,.1f} months of demand of all items bought from it"


def _sellers(dataset: DataSet) -> dict[tuple[str, str], set[str]]:
    sold: dict[tuple[str, str], set[str]] = {}
    for key, supply in supplies_by_row(dataset):
        sold.setdefault(key, set()).add(supply.supplier_id)
    return sold


def closed_throughout(
    dataset: DataSet, situation: Situation, outlook: Outlook, *, lost_sale_share: float
) -> Iterator[OrderException]:
    """Suppliers that are closed on every day from tomorrow as far as the forecast reaches, and who depends on them."""
    terms = situation.terms
    end = last_day(situation)
    known = {one: closure_over(dataset.suppliers[one], dataset.as_of, end) for one in terms.suppliers}
    shut = {supplier_id: dates for supplier_id, dates in known.items() if dates is not None}
    if not shut:
        return
    sold = _sellers(dataset)
    bought = ~terms.do_not_order & ~terms.phase_out & (situation.days_left > 0)
    for index, supplier_id in enumerate(terms.suppliers):
        rows = np.flatnonzero(bought & (terms.supplier_index == index))
        if supplier_id not in shut or not rows.size:
            continue
        first, last = shut[supplier_id]
        keys = [(terms.item_ids[row], terms.site_ids[row]) for row in rows]
        alone = [f"{item} at {site}" for item, site in keys if not sold[item, site] - shut.keys()]
        lost = np.maximum(outlook.lost[rows, -1], 0.0)
        yield OrderException(
            "closed_throughout",
            float((lost * terms.margin[rows]).sum()) * lost_sale_share,
            "lost margin as far as the forecast reaches",
            f"{dataset.suppliers[supplier_id].name or supplier_id} is closed from {first} to {last}, on every day as "
            f"far as the forecast reaches ({end}): nothing ordered from it comes by then",
            f"{rows.size:,} {'line is' if rows.size == 1 else 'lines are'} bought from it; "
            + (f"{len(alone):,} without another source: {first_names(alone)}" if alone else "each has another source"),
            "check the dates in closures; if they are right, "
            + ("add another supplier's terms to supply for what has none, " if alone else "")
            + "pin the others' lines to another supplier, or delist what can no longer be had",
            supplier_id=supplier_id,
            date=first,
            units=float(lost.sum()),
            command="plan exceptions --kind stock_out",
        )


def last_day(situation: Situation) -> date:
    """The last day of the forecast."""
    view = situation.view
    ahead = max(view.cumulative.shape[1] - 1 - view.offset, 1)
    end: date = (situation.as_of + ahead).astype("datetime64[D]").item()
    return end


def closure_over(supplier: Supplier, as_of: date, end: date) -> tuple[date, date] | None:
    """First and last day of the closures that leave the supplier no day from the day after ``as_of`` until ``end``.

    Closures that meet or overlap count as one; None where it is open on some day.
    """
    first, reached = None, as_of
    for start, last in sorted(supplier.closures):
        if last <= as_of:
            continue
        if start > reached + _ONE_DAY:
            return None
        first, reached = first or start, max(reached, last)
        if reached >= end:
            return first, reached
    return None
