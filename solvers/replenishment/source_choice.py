"""Which source of an item costs least in a year: price, payment, stock and lost sales together."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from solvers.replenishment.lots import packs_for

__all__ = ["PART_NAMES", "SourceCosts", "Sources", "choose_sources", "source_costs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PART_NAMES = ("purchase", "payment", "cycle_stock", "safety_stock", "lost_margin")
_YEAR_DAYS = 365.0
_LEAST_A_YEAR = 1.0  # units: what nobody asks for is compared by what a unit would cost


@dataclass(frozen=True, slots=True)
class Sources:
    """K sources of some rows, all arrays [K]; money in one currency.

    ``landed_cost`` and ``margin`` (price less landed cost, at least 0) a unit; ``daily_demand`` units and
    ``daily_variance`` of the row; ``lead_mean``, ``lead_sd`` and ``review_days`` days; ``minimum_quantity`` and
    ``pack`` units; ``holding_share`` cost of a year's stock as a share of its value; ``paid_days`` days from the
    receipt until the money leaves, negative where it leaves before.
    """

    landed_cost: Floats
    margin: Floats
    daily_demand: Floats
    daily_variance: Floats
    lead_mean: Floats
    lead_sd: Floats
    review_days: Floats
    minimum_quantity: Floats
    pack: Floats
    holding_share: Floats
    paid_days: Floats

    def __post_init__(self) -> None:
        problems = []
        count = np.shape(self.landed_cost)
        for one in fields(self):
            values = np.asarray(getattr(self, one.name))
            if values.shape != count or values.ndim != 1:
                problems.append(f"{one.name}: shape {values.shape}: must be one figure a source, {count}")
            elif not np.isfinite(values).all():
                problems.append(f"{one.name}: holds figures that are not finite")
            elif one.name != "paid_days" and (values < 0).any():
                problems.append(f"{one.name}: {values.min():g}: must not be negative")
            elif one.name in ("pack", "review_days") and (values == 0).any():
                problems.append(f"{one.name}: 0: must be above 0")
        if problems:
            raise ValueError("; ".join(problems))


@dataclass(frozen=True, slots=True)
class SourceCosts:
    """Money a year of K sources [K] by part, and the ``lot`` that is ordered at a time and ``safety_units`` held."""

    purchase: Floats
    payment: Floats
    cycle_stock: Floats
    safety_stock: Floats
    lost_margin: Floats
    lot: Floats
    safety_units: Floats

    @property
    def total(self) -> Floats:
        """All parts together [K]."""
        return self.purchase + self.payment + self.cycle_stock + self.safety_stock + self.lost_margin


def source_costs(sources: Sources) -> SourceCosts:
    """Expected cost of a year from each source when it alone serves its row.

    With D units a year, d a day of variance v, landed cost c, margin m and holding share h: a lot Q holds what is asked
    for between two reviews R, the minimum quantity and whole packs. Demand of the protection interval L + R has

        sigma^2 = v (L + R) + d^2 s_L^2

    (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed. 2017, section 7.10), and the
    last unit of safety stock z sigma leaves odds of running out of h c Q / (D m) a cycle (Hadley and Whitin, Analysis
    of Inventory Systems, 1963, section 4-2: lost sales). Parts a year: D c bought; less h D c t / 365 that t days of
    credit save; h c Q / 2 and h c z sigma held; m sigma G(z) D / Q lost, where G is the unit normal loss. Goods on
    their way cost nothing before they are paid. z is never below 0.

    >>> one = np.ones(1)
    >>> costs = source_costs(Sources(landed_cost=10 * one, margin=10 * one, daily_demand=2 * one,
    ...     daily_variance=4 * one, lead_mean=9 * one, lead_sd=0 * one, review_days=7 * one, minimum_quantity=0 * one,
    ...     pack=one, holding_share=0.25 * one, paid_days=0 * one))
    >>> [round(float(part[0]), 2) for part in (costs.purchase, costs.cycle_stock, costs.safety_stock)]
    [7300.0, 17.5, 51.84]
    """
    yearly = np.maximum(sources.daily_demand * _YEAR_DAYS, _LEAST_A_YEAR)
    daily = yearly / _YEAR_DAYS
    wanted = np.maximum(daily * sources.review_days, 1.0)
    lot = packs_for(wanted, sources.minimum_quantity, sources.pack) * sources.pack
    cycles = yearly / lot
    days = sources.lead_mean + sources.review_days
    sigma = np.sqrt(sources.daily_variance * days + (daily * sources.lead_sd) ** 2)
    holding = sources.holding_share * sources.landed_cost
    odds = np.divide(holding, cycles * sources.margin, out=np.full(lot.size, np.inf), where=sources.margin > 0)
    level = np.clip(1.0 / (1.0 + odds), 0.5, 1.0 - 1e-9)
    z = ndtri(level)
    loss = np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi) - z * (1.0 - ndtr(z))
    return SourceCosts(
        purchase=yearly * sources.landed_cost,
        payment=-sources.holding_share * yearly * sources.landed_cost * sources.paid_days / _YEAR_DAYS,
        cycle_stock=holding * lot / 2.0,
        safety_stock=holding * z * sigma,
        lost_margin=sources.margin * sigma * loss * cycles,
        lot=lot,
        safety_units=z * sigma,
    )


def choose_sources(row: Ints, total: Floats, *, incumbent: Flags, threshold: float) -> Ints:
    """The source of each row: the cheapest, or the one in use unless another saves more than ``threshold`` of its cost.

    ``row`` [K] numbers the rows 0 .. N-1, each with one source at least; ``total`` [K] their costs; ``incumbent`` [K]
    marks the source that is in use, at most one a row. Returns the chosen source of each row [N]; of equal ones the
    first. Raises ValueError for rows without a source or with two incumbents, and for a threshold outside 0 .. 1.
    """
    count = int(row.max()) + 1 if row.size else 0
    problems = []
    if not 0.0 <= threshold <= 1.0:
        problems.append(f"threshold: {threshold:g}: must be from 0 to 1")
    if (np.bincount(row, minlength=count) == 0).any():
        problems.append("row: each row from 0 to the largest must have a source")
    if (np.bincount(row[incumbent], minlength=count) > 1).any():
        problems.append("incumbent: a row has one source in use at most")
    if problems:
        raise ValueError("; ".join(problems))
    order = np.lexsort((np.arange(row.size), total, row))
    first = np.searchsorted(row[order], np.arange(count))
    best: Ints = order[first].astype(np.int64)
    used = np.full(count, -1, np.int64)
    used[row[incumbent]] = np.flatnonzero(incumbent)
    at = np.maximum(used, 0)
    keeps = (used >= 0) & (total[best] >= total[at] - threshold * np.abs(total[at]))
    chosen: Ints = np.where(keeps, used, best)
    return chosen
