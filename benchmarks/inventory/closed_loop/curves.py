"""The frontier: stock against fill rate, compared at equal fill rate, with paired bootstrap intervals over items.

Axes: C settings, N items, B bootstrap samples.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.inventory.closed_loop.live import Lived
from benchmarks.inventory.closed_loop.shop import Floats

__all__ = ["SAMPLES", "Points", "Ratio", "mean_ratio", "points", "ratios", "sample_weights", "summary"]

SAMPLES = 400
LEAST_SHORT = 1e-5
BINS = 40


class Points(NamedTuple):
    """``stock`` value in steps of demand at cost, and ``fill`` rate by value, [B,C] each."""

    stock: Floats
    fill: Floats


class Ratio(NamedTuple):
    """Our stock over that of a peer at the same fill rate, less one, in per cent; ends of the 95 % interval."""

    value: float
    low: float
    high: float


def sample_weights(items: int, seed: int) -> Floats:
    """How often each item is drawn [1+B,N]; the first row is every item once."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(items, np.full(items, 1.0 / items), SAMPLES)
    return np.concatenate([np.ones((1, items)), drawn]).astype(np.float64)


def points(lived: Lived, cost: Floats, price: Floats, weight: Floats) -> Points:
    """Stock and fill rate of the items that ``weight`` [B,N] draws."""
    stock = weight @ (lived.stock * cost).T / np.maximum(weight @ (lived.demand * cost), 1e-12)[:, None]
    fill = weight @ (lived.served * price).T / np.maximum(weight @ (lived.demand * price), 1e-12)[:, None]
    return Points(stock, fill)


def ratios(ours: Points, peer: Points) -> Floats:
    """Our stock over the peer's at our fill rate [B,C], NaN where the peer's sweep does not reach it.

    Between two points of a peer the stock is straight in the logarithm of the share that is short. The peer's
    frontier is the lower envelope of its settings: what any of them reaches with more service it reaches with less.
    """
    out = np.full(ours.stock.shape, np.nan)
    for b in range(len(out)):
        short, stock = _envelope(peer.fill[b], peer.stock[b])
        at = np.log(np.maximum(1.0 - ours.fill[b], LEAST_SHORT))
        inside = (at >= short[0]) & (at <= short[-1])
        out[b, inside] = ours.stock[b, inside] / np.interp(at[inside], short, stock)
    return out


def _envelope(fill: Floats, stock: Floats) -> tuple[Floats, Floats]:
    """Logarithm of the share short, ascending, and least stock of the settings that no other beats in both."""
    order = np.lexsort((stock, 1.0 - fill))  # best service first
    short, held = np.log(np.maximum(1.0 - fill[order], LEAST_SHORT)), stock[order]
    least = np.minimum.accumulate(held)
    kept = np.r_[True, held[1:] < least[:-1]]
    return short[kept], held[kept]


def summary(ratio: Floats) -> Ratio:
    """Of ratios [1+B]: that of all items, and the bootstrap's interval; NaN where fewer than half can be compared."""
    drawn = ratio[1:][np.isfinite(ratio[1:])]
    if not np.isfinite(ratio[0]) or drawn.size < 0.5 * (ratio.size - 1):
        return Ratio(np.nan, np.nan, np.nan)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Ratio(*(100.0 * (part - 1.0) for part in (float(ratio[0]), float(low), float(high))))


def mean_ratio(ratio: Floats) -> Floats:
    """Geometric mean over the points at which all items can be compared, of ratios [1+B,C] -> [1+B]."""
    known = np.isfinite(ratio[0])
    if not known.any():
        return np.full(ratio.shape[0], np.nan)
    logs = np.log(ratio[:, known])
    count = np.isfinite(logs).sum(axis=1)
    mean = np.where(np.isfinite(logs), logs, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count > 0, np.exp(mean), np.nan)
