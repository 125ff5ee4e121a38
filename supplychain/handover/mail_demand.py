"""Demand of some of the zones that a row serves, and of the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasts import History
from supplychain.domain import DataSet
from supplychain.domain.sourcing import Sourcing

__all__ = ["MailDemand", "ZoneDemand", "day_of_year"]

Floats = npt.NDArray[np.float64]

_RECENT_DAYS = 365


@dataclass(frozen=True)
class MailDemand:
    """Units a day of the last year: ``daily`` of the zones and ``other`` of all others that the row serves.

    ``other_variance`` is that of the others' day, ``added_variance`` what the zones add to it in the row's day;
    ``shares`` [Z] are the zones' parts of ``daily``, ``days_known`` the days on which the row could sell.
    """

    daily: float
    other: float
    added_variance: float
    other_variance: float
    shares: Floats
    days_known: int


def day_of_year(history: History, row: int) -> tuple[float, float]:
    """Mean and variance of a day's units of a row on the days of the last year on which it could sell."""
    quantity = history.quantity[row, -_RECENT_DAYS:]
    known = quantity[history.in_stock[row, -_RECENT_DAYS:] & ~np.isnan(quantity)]
    return (float(known.mean()), float(known.var())) if known.size else (0.0, 0.0)


class ZoneDemand:
    """Demand of the last year by row and zone; the entries of an item lie together, so that each is read once."""

    def __init__(self, dataset: DataSet, sourcing: Sourcing, history: History) -> None:
        demand = dataset.demand
        self._sourcing, self._history = sourcing, history
        self._span = min(demand.days, _RECENT_DAYS)
        recent = np.flatnonzero(demand.day >= demand.days - self._span)
        order = recent[np.argsort(demand.item[recent], kind="stable")]
        self._item, self._zone = demand.item[order], demand.zone[order]
        self._day = demand.day[order].astype(np.int64) - (demand.days - self._span)
        self._units = np.nan_to_num(demand.quantity[order])
        self._zone_ids = demand.zone_ids
        self._item_at = {item_id: i for i, item_id in enumerate(demand.item_ids)}

    def of(self, row: int, zones: tuple[str, ...], *, fed: Sequence[int] = ()) -> MailDemand:
        """Demand of ``zones`` within a row; none where it could not sell on any day of the last year.

        ``fed`` are the rows that this one feeds: their days, taken as independent, count to the others.
        """
        quantity = self._history.quantity[row, -self._span :]
        known = self._history.in_stock[row, -self._span :] & ~np.isnan(quantity)
        days = int(known.sum())
        if not days:
            return MailDemand(0.0, 0.0, 0.0, 0.0, np.zeros(len(zones)), 0)
        table = self._table(row, zones)[:, known]
        mine = table.sum(axis=0)
        whole = np.maximum(quantity[known], mine)
        others, total = whole - mine, float(mine.sum())
        more = [day_of_year(self._history, one) for one in fed]
        return MailDemand(
            daily=total / days,
            other=float(others.mean()) + math.fsum(mean for mean, _ in more),
            added_variance=max(float(whole.var() - others.var()), 0.0),
            other_variance=float(others.var()) + math.fsum(variance for _, variance in more),
            shares=table.sum(axis=1) / total if total > 0 else np.zeros(len(zones)),
            days_known=days,
        )

    def _table(self, row: int, zones: tuple[str, ...]) -> Floats:
        """Units of each zone and day [Z,T]."""
        item = self._item_at.get(self._sourcing.item_ids[self._sourcing.row_item[row]], -1)
        first, last = np.searchsorted(self._item, [item, item + 1])
        place = {zone_id: n for n, zone_id in enumerate(zones)}
        at = np.array([place.get(zone_id, -1) for zone_id in self._zone_ids], np.int64)[self._zone[first:last]]
        asked = at >= 0
        cell = at[asked] * self._span + self._day[first:last][asked]
        counts = np.bincount(cell, weights=self._units[first:last][asked], minlength=len(zones) * self._span)
        table: Floats = counts.astype(np.float64).reshape(len(zones), self._span)
        return table
