"""Key figures of a closed-loop result, each life on its own, then mean and interval.

Formulas are those of the glossary (docs/glossary.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import TIERS, DataSet
from supplychain.domain.sourcing import Sourcing
from supplychain.twin.outcome import Outcome
from supplychain.twin.world import World

__all__ = ["interval", "score_lives", "score_rows"]

Floats = npt.NDArray[np.float64]

_CONFIDENCE = 0.95


def score_lives(
    dataset: DataSet, sourcing: Sourcing, world: World, outcome: Outcome, *, seed: int, first_life: int = 0
) -> pd.DataFrame:
    """One row for each life, one column for each key figure.

    Delivery figures weigh every unit served; rural over tier-1 days is the rural ratio. Late means past the promise
    of the zone's tier.
    """
    cost = _unit_cost(dataset, sourcing)
    days = outcome.stock_value.shape[1]
    demand_cost = (outcome.demanded * cost).sum(axis=1) / days
    stock = outcome.stock_value.mean(axis=1)
    price = np.array([dataset.to_base(i.price, i.currency) for i in dataset.items.values()])[sourcing.row_item]
    lost = outcome.demanded - outcome.served
    short, cycles = outcome.cycles_short.sum(axis=1), outcome.cycles.sum(axis=1)
    figures: dict[str, Floats] = {
        "stock_days": stock / demand_cost,
        "turns": 365.0 * demand_cost / stock,
        "stockout_rate": outcome.stock_out.sum(axis=1) / outcome.listed_days.sum(axis=1),
        "fill_rate": outcome.served.sum(axis=1) / outcome.demanded.sum(axis=1),
        "cycle_service": 1.0 - short / np.maximum(cycles, 1.0),
        "stock_value": stock,
        "lost_margin": (lost * np.maximum(price - cost, 0.0)).sum(axis=1),
        "waste_value": (outcome.wasted * cost).sum(axis=1),
        "bought_value": outcome.ordered_value,
        "bought_lines": outcome.order_lines,
        "transfer_units": outcome.transfer_units,
        "rebalanced_units": outcome.rebalanced_units,
        "rebalancing_freight": outcome.rebalancing_freight,
    }
    delivery = [
        _Delivery(dataset, sourcing, world).score(outcome, index, seed=seed, life=first_life + index)
        for index in range(outcome.stock_value.shape[0])
    ]
    table = pd.DataFrame({**figures, **{name: [d[name] for d in delivery] for name in delivery[0]}})
    table["rural_ratio"] = table["days.rural"] / table["days.tier1_city"]
    table.insert(0, "life", np.arange(first_life, first_life + len(table)))
    return table


def interval(lives: pd.DataFrame) -> pd.DataFrame:
    """Mean and 95 % interval (Student's t over lives) of each figure: columns figure, mean, low, high, lives."""
    from scipy.stats import t

    figures = lives.drop(columns="life")
    count = len(figures)
    mean = figures.mean()
    half = (
        figures.std(ddof=1) * t.ppf((1 + _CONFIDENCE) / 2, count - 1) / np.sqrt(count) if count > 1 else mean * np.nan
    )
    # None of the figures can be negative, and a rate not above one; delivery can cost more than the price.
    share = mean.index.str.contains("rate|cycle_service")
    low, high = (mean - half).clip(lower=0.0), mean + half
    high = high.where(~share, high.clip(upper=1.0))
    return pd.DataFrame(
        {"figure": mean.index, "mean": mean.values, "low": low.values, "high": high.values, "lives": count}
    )


def score_rows(dataset: DataSet, sourcing: Sourcing, outcome: Outcome) -> pd.DataFrame:
    """Each (item, stocking site): mean stock, stock-out share, fill rate, money lost, wasted and tied up."""
    items = list(dataset.items.values())
    cost = _unit_cost(dataset, sourcing)
    price = np.array([dataset.to_base(i.price, i.currency) for i in items])[sourcing.row_item]
    demanded, served = outcome.demanded.mean(axis=0), outcome.served.mean(axis=0)
    days = outcome.stock_value.shape[1]
    on_hand = outcome.on_hand.mean(axis=0)
    daily = demanded / days
    return pd.DataFrame(
        {
            "item_id": [items[i].item_id for i in sourcing.row_item],
            "site_id": [sourcing.site_ids[s] for s in sourcing.row_site],
            "category": [items[i].category for i in sourcing.row_item],
            "units_a_day": daily,
            "mean_stock_units": on_hand,
            "mean_stock_value": on_hand * cost,
            "stock_days": np.divide(on_hand, daily, out=np.full_like(daily, np.inf), where=daily > 0),
            "stock_out_share": outcome.stock_out.mean(axis=0) / np.maximum(outcome.listed_days.mean(axis=0), 1.0),
            "fill_rate": np.divide(served, demanded, out=np.ones_like(served), where=demanded > 0),
            "lost_margin": (demanded - served) * np.maximum(price - cost, 0.0),
            "waste_value": outcome.wasted.mean(axis=0) * cost,
        }
    )


@dataclass(frozen=True)
class _Delivery:
    """Days, cost share and lateness of the units served, by tier and for remote zones."""

    dataset: DataSet
    sourcing: Sourcing
    world: World

    def score(self, outcome: Outcome, index: int, *, seed: int, life: int) -> dict[str, float]:
        entries = self.world.entries
        day = entries.day - self.world.spin_up
        units = entries.quantity * outcome.filled_share[index][entries.row, day]
        site = self.sourcing.row_site[entries.row]
        days = entries.base_days * self._noise(seed, life) + outcome.queue_days[index][site, day]
        tier = np.array([TIERS.index(z.tier) for z in self.dataset.zones])[entries.zone]
        remote = np.array([z.remote for z in self.dataset.zones])[entries.zone]
        promise = np.array([self.dataset.constant(f"promise_days_{name}") for name in TIERS])[tier]
        late = units * (days > promise)
        groups = {name: tier == t for t, name in enumerate(TIERS)} | {"remote": remote, "": np.ones_like(remote)}
        figures: dict[str, float] = {}
        for name, group in groups.items():
            suffix = f".{name}" if name else ""
            total = units[group].sum()
            money = (units * entries.price)[group].sum()
            figures[f"days{suffix}"] = _ratio((units * days)[group].sum(), total)
            figures[f"cost_share{suffix}"] = _ratio((units * entries.cost_per_unit)[group].sum(), money)
            figures[f"late_rate{suffix}"] = _ratio(late[group].sum(), total)
        figures["late_rate.worst_week"] = _worst_week(day, units, late)
        figures["delivery_cost"] = float((units * entries.cost_per_unit).sum())
        figures["sales_value"] = float((units * entries.price).sum())
        return figures

    def _noise(self, seed: int, life: int) -> Floats:
        """Factor on delivery days: log-normal with mean one, the same for every policy and scenario."""
        spread = np.log1p(self.dataset.constant("delivery_days_cv") ** 2)
        normal = np.random.default_rng([seed, 107, life]).standard_normal(self.world.entries.day.size)
        factor: Floats = np.exp(np.sqrt(spread) * normal - spread / 2)
        return factor


def _worst_week(day: npt.NDArray[np.int64], units: Floats, late: Floats) -> float:
    """Largest late share of the orders of any seven days in a row."""
    span = int(day.max()) + 1 if day.size else 0
    if span < 7:
        return _ratio(float(late.sum()), float(units.sum()))
    week = np.ones(7)
    ordered = np.convolve(np.bincount(day, weights=units, minlength=span), week, mode="valid")
    missed = np.convolve(np.bincount(day, weights=late, minlength=span), week, mode="valid")
    return float(np.max(np.divide(missed, ordered, out=np.zeros_like(missed), where=ordered > 0)))


def _unit_cost(dataset: DataSet, sourcing: Sourcing) -> Floats:
    cost = np.array([dataset.to_base(i.unit_cost, i.currency) for i in dataset.items.values()])
    return cost[sourcing.row_item]


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
