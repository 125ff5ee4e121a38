"""Exceptions of stock: there is too much of it, nobody asks for it, or it expires unsold; and what it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.demand_curve import expected_short
from solvers.replenishment.lost_demand import unserved_by_day
from supplychain.domain import DataSet
from supplychain.handover.demand_course import demand_course, unreturned
from supplychain.handover.next_orders import NextOrders
from supplychain.handover.order_advice import less_on_order
from supplychain.handover.sister_stock import BeyondNeed, days_covered, lying_days
from supplychain.handover.situation import Situation
from supplychain.plans.amounts import significant
from supplychain.plans.order_exceptions import OrderException
from supplychain.scenario.settings import ReplenishSettings

if TYPE_CHECKING:
    from supplychain.handover.exceptions_tonight import TonightsPlan
    from supplychain.handover.spare_stock import Gift

__all__ = ["Outlook", "excess_and_dead", "expiring", "outlook_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_YEAR_DAYS = 365.0
_BATCH = 4000  # rows at a time: their quantiles day by day fill some tens of megabytes
_NO_DEMAND = 0.5  # units over the whole forecast


@dataclass(frozen=True, slots=True)
class Outlook:
    """N rows on the planning day with what is known tonight, without tonight's lines; a dc with the sites it feeds.

    ``mean`` [N,H] expected units asked for, and ``supply`` [N,H] what there is to sell, by the end of each day.
    ``ahead`` the next order of each row, and ``help_day`` [N] the first day (1 is tomorrow) on which it can be here:
    that of the plan's own next line, where it is no later than a next order could be. ``supply`` counts returns of what
    is expected to be sold only: ``unreturned`` [N,H] is what would come back besides if all that is asked for were.
    ``short_day`` [N] first day on which expected demand exceeds what there is (H + 1: none). ``lost`` [N,H] expected
    units lost by the end of each day: what is asked for in vain is not made up for by what arrives later, nor sent
    back. ``cover`` [N] days that the stock position covers.
    """

    mean: Floats
    supply: Floats
    unreturned: Floats
    ahead: NextOrders
    short_day: Ints
    lost: Floats
    cover: Floats

    @property
    def help_day(self) -> Ints:
        """First day on which help can be here [N]."""
        return self.ahead.earliest

    def lost_from(self, row: int, day: int) -> float:
        """Units of a row lost from ``day`` on (1 is tomorrow) until help: what is there on it saves no more."""
        lost, until = self.lost[row], int(min(self.help_day[row] - 1, self.lost.shape[1]))
        return float(lost[until - 1] - (lost[day - 2] if day >= 2 else 0.0)) if day <= until else 0.0

    @property
    def demand(self) -> Floats:
        """Expected units over all days [N]."""
        return self.mean[:, -1] if self.mean.shape[1] else np.zeros(self.mean.shape[0])


def outlook_of(situation: Situation, *, days: int, ahead: NextOrders, moved: Floats | None = None) -> Outlook:
    """Shortages and cover of every row over the next ``days``; ``moved`` [N,days] units that rebalancing brings."""
    rows = situation.terms.rows
    lost, short = np.zeros((rows, days)), np.full(rows, days + 1, np.int64)
    mean, there, gone = (np.zeros((rows, days)) for _ in range(3))
    cover = np.zeros(rows)
    levels = np.asarray(situation.view.forecast.levels, np.float64)
    for start in range(0, rows, _BATCH):
        part = np.arange(start, min(start + _BATCH, rows))
        course = demand_course(situation, part, days=days)
        supply = course.supply if moved is None else course.supply + np.cumsum(moved[part], axis=1)
        flat = np.ascontiguousarray(course.quantile.reshape(part.size * days, -1))
        gone[part] = unreturned(situation, part, course, supply)
        supply = supply - gone[part]
        share, none = situation.lost_sale_share, np.zeros(part.size)
        expected = unserved_by_day(course.mean, supply, lost_share=share, return_rate=none).lost
        units = expected_short(supply.ravel(), flat, levels).reshape(part.size, days)
        lost[part] = np.maximum.accumulate(np.maximum(units, expected), axis=1)
        empty = course.mean > np.maximum(supply, 0.0) + 1e-9
        short[part] = np.where(empty.any(axis=1), empty.argmax(axis=1) + 1, days + 1)
        mean[part], there[part] = course.mean, supply
        cover[part] = days_covered(course.mean, situation.present_position[part])
    return Outlook(mean, there, gone, ahead, short, lost, cover)


def excess_and_dead(
    dataset: DataSet,
    situation: Situation,
    beyond: BeyondNeed,
    *,
    settings: ReplenishSettings,
    gifts: Sequence[Gift],
    tonight: TonightsPlan,
    actions: pd.DataFrame,
) -> Iterator[OrderException]:
    """Stock beyond what the row's service class needs, and stock that nobody is expected to ask for.

    What excess is, ``beyond`` of all rows says; the sites that ``gifts`` name need it, and what the ``actions`` advise
    for the row's open orders is told. What ``tonight``'s plan brings all the same is told with its reason.
    """
    orders = less_on_order(actions)
    given: dict[int, list[Gift]] = {}
    for gift in gifts:
        given.setdefault(gift.origin, []).append(gift)
    for row in (int(row) for row in np.flatnonzero((beyond.free > 0) & beyond.dead)):
        yield _with_orders(_dead(dataset, situation, row, float(beyond.free[row]), settings), orders)
    for row in (int(row) for row in np.flatnonzero(beyond.excess > 0)):
        units, moved = float(beyond.excess[row]), _moved(situation, given.get(row, []))
        more = tonight.more((situation.terms.item_ids[row], situation.terms.site_ids[row]))
        if beyond.ends[row]:
            sells = float(beyond.until_end[row])
            found = _left_over(dataset, situation, row, units, sells, fix=_left_over_fix(moved, more))
        else:
            fix = _excess_fix(moved, more)
            found = _excess(dataset, situation, row, units, beyond=beyond, settings=settings, fix=fix)
        yield _with_orders(found, orders)


def _with_orders(found: OrderException, orders: Mapping[tuple[str, str], str]) -> OrderException:
    """With what is advised for the row's open orders in front of what else to do."""
    told = orders.get((found.item_id, found.site_id))
    return replace(found, fix=f"{told}; {found.fix}") if told else found


