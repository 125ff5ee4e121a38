"""Exceptions of the data behind a plan: days that look mistyped, and master data that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet
from supplychain.handover.order_prices import OrderPrices
from supplychain.handover.situation import Situation
from supplychain.plans.amounts import amount, first_names
from supplychain.plans.order_exceptions import OrderException, order_fields

__all__ = ["missing_data", "suspect_history"]

Floats = npt.NDArray[np.float64]

_LOOKED_AT_DAYS = 365
_LEAST_DAYS = 28  # known days below which nothing is said
_TIMES_SECOND, _TIMES_USUAL = 8.0, 20.0  # a mistyped day is so many times the second largest and the mean of the others
_LEAST_SHARE = 0.05  # of all units: a smaller one moves no level
_AHEAD_DAYS = 28


def suspect_history(
    dataset: DataSet, situation: Situation, quantity: Floats, *, first_day: np.datetime64
) -> Iterator[OrderException]:
    """Rows in which one day holds so much more than any other that it moves the level: a digit or a comma too many.

    ``quantity`` [N,T] units a day of each row, NaN where unknown, from ``first_day`` on. The last year is looked at;
    events repeat and promotions last for days, so neither makes one day stand alone.
    """
    terms = situation.terms
    recent = quantity[:, -_LOOKED_AT_DAYS:]
    start = first_day.astype("datetime64[D]") + quantity.shape[1] - recent.shape[1]
    known = np.isfinite(recent)
    units = np.where(known, recent, 0.0)
    top = units.argmax(axis=1)
    largest = units[np.arange(terms.rows), top]
    others = units.copy()
    others[np.arange(terms.rows), top] = 0.0
    second, rest = others.max(axis=1, initial=0.0), others.sum(axis=1)
    count = known.sum(axis=1)
    mean = np.divide(rest, count - 1, out=np.zeros(terms.rows), where=count > 1)
    share = np.divide(largest, largest + rest, out=np.zeros(terms.rows), where=largest > 0)
    alone = (largest >= _TIMES_SECOND * second) & (largest >= _TIMES_USUAL * mean) & (rest > 0)
    for row in np.flatnonzero(alone & (share >= _LEAST_SHARE) & (count >= _LEAST_DAYS)):
        day = (start + int(top[row])).astype("datetime64[D]").item()
        item, site = terms.item_ids[row], terms.site_ids[row]
        ahead = float(situation.view.mean(np.full(terms.rows, _AHEAD_DAYS, np.int64))[row])
        value = share[row] * ahead * float(terms.unit_cost[row])
        yield OrderException(
            "suspect_history",
            float(value),
            f"cost of what the day may add to {_AHEAD_DAYS} days of orders",
            f"{amount(largest[row])} units on {day}, {largest[row] / max(second[row], mean[row], 1e-9):,.0f} times any "
            "other day of the last year",
            f"the day alone holds {share[row]:.0%} of the year's units{_from_zone(dataset, item, day)}",
            "correct the row in demand, empty its quantity if it is unknown, or mark the promotion; then run again",
            item_id=item,
            site_id=site,
            date=day,
            units=float(largest[row] - mean[row]),
            value=float((largest[row] - mean[row]) * terms.unit_cost[row]),
            command=f"forecast explain {item} {site}",
        )


def _from_zone(dataset: DataSet, item_id: str, day: date) -> str:
    """Where the largest row of the day comes from."""
    demand = dataset.demand
    if item_id not in demand.item_ids:
        return ""
    rows = (demand.item == demand.item_ids.index(item_id)) & (demand.day == (day - demand.first_day).days)
    found = np.flatnonzero(rows)
    if not found.size:
        return ""
    largest = found[int(np.nan_to_num(demand.quantity[found]).argmax())]
    return f"; {amount(demand.quantity[largest])} of them in zone {demand.zone_ids[demand.zone[largest]]}"


def missing_data(dataset: DataSet, situation: Situation) -> Iterator[OrderException]:
    """What the plan lacks: sources, prices, costs, sizes, lead times, and what is assumed instead of known."""
    yield from _unsourced(dataset, situation)
    yield from _unlisted(dataset)
    listed = sorted(set(situation.terms.item_ids))
    items = [dataset.items[item_id] for item_id in listed]
    for name, meaning, fix in (
        ("price", "a lost sale counts as worth nothing, so nothing is kept in stock for it", "items.price"),
        ("unit_cost", "its stock counts as free", "items.unit_cost"),
        ("volume_l", "it takes no room in a warehouse or vehicle", "items.volume_l"),
        ("weight_kg", "it weighs nothing on a vehicle or lane", "items.weight_kg"),
    ):
        yield from _empty(name, [one.item_id for one in items if getattr(one, name) <= 0], meaning, fix, dataset.as_of)
    bought = sorted(set(_bought_from(situation)))
    instant = [s for s in bought if dataset.suppliers[s].lead_time_mean_days <= 0]
    yield from _empty(
        "lead time", instant, "its orders count as here on the next day", "suppliers.lead_time_mean_days", dataset.as_of
    )
    yield from _assumed(dataset)


def _bought_from(situation: Situation) -> Iterator[str]:
    terms = situation.terms
    for index in np.unique(terms.supplier_index[terms.supplier_index >= 0]):
        yield terms.suppliers[int(index)]


def _unsourced(dataset: DataSet, situation: Situation) -> Iterator[OrderException]:
    terms = situation.terms
    ahead = situation.view.mean(np.full(terms.rows, _AHEAD_DAYS, np.int64))
    for row in terms.unsourced():
        gone = situation.days_left[row] <= 0 or terms.phase_out[row] or terms.do_not_order[row]
        if ahead[row] < 0.5 or gone:
            continue
        item, site = terms.item_ids[row], terms.site_ids[row]
        lacking = max(float(ahead[row]) - float(situation.own_position[row]), 0.0)
        yield OrderException(
            "missing_data",
            lacking * float(terms.margin[row]),
            f"lost margin of {_AHEAD_DAYS} days",
            f"nobody delivers it: {float(ahead[row]):,.0f} units are expected to be asked for in {_AHEAD_DAYS} days",
            "supply has no row for this item and site, and no dc that lists it feeds the site",
            "add the supplier's terms to supply, or a lane from a dc that holds it; or delist it here",
            item_id=item,
            site_id=site,
            date=dataset.as_of,
            units=lacking,
            command=f"forecast explain {item} {site}",
        )


def _unlisted(dataset: DataSet) -> Iterator[OrderException]:
    """Open orders for open sites that do not list the item: the plan does not count them."""
    open_sites, prices = {site.site_id for site in dataset.stocking_sites}, OrderPrices(dataset)
    for order in dataset.open_orders:
        site = dataset.sites[order.site_id]
        if site.status != "open":
            continue  # told as an order to a closed site
        if order.site_id in open_sites and dataset.is_listed(order.item_id, site):
            continue
        value = prices.value_base(order)
        yield OrderException(
            "missing_data",
            value,
            "value of an order that nobody plans with",
            f"{amount(order.quantity)} units of order {order.order_id} are to come to a site that does not list the "
            "item",
            "item_sites lists the item elsewhere only",
            "list the item there, change the order's destination, or cancel it",
            **order_fields(order),
            value=value,
            command="validate",
        )


def _empty(name: str, keys: Sequence[str], meaning: str, fix: str, day: date) -> Iterator[OrderException]:
    if not keys:
        return
    yield OrderException(
        "missing_data",
        0.0,
        "unknown",
        f"{name.replace('_', ' ')} is zero for {first_names(keys)}",
        meaning,
        f"fill in {fix}",
        item_id=keys[0] if fix.startswith("items.") else "",
        supplier_id=keys[0] if fix.startswith("suppliers.") else "",
        date=day,
        units=float(len(keys)),
        command="validate",
    )


def _assumed(dataset: DataSet) -> Iterator[OrderException]:
    """Columns that are marked as assumptions, by table."""
    assumed = {
        "items": [one.assumed for one in dataset.items.values()],
        "suppliers": [one.assumed for one in dataset.suppliers.values()],
        "supply": [one.assumed for one in dataset.supply],
    }
    for table, rows in assumed.items():
        counts = Counter(column for columns in rows for column in columns)
        if not counts:
            continue
        named = ", ".join(
            f"{column} ({count:,})" for column, count in sorted(counts.items(), key=lambda x: (-x[1], x[0]))
        )
        yield OrderException(
            "missing_data",
            0.0,
            "unknown",
            f"assumed, not known, in {table}: {named}",
            "the data set has no such figures; quantities and dates rest on them",
            f"replace them by your own figures and empty {table}.assumed",
            date=dataset.as_of,
            units=float(sum(counts.values())),
            command="validate",
        )
