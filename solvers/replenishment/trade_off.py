"""The trade-off curve: how much stock the best allotment needs for every fill rate, and where today's settings sit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.kernels import group_totals, targets_at

__all__ = ["TradeOff", "TradeOffRows", "solve_trade_off"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_YEAR_DAYS = 365.0
_POINTS = 25
_HIGHEST_ODDS = 4.0  # the sweep begins where a typical row runs out four times out of five


@dataclass(frozen=True, slots=True)
class TradeOffRows:
    """N rows that are looked at every ``cycle_days`` [N] and ordered up to ``target`` [N], units.

    ``quantile`` [N,Q] of demand over lead time and review at ``levels`` [Q], both ascending; ``daily`` [N] demand a
    day; ``lot`` [N] units of a pack; ``unit_cost`` [N] money. ``worth`` [N] is what a unit served counts: its price
    for a fill rate by value, its margin for the margin kept, 1 for units. ``group`` [N] in 0..G-1 (classes).
    """

    levels: Floats
    quantile: Floats
    cycle_days: Floats
    daily: Floats
    lot: Floats
    unit_cost: Floats
    worth: Floats
    group: Ints
    target: Floats


@dataclass(frozen=True, slots=True)
class TradeOff:
    """K points of the frontier, least stock first; column 0 is the total, column 1 + g is group g.

    ``price`` [K] is what money in stock has to earn a year at the point. ``stock_value`` money and ``fill_rate``
    [K,1+G] at one price for all rows, hence the least stock for that total fill rate. ``current_stock_value`` and
    ``current_fill_rate`` [1+G] are those of the rows' targets. ``efficient_stock_value`` [1+G] is what the frontier
    needs for the current fill rate of the column (NaN where no point reaches it), ``efficient_fill_rate`` [1+G] what
    it gives for the current stock. A fill rate is NaN in a group without demand.
    """

    price: Floats
    stock_value: Floats
    fill_rate: Floats
    current_stock_value: Floats
    current_fill_rate: Floats
    efficient_stock_value: Floats
    efficient_fill_rate: Floats


def solve_trade_off(rows: TradeOffRows, *, prices: Floats | None = None) -> TradeOff:
    """Sweep the price of stock and total up what the rows then hold and serve.

    A row with target S holds on average what is left at the end of a cycle, E[(S - D)^+], half of a cycle's demand and
    half a lot; it is short of E[(D - S)^+] a cycle, at most of the cycle's demand (Silver, Pyke and Thomas, Inventory
    and Production Management in Supply Chains, 2017, section 6.7). With price p, unit cost c, worth w and R days a
    cycle, p * stock + worth short a year is least where D exceeds S with odds p c R / 365 w: one price for all is the
    Lagrange multiplier of the total stock, so no other allotment serves more with as much money (Sherbrooke, Optimal
    Inventory Modeling of Systems, 2004, chapter 2; Everett 1963). Quantiles are straight between their levels and flat
    above the highest, as in ``demand_curve``.

    ``prices`` [K], positive, ascending or not; without them ``_POINTS`` from those at which the typical row is mostly
    sold out to those at which the quantiles end. Raises ValueError naming every field that breaks its rule.
    """
    _check(rows, prices)
    cycles = _YEAR_DAYS / rows.cycle_days
    cost, worth, cycle_demand = (_packed(x) for x in (rows.unit_cost, rows.worth, rows.daily * rows.cycle_days))
    terms = (cost, worth, cycle_demand, _packed(cycles))
    quantile, levels, group = _packed(rows.quantile), _packed(rows.levels), rows.group.astype(np.int64)
    ratio = np.full(rows.daily.size, np.inf)
    np.divide(rows.unit_cost, rows.worth * cycles, out=ratio, where=rows.worth > 0)
    sweep = np.sort(_sweep(ratio, rows) if prices is None else np.asarray(prices, np.float64))[::-1]

    def at(target: Floats) -> tuple[Floats, Floats]:
        left, short = group_totals(_packed(target), quantile, levels, terms, group)
        return _with_total(left), _with_total(short)

    groups = int(rows.group.max()) + 1
    cycle_stock = np.where(rows.daily > 0, 0.5 * rows.daily * rows.cycle_days + 0.5 * (rows.lot - 1.0), 0.0)
    base = _with_total(np.bincount(rows.group, weights=rows.unit_cost * np.maximum(cycle_stock, 0.0), minlength=groups))
    asked = _with_total(np.bincount(rows.group, weights=rows.worth * rows.daily * _YEAR_DAYS, minlength=groups))
    found = [at(targets_at(quantile, levels, price * ratio)) for price in sweep]
    stock = np.stack([left for left, _ in found]) + base
    fill = _fill_rate(np.stack([short for _, short in found]), asked)
    left, short = at(rows.target)
    now, served = left + base, _fill_rate(short, asked)
    return TradeOff(
        price=sweep,
        stock_value=stock,
        fill_rate=fill,
        current_stock_value=now,
        current_fill_rate=served,
        efficient_stock_value=_read_off(served, fill, stock),
        efficient_fill_rate=_read_off(now, stock, fill),
    )


def _sweep(ratio: Floats, rows: TradeOffRows) -> Floats:
    """Prices at which the typical row runs out with odds from ``_HIGHEST_ODDS`` down to those of the last level."""
    known = (rows.daily > 0) & np.isfinite(ratio) & (ratio > 0)
    typical = float(np.median(ratio[known])) if known.any() else 1.0
    lowest = (1.0 - rows.levels[-1]) / rows.levels[-1]
    result: Floats = np.geomspace(_HIGHEST_ODDS, lowest, _POINTS) / typical
    return result


def _packed(values: Floats) -> Floats:
    """As compiled code takes it, so that it is compiled once."""
    return np.ascontiguousarray(values, np.float64)


def _with_total(by_group: npt.NDArray[np.floating | np.integer]) -> Floats:
    total: Floats = np.concatenate(([by_group.sum()], by_group)).astype(np.float64)
    return total


def _fill_rate(short: Floats, asked: Floats) -> Floats:
    rate: Floats = np.full(short.shape, np.nan)
    np.divide(short, np.broadcast_to(asked, short.shape), out=rate, where=np.broadcast_to(asked > 0, short.shape))
    return 1.0 - rate


def _read_off(value: Floats, known: Floats, wanted: Floats) -> Floats:
    """For each column, ``wanted`` [K,C] where ``known`` [K,C], rising, reaches ``value`` [C]; NaN outside."""
    out = np.full(value.size, np.nan)
    for column in range(value.size):
        x = known[:, column]
        if np.isfinite(value[column]) and np.isfinite(x).all() and x[0] <= value[column] <= x[-1]:
            out[column] = np.interp(value[column], x, wanted[:, column])
    return out


def _check(rows: TradeOffRows, prices: Floats | None) -> None:
    """Every field that breaks its rule, at once."""
    faults = []
    count = rows.quantile.shape[0] if rows.quantile.ndim == 2 else 0
    if rows.quantile.ndim != 2 or not count or rows.quantile.shape[1] != rows.levels.size or not rows.levels.size:
        faults.append(f"quantile: shape {rows.quantile.shape}: must be [N,{rows.levels.size}], N and Q at least 1")
    elif not np.isfinite(rows.quantile).all() or rows.quantile.min() < 0 or (np.diff(rows.quantile, axis=1) < 0).any():
        faults.append("quantile: must be finite, not negative and ascending along the levels")
    if not (np.isfinite(rows.levels).all() and rows.levels.min(initial=1.0) > 0 and rows.levels.max(initial=0.0) < 1):
        faults.append(f"levels: {rows.levels.tolist()}: must lie within (0, 1)")
    elif (np.diff(rows.levels) <= 0).any():
        faults.append(f"levels: {rows.levels.tolist()}: must ascend, each once")
    for name, least in _LEAST.items():
        values = getattr(rows, name)
        bad = np.flatnonzero(~(np.isfinite(values) & (values >= least))) if values.shape == (count,) else None
        if bad is None:
            faults.append(f"{name}: shape {values.shape}: must be [{count}]")
        elif bad.size:
            faults.append(f"{name}: row {bad[0]}: {values[bad[0]]}: must be finite and at least {least:g}")
    if rows.group.shape != (count,) or rows.group.dtype.kind != "i" or rows.group.min(initial=0) < 0:
        faults.append(f"group: must be [{count}] whole numbers from 0 on")
    if prices is not None and not (np.size(prices) and np.isfinite(prices).all() and np.min(prices) > 0):
        faults.append("prices: must be positive and finite, one at least")
    if faults:
        raise ValueError("; ".join(faults))


_LEAST = {
    "cycle_days": 1e-9, "daily": 0.0, "lot": 0.0, "unit_cost": 0.0, "worth": 0.0, "target": 0.0,
}  # fmt: skip