def _moved(situation: Situation, gifts: list[Gift]) -> str:
    """``move UNITS to SITE (there on DAY), which needs them`` for each transfer; empty without any."""
    as_of, terms = situation.as_of.astype("datetime64[D]"), situation.terms
    if not gifts:
        return ""
    sites = " and ".join(
        f"{one.units:,} to {terms.site_ids[one.destination]} ("
        + (f"on {as_of + one.leaves}, " if one.leaves else "")
        + f"there on {as_of + one.here})"
        for one in gifts
    )
    return f"move {sites}, which {'needs' if len(gifts) == 1 else 'need'} them"


def _common(dataset: DataSet, situation: Situation, row: int, units: float) -> dict[str, Any]:
    terms = situation.terms
    return {
        "item_id": terms.item_ids[row],
        "site_id": terms.site_ids[row],
        "date": dataset.as_of,
        "units": units,
        "value": units * float(terms.unit_cost[row]),
    }


def _dead(
    dataset: DataSet, situation: Situation, row: int, units: float, settings: ReplenishSettings
) -> OrderException:
    common = _common(dataset, situation, row, units)
    return OrderException(
        "dead_stock",
        common["value"] * settings.holding_share_per_year,
        "holding cost of a year",
        f"{units:,.0f} units worth {common['value']:,.0f} {dataset.base_currency}, and nothing is expected to be sold",
        _why_dead(dataset, common["item_id"]),
        "sell it off, move it to a site that sells it, or return it; then delist it here",
        command=f"forecast explain {common['item_id']} {common['site_id']}",
        **common,
    )


