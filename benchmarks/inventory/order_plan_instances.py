"""Seeded order planning problems of many suppliers, and their files."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import gamma

from solvers.replenishment.planning.problem import Limits, PlanProblem

__all__ = ["CLASSES", "Instance", "make_instance", "read_instance", "write_instance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CLASSES = ("fast", "slow", "lumpy", "breaks", "trucks")
"""What is hard about a supplier: many packs an order, about one pack, large lots and minimum, price breaks, trucks."""
LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99])
PACKS = np.array(
    [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 24, 30, 36, 40, 48, 60, 72, 96, 120, 144, 200, 240, 480, 960]
)
DAYS, WEEK, MONTH = 8, 7, 4
ROWS_OF_A_GROUP = 20


@dataclass(frozen=True, slots=True)
class Instance:
    """One problem; ``supplier`` [G] of each group (it may deliver to two sites) and ``kind`` [G] in ``CLASSES``."""

    name: str
    problem: PlanProblem
    supplier: Ints
    kind: Ints

    @property
    def suite(self) -> str:
        """The suite it belongs to."""
        return "order_plan"


def make_instance(rows: int, seed: int) -> Instance:
    """A seeded problem of about ``rows`` rows (items at sites), 20 to a supplier and site on average.

    Demand is gamma (mean by a lognormal, spread by class), lead times 3 to 45 days, reviews of a week or two. Minimum
    order values are .4 to 2.5 of what a review sells, packs and minimum quantities come in steps of the trade. Budgets
    (a team a month), room (a site a week) and a supplier's capacity (an order day) are set to a share of what a plain
    base-stock plan would use.
    """
    random = np.random.default_rng([seed, rows])
    groups = max(rows // ROWS_OF_A_GROUP, 1)
    size = np.clip(random.geometric(1.0 / ROWS_OF_A_GROUP, groups) // 2 + ROWS_OF_A_GROUP // 2, 4, 60)
    group = np.repeat(np.arange(groups), size)
    kind = random.integers(0, len(CLASSES), groups)
    gap = random.choice([WEEK, 2 * WEEK], groups)
    lead = random.integers(3, 46, groups)
    row = _rows(random, group, kind, gap, lead)
    order_value = np.bincount(group, weights=row["review_value"], minlength=groups)
    trucks = kind == CLASSES.index("trucks")
    lumpy = kind == CLASSES.index("lumpy")
    load = np.where(trucks[group], row["daily"] * gap[group], 0.0) * row["volume_l"]
    of_truck = np.bincount(group, weights=load, minlength=groups) / random.uniform(0.4, 3.0, groups)
    order_cost = order_value * random.uniform(0.002, 0.012, groups)
    problem = PlanProblem(
        levels=LEVELS,
        group=group,
        position=row["position"],
        quantile=row["quantile"],
        shelf_quantile=row["quantile"],
        before=row["before"],
        money=row["money"],
        pack=row["pack"],
        lot_packs=row["lot_packs"],
        most_packs=row["most_packs"],
        unit_price=row["price"],
        break_from=row["break_from"],
        break_price=row["break_price"],
        rate=np.ones(group.size),
        load=np.where(trucks[group], row["volume_l"] / np.maximum(of_truck, 1e-9)[group], 0.0),
        volume_l=row["volume_l"],
        fixed_packs=np.full((group.size, DAYS), -1, np.int64),
        minimum_value=np.round(order_value * np.where(lumpy, random.uniform(1.0, 2.5, groups),
                                                      random.uniform(0.4, 1.6, groups)), 2),
        order_cost=order_cost,
        truck_cost=np.where(trucks, order_cost * random.uniform(0.5, 1.0, groups), 0.0),
    )  # fmt: skip
    supplier = np.where(random.random(groups) < 0.2, np.maximum(np.arange(groups) - 1, 0), np.arange(groups))
    limits = _limits(random, problem, row, gap, supplier)
    whole = PlanProblem(**{f.name: getattr(problem, f.name) for f in fields(problem) if f.name != "limits"},
                        limits=limits)  # fmt: skip
    return Instance(f"rows_{rows}_seed_{seed}", whole, supplier, kind)


def _rows(random: np.random.Generator, group: Ints, kind: Ints, gap: Ints, lead: Ints) -> dict[str, Any]:
    count = group.size
    of = {name: (kind == i)[group] for i, name in enumerate(CLASSES)}
    daily = np.exp(random.normal(np.where(of["slow"], -1.5, np.where(of["fast"], 2.0, 0.7)), 1.1))
    spread = random.uniform(0.5, np.where(of["slow"] | of["lumpy"], 2.5, 1.5))
    review = gap[group].astype(np.float64)
    until = lead[group][:, None] + review[:, None] * np.arange(1, DAYS + 1)
    mean = daily[:, None] * until
    deviation = spread[:, None] * daily[:, None] * np.sqrt(until) * np.sqrt(np.maximum(1.0 / daily, 1.0))[:, None]
    shape = (mean / deviation) ** 2
    quantile = gamma.ppf(LEVELS, shape[:, :, None], scale=(mean / shape)[:, :, None])
    price = np.round(np.exp(random.normal(2.5, 1.0, count)), 2) + 0.01
    holding = price * 0.25 / 365.0
    money = np.zeros((count, DAYS, 4))
    money[:, :, 0] = (price * random.uniform(0.15, 0.8, count))[:, None]
    money[:, :, 1] = (holding * review)[:, None]
    money[:, -1, 3] = holding / (2.0 * daily)
    packs_a_review = np.exp(random.uniform(np.log(0.3), np.log(np.where(of["fast"], 40.0, 12.0))))
    pack = PACKS[np.abs(np.log(PACKS[None, :] / np.maximum(daily * review / packs_a_review, 1.0)[:, None])).argmin(1)]
    lot = np.where(random.random(count) < np.where(of["lumpy"], 0.8, 0.3), random.integers(2, 7, count), 1)
    position = np.round(daily * (lead[group] + random.uniform(-0.5, 1.5, count) * review))
    most = np.ceil(np.maximum(quantile[:, :, -1] * 1.2 - position[:, None], 0.0) / pack[:, None]) + lot[:, None] + 1
    has_break = random.random(count) < np.where(of["breaks"], 0.8, 0.1)
    first = np.ceil(daily * review * random.uniform(1.0, 3.0, count) / pack) * pack
    starts = np.column_stack((first, 2.5 * first))
    return {
        "daily": daily,
        "review_value": daily * review * price,
        "quantile": quantile,
        "before": daily[:, None] * (until - review[:, None]),
        "money": money,
        "position": position,
        "pack": pack.astype(np.float64),
        "lot_packs": lot.astype(np.int64),
        "most_packs": np.maximum.accumulate(most.astype(np.int64), axis=1),
        "price": price,
        "volume_l": np.round(np.exp(random.normal(0.0, 1.0, count)), 3) + 0.001,
        "break_from": np.where(has_break[:, None], starts, np.inf),
        "break_price": np.where(has_break[:, None], np.round(price[:, None] * np.array([0.98, 0.955]), 4), np.inf),
    }


def _limits(
    random: np.random.Generator, problem: PlanProblem, row: dict[str, Any], gap: Ints, supplier: Ints
) -> Limits:
    """Limits at a share of what ordering up to the .9 quantile each day would use, without packs and minima."""
    groups, days = problem.groups, problem.days
    target = np.maximum.accumulate(problem.quantile[:, :, 4], axis=1)
    level = np.maximum(target, problem.position[:, None])
    units = np.diff(np.column_stack((problem.position, level)), axis=1)
    sums = [_by_group(problem, amount) for amount in (
        units * problem.unit_price[:, None], units, np.maximum(level - problem.before, 0.0) * problem.volume_l[:, None]
    )]  # fmt: skip
    week = gap[:, None] * np.arange(days) // WEEK
    teams, sites = max(groups // 50, 1), max(groups // 25, 1)
    months, weeks = int(week.max()) // MONTH + 1, int(week.max()) + 1
    budget_of = random.integers(0, teams, groups)[:, None] * months + week // MONTH
    volume_of = random.integers(0, sites, groups)[:, None] * weeks + week
    scarce = random.random(groups) < 0.4
    capacity_of = np.where(scarce[supplier][:, None], supplier[:, None] * weeks + week, -1)
    numbers, compact = np.unique(capacity_of, return_inverse=True)
    capacity_of = compact.reshape(capacity_of.shape) - int(numbers[0] == -1)
    # A supplier can at least ship what it asks for, and three smallest lines of any item.
    paid = sums[0].sum(axis=1) / np.maximum(sums[1].sum(axis=1), 1e-9)
    least = 1.5 * problem.minimum_value / np.maximum(paid, 1e-9)
    np.maximum.at(least, problem.group, 3.0 * problem.lot_packs * problem.pack)
    typical = np.maximum(sums[1].mean(axis=1) * random.uniform(1.2, 3.0, groups), least)
    shipped = _used(np.repeat(typical[:, None], days, axis=1), capacity_of)
    return Limits(
        budget=np.round(_used(sums[0], budget_of) * random.uniform(0.95, 1.35, teams * months), 2),
        budget_of=budget_of,
        capacity=np.round(shipped),
        capacity_of=capacity_of,
        volume=np.round(_used(sums[2], volume_of) * random.uniform(1.1, 1.6, sites * weeks), 1),
        volume_of=volume_of,
    )


def _by_group(problem: PlanProblem, amount: Floats) -> Floats:
    summed = np.zeros((problem.groups, problem.days))
    np.add.at(summed, problem.group, amount)
    return summed


def _used(amount: Floats, index: Ints) -> Floats:
    there = index >= 0
    used: Floats = np.bincount(index[there], weights=amount[there], minlength=int(index.max()) + 1).astype(np.float64)
    return used


def write_instance(instance: Instance, folder: Path) -> Path:
    """One JSON file with all arrays, as ``PlanProblem`` and ``Limits`` name and describe them; inf is null."""
    folder.mkdir(parents=True, exist_ok=True)
    problem = instance.problem
    document = {
        "name": instance.name,
        "supplier": instance.supplier.tolist(),
        "kind": [CLASSES[k] for k in instance.kind],
        "problem": {f.name: _plain(getattr(problem, f.name)) for f in fields(problem) if f.name != "limits"},
        "limits": {f.name: _plain(getattr(problem.limits, f.name)) for f in fields(Limits)},
    }
    path = folder / f"order_plan_{instance.name}.json"
    path.write_text(json.dumps(document) + "\n", encoding="utf-8")
    return path


def _plain(array: npt.NDArray[Any]) -> Any:
    if array.dtype.kind != "f":
        return array.tolist()
    plain = array.astype(object)
    plain[~np.isfinite(array)] = None
    return plain.tolist()


def read_instance(path: Path) -> Instance:
    """The inverse of ``write_instance``."""
    document = json.loads(path.read_text(encoding="utf-8"))
    limits = Limits(**{name: _array(value) for name, value in document["limits"].items()})
    problem = PlanProblem(**{name: _array(value) for name, value in document["problem"].items()}, limits=limits)
    kind = np.array([CLASSES.index(name) for name in document["kind"]], np.int64)
    return Instance(document["name"], problem, np.array(document["supplier"], np.int64), kind)


def _array(value: list[Any]) -> npt.NDArray[Any]:
    array = np.array(_finite(value))
    return array.astype(np.float64) if array.dtype.kind == "O" else array


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return np.inf if value is None else value
