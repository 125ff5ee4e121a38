"""One shop lived through by all policies, and the frontier that each of them reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.inventory.closed_loop.curves import mean_ratio, points, ratios, sample_weights, summary
from benchmarks.inventory.closed_loop.foresight import foresight
from benchmarks.inventory.closed_loop.live import Lived, Standing, live
from benchmarks.inventory.closed_loop.ours import SERVICE_LEVELS, our_orders, settings_of, terms_of
from benchmarks.inventory.closed_loop.peers import PEERS, peer_orders, seen_at
from benchmarks.inventory.closed_loop.shop import CLASSES, Flags, Floats, Shop
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["OURS", "Outcome", "outcomes_of", "rows_of"]

OURS = "supplychain"
SUITE = "frontier"
NORMAL_PEERS = ("order_up_to", "smoothing_normal", "forecast_normal")
"""Normal safety stock."""
INTERMITTENT_TARGET_PCT = -10.0
LEAST_ITEMS = 15


@dataclass(frozen=True, slots=True)
class Outcome:
    """What each policy made of a shop; ``variant`` is ``lost`` or ``backlog``; CPU seconds are those of the policy."""

    shop: Shop
    variant: str
    lived: Mapping[str, Lived]
    seconds: Mapping[str, float]

    @property
    def name(self) -> str:
        """Name of shop and variant."""
        return self.shop.name if self.variant == "lost" else f"{self.shop.name}_{self.variant}"


def outcomes_of(shop: Shop, seed: int) -> Iterator[Outcome]:
    """Live through a shop with lost sales and with a backlog: forecasts are made once, for all policies alike."""
    terms = terms_of(shop)
    column = terms.calendar.column(shop.first_day)
    due = terms.calendar.due[shop.supplier][:, column : column + shop.quantity.shape[1]]
    began = cpu_seconds()
    forecasts = dict(foresight(shop, due, seed))
    told = cpu_seconds() - began
    seen = {step: seen_at(shop, step, forecast) for step, forecast in forecasts.items()}
    for variant in ("lost", "backlog"):
        began, backlog = cpu_seconds(), variant == "backlog"
        sweep = tuple(settings_of(shop, level, backlog=backlog) for level in SERVICE_LEVELS)

        def ours(step: int, standing: Standing, rules: tuple[ReplenishSettings, ...] = sweep) -> Floats:
            return our_orders(shop, terms, rules, step=step, standing=standing, forecast=forecasts[step])

        lived = {OURS: live(shop, due, ours, len(sweep), backlog=backlog)}
        seconds = {OURS: told + cpu_seconds() - began}
        for name, peer in PEERS.items():
            began = cpu_seconds()

            def theirs(step: int, standing: Standing, of: str = name) -> Floats:
                return peer_orders(shop, PEERS[of], seen[step], standing) * due[:, step]

            lived[name] = live(shop, due, theirs, len(peer.sweep), backlog=backlog)
            seconds[name] = cpu_seconds() - began
        yield Outcome(shop, variant, lived, seconds)


def rows_of(outcome: Outcome, seed: int, *, peers: bool) -> Iterator[BenchmarkRow]:
    """Stock and fill rate at each point; our stock against each peer's at equal fill, by point and by class."""
    shop = outcome.shop
    every = np.ones(len(shop.items), np.bool_)
    weight = sample_weights(len(shop.items), seed)
    for name in outcome.lived if peers else (OURS,):
        yield from _point_rows(outcome, name, seed)
    yield from _compared(outcome, every, weight, seed)
    for number, label in enumerate(CLASSES):
        chosen = shop.pattern == number
        if chosen.sum() >= LEAST_ITEMS:
            yield from _compared(outcome, chosen, weight, seed, label=label)


def _point_rows(outcome: Outcome, name: str, seed: int) -> Iterator[BenchmarkRow]:
    shop, lived = outcome.shop, outcome.lived[name]
    one = np.ones((1, len(shop.items)))
    by_value = points(lived, shop.cost, shop.price, one)
    by_unit = points(lived, shop.cost, np.ones(len(shop.items)), one)
    for setting, label in enumerate(_labels(name)):
        trial = Trial(SUITE, f"{outcome.name}/{label}", name, outcome.seconds[name], seed)
        count = len(shop.items)
        yield trial.row("stock_days", float(by_value.stock[0, setting]) * shop.span.days, n=count)
        yield trial.row("fill_rate", float(by_value.fill[0, setting]), n=count)
        yield trial.row("fill_rate_units", float(by_unit.fill[0, setting]), n=count)
        yield trial.row("lines_per_order_day", float(lived.ordered[setting].sum()), n=count)


def _labels(name: str) -> list[str]:
    if name == OURS:
        return [f"level_{level:g}" for level in SERVICE_LEVELS]
    return ["_".join(f"{part:g}" for part in setting) for setting in PEERS[name].sweep]


def _compared(
    outcome: Outcome, chosen: Flags, weight: Floats, seed: int, *, label: str = "all"
) -> Iterator[BenchmarkRow]:
    """Against each peer: by point where all items count, and the mean of all points that both frontiers reach."""
    shop, lived = outcome.shop, outcome.lived
    drawn = weight * chosen
    ours = points(lived[OURS], shop.cost, shop.price, drawn)
    for name in PEERS:
        ratio = ratios(ours, points(lived[name], shop.cost, shop.price, drawn))
        target = INTERMITTENT_TARGET_PCT if label == "intermittent" and name in NORMAL_PEERS else 0.0
        parts = {f"{outcome.name}/{label}": mean_ratio(ratio)}
        if label == "all":
            parts |= {f"{outcome.name}/{point}": ratio[:, i] for i, point in enumerate(_labels(OURS))}
        for instance, part in parts.items():
            trial = Trial(SUITE, instance, OURS, outcome.seconds[OURS], seed)
            found = summary(part)
            metric = f"stock_at_equal_fill_pct_{name}"
            count = int(chosen.sum())
            if np.isfinite(found.value):
                yield trial.row(metric, found.value, n=count, target=target)
                yield trial.row(f"{metric}_low", found.low, n=count)
                yield trial.row(f"{metric}_high", found.high, n=count)
