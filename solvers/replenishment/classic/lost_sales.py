"""Lost sales with a lead time: capped base stock, exact by its Markov chain, and levels for many items at once.

Every period what is due comes in, then up to S is ordered but never more than r units: min(r, (S - position)^+), which
comes L periods later; demand that stock does not meet is lost.
Symbols: h holding cost of a unit left at the end of a period, p cost of a lost unit, D demand of a period with mean mu
and standard deviation sigma, L lead time in periods, S base stock, r cap.
Source: Zipkin, Operations Research 56 (2008), 1256-1263 (model and test bed); Johansen and Thorstenson, Pure and
Restricted Base-Stock Policies (2008), and Xin, Operations Research 69 (2021), 61-70 (capped base stock, optimal among
all policies as L grows); Morton, SIAM Review 11 (1969) (bounds).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.classic.arguments import Floats, Numbers, check_whole, raise_faults, take_items
from solvers.replenishment.classic.protection_interval import demand_of_family

__all__ = ["CappedBaseStock", "capped_base_stock_cost", "choose_capped_base_stock", "solve_capped_base_stock"]

Ints = npt.NDArray[np.int64]

_CLOSE: Final = 1e-11
_TURNS: Final = 200_000
_NOTHING: Final = 1e-300
_LARGEST: Final = 3_000_000  # states of the chain
_LEAD_WEIGHT, _CAP_POWER = 0.5, 0.75


@dataclass(frozen=True, slots=True)
class CappedBaseStock:
    """Order up to ``base_stock`` [N] but at most ``cap`` [N] units; expected ``cost`` [N] per period or NaN."""

    base_stock: Floats
    cap: Floats
    cost: Floats


def capped_base_stock_cost(
    chance: npt.ArrayLike, base_stock: int, cap: int, *, lead_time: int, holding_cost: float, stockout_cost: float
) -> float:
    """Exact cost per period of whole S and r for demand of 0, 1, .. D-1 units with ``chance`` [D].

    The chain lives on stock at hand and the L - 1 orders on their way; its long-run shares are found by letting it
    run until they stay. ValueError: no chances, negative figures, or more than three million states.

    >>> import numpy as np
    >>> poisson = np.exp(-5) * np.cumprod(np.append(1.0, 5 / np.arange(1, 30)))
    >>> round(capped_base_stock_cost(poisson, 16, 16, lead_time=2, holding_cost=1, stockout_cost=4), 2)
    4.64
    """
    table, lead = _take(chance, lead_time, holding_cost, stockout_cost)
    if base_stock < 0 or cap < 0:
        raise ValueError(f"base_stock {base_stock} and cap {cap} must be zero or more")
    cap = min(cap, base_stock)
    states = (base_stock + 1) * (cap + 1) ** max(lead - 1, 0)
    if states > _LARGEST:
        raise ValueError(f"{states} states are too many; choose_capped_base_stock needs none of them")
    if lead == 0:
        units = np.arange(table.size)
        left = np.maximum(base_stock - units, 0)
        return float(table @ (holding_cost * left + stockout_cost * np.maximum(units - base_stock, 0)))
    return float(_chain_cost(table, base_stock, cap, lead, np.array([holding_cost, stockout_cost])))


def choose_capped_base_stock(
    *, demand_mean: Numbers, demand_sd: Numbers, lead_time: Numbers, holding_cost: Numbers, stockout_cost: Numbers
) -> CappedBaseStock:
    """Levels of many items in closed form, in whole units; their cost is not known.

    S is the newsvendor stock of L + 1 periods at p / (p + h (1 + L / 2)): a lost unit is not owed later, so each
    period of lead time counts for less than under backlog. The cap is mu - sigma sqrt(h / (2 p)), the best constant
    order (Xin and Goldberg 2016), plus the safety stock sigma z L^(-3/4), z the normal quantile at p / (p + h).
    Exponent and weight were fitted to exact optima (Poisson and negative binomial demand with variance up to four
    times the mean, p / h from 2 to 80, L from 1 to 3): 0.5 % above the best levels on average, 2.8 % at most; on others
    (mean 0.7 to 8, L up to 4) 0.8 % on average, 6.1 % at most, that with a demand of 0.7 a period.
    ValueError for costs or demand not above zero, negative spread or lead time.

    >>> levels = choose_capped_base_stock(
    ...     demand_mean=5, demand_sd=5**0.5, lead_time=2, holding_cost=1, stockout_cost=9)
    >>> levels.base_stock, levels.cap
    (array([18.]), array([6.]))
    """
    from scipy.special import ndtri

    holding, stockout, mean, sd, lead = take_items(
        positive={"holding_cost": holding_cost, "stockout_cost": stockout_cost, "demand_mean": demand_mean},
        nonnegative={"demand_sd": demand_sd, "lead_time": lead_time},
    )
    demand = demand_of_family("count", mean * (lead + 1.0), sd * np.sqrt(lead + 1.0))
    stock = demand.quantile(stockout / (stockout + holding * (1.0 + _LEAD_WEIGHT * lead)))
    safety = sd * ndtri(stockout / (stockout + holding)) / np.maximum(lead, 1.0) ** _CAP_POWER
    cap = np.maximum(np.rint(mean + safety - sd * np.sqrt(holding / (2.0 * stockout))), 1.0)
    # Without a lead time nothing is on its way, and the newsvendor stock needs no cap.
    cap = np.where(lead > 0.0, np.minimum(cap, stock), stock)
    return CappedBaseStock(stock, cap, np.full(mean.size, np.nan))


def solve_capped_base_stock(
    chance: npt.ArrayLike, *, lead_time: int, holding_cost: float, stockout_cost: float
) -> CappedBaseStock:
    """S and r of least exact cost, for small cases: from the levels of ``choose_capped_base_stock`` downhill.

    A neighbour differs by up to two units in S, r or both; the end is the best of all in every case tested, which the
    test suite shows by trying all levels. ValueError as for ``capped_base_stock_cost``.
    """
    table, lead = _take(chance, lead_time, holding_cost, stockout_cost)
    units = np.arange(table.size)
    mean = float(table @ units)
    sd = float(np.sqrt(table @ (units - mean) ** 2))
    if mean == 0.0:
        return CappedBaseStock(np.zeros(1), np.zeros(1), np.zeros(1))
    start = choose_capped_base_stock(
        demand_mean=mean, demand_sd=sd, lead_time=lead, holding_cost=holding_cost, stockout_cost=stockout_cost
    )
    known: dict[tuple[int, int], float] = {}

    def cost_at(level: tuple[int, int]) -> float:
        stock, cap = level
        if not 0 <= cap <= stock:
            return np.inf
        if level not in known:
            known[level] = capped_base_stock_cost(
                table, stock, cap, lead_time=lead, holding_cost=holding_cost, stockout_cost=stockout_cost
            )
        return known[level]

    at = (int(start.base_stock[0]), int(min(start.cap[0], start.base_stock[0])))
    steps = [(a, b) for a in range(-2, 3) for b in range(-2, 3) if (a, b) != (0, 0)]
    while True:
        best = min(((at[0] + a, at[1] + b) for a, b in steps), key=lambda level: (cost_at(level), level))
        if cost_at(best) >= cost_at(at):
            return CappedBaseStock(np.array([float(at[0])]), np.array([float(at[1])]), np.array([cost_at(at)]))
        at = best


def _take(chance: npt.ArrayLike, lead_time: int, holding: float, stockout: float) -> tuple[Floats, int]:
    table = np.asarray(chance, dtype=np.float64)
    take_items(positive={"holding_cost": holding, "stockout_cost": stockout}, nonnegative={"lead_time": lead_time})
    check_whole(lead_time=np.array([float(lead_time)]))
    good = table.ndim == 1 and table.size and np.isfinite(table).all() and (table >= 0.0).all()
    raise_faults([] if good and abs(table.sum() - 1.0) < 1e-6 else ["chance: a list [D] of chances that add up to 1"])
    return np.ascontiguousarray(table / table.sum()), int(lead_time)


@compiled
def _next_states(stock: int, cap: int, lead: int) -> tuple[Ints, Ints]:
    """Of each state: that of the orders once the next one is in, without what is at hand; what comes in next."""
    base, ways = cap + 1, (cap + 1) ** (lead - 1)
    after, comes = np.zeros((stock + 1) * ways, np.int64), np.zeros((stock + 1) * ways, np.int64)
    for way in range(ways):
        left, position = way, 0
        for _ in range(lead - 1):
            position += left % base
            left //= base
        for x in range(stock + 1):
            order = min(cap, max(stock - position - x, 0))
            state = x + (stock + 1) * way
            if lead == 1:
                comes[state] = order
            else:
                comes[state] = way % base
                after[state] = (stock + 1) * (way // base + order * (ways // base))
    return after, comes


@compiled
def _chain_cost(chance: Floats, stock: int, cap: int, lead: int, price: Floats) -> float:
    """Long-run cost per period; a state is x_0 + (S + 1) (x_1 + (r + 1) (x_2 + ..)), x_0 at hand, the others due."""
    after, comes = _next_states(stock, cap, lead)
    size = after.shape[0]
    stage, tail = np.zeros(stock + 1), np.zeros(stock + 2)  # cost of a period from x at hand, and P(D >= x)
    for d in range(chance.shape[0]):
        for x in range(stock + 1):
            stage[x] += chance[d] * (price[0] * max(x - d, 0) + price[1] * max(d - x, 0))
        tail[: min(d, stock + 1) + 1] += chance[d]
    share, moved = np.zeros(size), np.zeros(size)
    share[stock] = 1.0
    cost = 0.0
    for _ in range(_TURNS):
        moved[:] = 0.0
        cost = 0.0
        for state in range(size):
            mass = share[state]
            if mass < _NOTHING:
                continue
            x = state % (stock + 1)
            cost += mass * stage[x]
            start = after[state] + comes[state]
            moved[start] += mass * tail[x]
            for d in range(min(x, chance.shape[0])):
                moved[start + x - d] += mass * chance[d]
        # A tenth stays, so that a chain that would go round in circles settles too.
        change = 0.9 * np.abs(moved - share).sum()
        share = 0.1 * share + 0.9 * moved
        if change < _CLOSE:
            break
    return cost
