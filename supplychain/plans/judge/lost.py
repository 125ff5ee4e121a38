"""Demand that is lost before a line can be here, worked out afresh for the judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supplychain.plans.judge.facts import Facts

__all__ = ["LostDemand", "expected_units", "judge_lost", "within"]

_TAIL_DAYS = 28  # what lies beyond the forecast goes on like its last weeks
_SLACK = 1e-6


def expected_units(daily: Sequence[float], days: int) -> float:
    """Expected units of the next ``days`` days from those of each day."""
    tail = daily[-_TAIL_DAYS:]
    beyond = max(days - len(daily), 0) * (sum(tail) / len(tail) if len(tail) else 0.0)
    return sum(daily[:days]) + beyond


@dataclass(frozen=True)
class LostDemand:
    """``expected`` units a day of (item, site) from tomorrow on, and the sites that a dc feeds with an item, ``fed``.

    ``share`` of demand that finds nothing is lost and is planned with (0: the policy does not look at it).
    """

    expected: Mapping[tuple[str, str], Sequence[float]]
    fed: Mapping[tuple[str, str], Sequence[str]]
    share: float

    def bounds(self, line: Mapping[str, Any], facts: Facts, site_id: str) -> tuple[float, float]:
        """Least and most units that are lost before the receipt; they differ where fed sites hold what spoils."""
        days = int(line["lead_days"]) - 1
        least, most = (one[-1] if one else 0.0 for one in self._courses(line, facts, site_id, days))
        return least, most

    def not_returned(self, line: Mapping[str, Any], facts: Facts, site_id: str) -> tuple[float, float]:
        """Least and most units that do not come back within the line's interval, because they are lost."""
        if facts.sales is None:
            return 0.0, 0.0
        days = min(int(line["lead_days"]) - 1, int(line["protection_days"]) - facts.sales.days)
        rate = facts.sales.rate(line["item_id"])
        least, most = (rate * one[-1] if one else 0.0 for one in self._courses(line, facts, site_id, days))
        return least, most

    def _courses(
        self, line: Mapping[str, Any], facts: Facts, site_id: str, days: int
    ) -> tuple[list[float], list[float]]:
        """Units lost until day 1, 2, .. ``days``: day by day, what is there is sold until nothing is left."""
        item_id = line["item_id"]
        sites = (site_id, *self.fed.get((item_id, site_id), ()))
        end, tonight = facts.dataset.items[item_id].ended, facts.dataset.as_of
        last = days if end is None else max((end - tonight).days, 0)
        until = tonight + timedelta(days=int(line["protection_days"]))
        own = facts.stock(item_id, site_id)
        stock = own.on_hand - own.blocked - own.backorder - line["expected_waste"] + line["substitute_stock"]
        spoils = 0.0
        for site in sites[1:]:
            one = facts.stock(item_id, site)
            stock += one.on_hand - one.blocked - one.backorder
            spoils += facts.perishing(item_id, site, until)
        demand = [sum(self._until(item_id, site, min(day, last)) for site in sites) for day in range(days + 1)]
        asked = [demand[day] - demand[day - 1] for day in range(1, days + 1)]
        coming = self._coming(item_id, sites, facts, days)
        rate, back = (0.0, 0) if facts.sales is None else (self.share * facts.sales.rate(item_id), facts.sales.days)
        least = self._lost(asked, coming, stock, rate, back)
        return least, self._lost(asked, coming, stock - spoils, rate, back) if spoils else least

    def _until(self, item_id: str, site_id: str, days: int) -> float:
        return expected_units(self.expected.get((item_id, site_id), ()), days)

    def _coming(self, item_id: str, sites: Sequence[str], facts: Facts, days: int) -> list[float]:
        """Units that come on day 1 .. ``days``: on the way, and back from customers if all is sold."""
        daily = [0.0] * max(days, 0)
        for site in sites:
            for units, due in facts.coming.get((item_id, site), ()):
                day = _days(facts.dataset.as_of, due)
                if day <= days:
                    daily[day - 1] += units
            if facts.sales is not None:
                back = [facts.sales.back_within(item_id, site, day) for day in range(days + 1)]
                for day in range(1, days + 1):
                    daily[day - 1] += back[day] - back[day - 1]
        return daily

    def _lost(
        self, asked: Sequence[float], coming: Sequence[float], stock: float, rate: float, back: int
    ) -> list[float]:
        """Cumulated ``share`` of what finds nothing; ``rate`` of it does not come back after ``back`` days."""
        shelf, owed = max(stock, 0.0), max(-stock, 0.0)
        daily: list[float] = []
        for day, (demand, units) in enumerate(zip(asked, coming, strict=True)):
            there = units - (rate * daily[day - back] if 0 < back <= day else 0.0)
            paid = min(owed, max(there, 0.0))
            owed, shelf = owed - paid, shelf + there - paid
            sold = min(max(shelf, 0.0), demand)
            shelf -= sold
            daily.append(demand - sold)
        return [self.share * units for units in accumulate(daily)]


def _days(first: date, last: date) -> int:
    return max((last - first).days, 1)


def judge_lost(line: Mapping[str, Any], facts: Facts, site_id: str) -> str:
    """The rule that ``expected_lost`` of a line of the planning day breaks; empty: none."""
    least, most = 0.0, max(float(line["expected_demand"]), 0.0)
    if line.get("reason") == "rebalancing":
        most = 0.0
    elif facts.lost is not None:
        least, most = facts.lost.bounds(line, facts, site_id)
    if within(line["expected_lost"], least, most):
        return ""
    return f"stock, what is on the way and expected demand give {least:g}" + (f" to {most:g}" if most > least else "")


def within(units: float, least: float, most: float) -> bool:
    """Whether an amount lies between two others, but for rounding."""
    return least - _SLACK * max(abs(least), 1.0) <= units <= most + _SLACK * max(abs(most), 1.0)