def _left_over(
    dataset: DataSet, situation: Situation, row: int, units: float, sells: float, *, fix: str
) -> OrderException:
    common = _common(dataset, situation, row, units)
    return OrderException(
        "excess_stock",
        common["value"],
        "cost of what is left over",
        f"{units:,.0f} units worth {common['value']:,.0f} {dataset.base_currency} are not expected to sell before the "
        f"item's last day, {situation.terms.ended[row]}",
        f"{sells:,.0f} units are expected to be asked for until then, the position is "
        f"{float(situation.position[row]):,.0f}",
        fix,
        command=f"plan explain {common['item_id']} {common['site_id']}",
        **common,
    )


def _excess(
    dataset: DataSet,
    situation: Situation,
    row: int,
    units: float,
    *,
    beyond: BeyondNeed,
    settings: ReplenishSettings,
    fix: str,
) -> OrderException:
    common, need, cover = _common(dataset, situation, row, units), float(beyond.need[row]), float(beyond.cover[row])
    daily = float(situation.daily[row])
    needed_days = need / daily if daily > 0 else 0.0
    lies = lying_days(cover, need, daily)
    lasts = f"{cover:,.0f} days" if cover < _FOREVER else "more than ten years"
    days = f" ({needed_days:,.0f} days)" if daily > 0 else ""
    return OrderException(
        "excess_stock",
        common["value"] * settings.holding_share_per_year / _YEAR_DAYS * lies,
        "holding cost until it is sold",
        f"{units:,.0f} units worth {common['value']:,.0f} {dataset.base_currency} beyond need; all of it lasts {lasts}",
        f"class {situation.terms.service_class[row]} needs {need:,.0f} units{days}, the position is "
        f"{float(situation.position[row]):,.0f}",
        fix,
        command=f"plan explain {common['item_id']} {common['site_id']}",
        **common,
    )


_FOREVER = 3650.0


def _why_dead(dataset: DataSet, item_id: str) -> str:
    item = dataset.items[item_id]
    if item.ended is not None and item.ended <= dataset.as_of:
        return f"the item was on sale until {item.ended}"
    follower = next((one.item_id for one in dataset.items.values() if one.replaces == item_id), None)
    return "nothing was sold lately" + (f"; {follower} replaces it" if follower else "")


def _excess_fix(moved: str, more: str) -> str:
    first = f"{moved}; " if moved else ""
    left = "the rest" if moved else "it"
    stop = f"order nothing until {left} is used up"
    if more:
        stop = f"{more}; beyond that order nothing until it is used up"
    return f"{first}{stop}, or set max_units" + ("" if moved else "; no site that a lane reaches needs what can leave")


def _left_over_fix(moved: str, more: str) -> str:
    rest = f"{moved}; mark down or return the rest" if moved else "mark it down now, or return it"
    return f"{rest}; {more}" if more else rest


def expiring(
    dataset: DataSet, situation: Situation, waste: Floats, *, tonight: TonightsPlan
) -> Iterator[OrderException]:
    """Stock on hand whose last day comes before expected demand has used it up: ``waste`` [N] units."""
    terms, batches = situation.terms, situation.state.batches
    for row in np.flatnonzero(waste > _NO_DEMAND):
        units = float(waste[row])
        item, site = terms.item_ids[row], terms.site_ids[row]
        last = dataset.as_of + timedelta(days=int(np.flatnonzero(batches[row])[0]))
        value, more = units * float(terms.unit_cost[row]), tonight.more((item, site))
        yield OrderException(
            "expiring_stock",
            value,
            "waste",
            f"{units:,.0f} of {float(batches[row].sum()):,.0f} units are expected to expire unsold; the oldest can be "
            f"sold until {last}",
            f"about {significant(float(situation.daily[row]))} a day are expected to be sold",
            "mark it down now, or move it to a site that sells it in time" + (f"; {more}" if more else ""),
            item_id=item,
            site_id=site,
            date=last,
            units=units,
            value=value,
            command=f"plan explain {item} {site}",
        )
