"""A shop: the demand of its items, and the terms on which they are bought.

Axes: N items, T steps (days, weeks or months).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmarks.forecasting.case import Known
from forecasts.segments import PATTERNS

__all__ = ["CLASSES", "Flags", "Floats", "Ints", "Shop", "Span", "assumed", "classes_of", "sampled"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

CLASSES = PATTERNS[:4]
"""Smooth, erratic, intermittent and lumpy."""
COST_SHARE = 0.6
LARGEST_INTERVAL, LARGEST_VARIATION = 1.32, 0.49
LEAST_SALES = 3


@dataclass(frozen=True, slots=True)
class Span:
    """Times of a shop in steps: the loop goes from ``start`` to the end; its first ``warm_up`` steps do not count.

    ``lead`` are the lead times of the suppliers, ``review`` the steps between two orders; ``window`` is what peers
    call recent. ``weekdays`` are the order days of each supplier (1 is Monday; empty: any step). ``days`` a step has.
    """

    start: int
    warm_up: int
    lead: tuple[int, ...]
    review: int
    window: int
    season: int
    days: float
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shop:
    """``quantity`` [N,T] demand a step (NaN: not on sale), ``price`` and ``cost`` [N] a unit, packs and minimum [N].

    ``supplier`` [N] points into ``span.lead``; ``lead`` [N] steps. ``known`` has prices and events of daily demand,
    over all T steps and more; only ``forecasts.py`` reads it, and no further than it may.
    """

    name: str
    items: tuple[str, ...]
    span: Span
    first_day: np.datetime64
    quantity: Floats
    price: Floats
    cost: Floats
    pack: Floats
    minimum: Floats
    supplier: Ints
    pattern: Ints
    known: Known | None = None

    @property
    def lead(self) -> Ints:
        """Lead time of each item [N], steps."""
        return np.array(self.span.lead, np.int64)[self.supplier]

    @property
    def demand(self) -> Floats:
        """Demand [N,T] with nothing where the item is not on sale."""
        return np.nan_to_num(self.quantity)


def classes_of(quantity: Floats) -> Ints:
    """Index into ``CLASSES`` [N] by demand interval and size variation (Syntetos, Boylan and Croston 2005)."""
    known, sold = np.isfinite(quantity), np.nan_to_num(quantity) > 0
    hits = np.maximum(sold.sum(axis=1), 1)
    size = np.where(sold, quantity, 0.0).sum(axis=1) / hits
    spread = np.where(sold, (quantity - size[:, None]) ** 2, 0.0).sum(axis=1) / hits
    seldom = known.sum(axis=1) / hits >= LARGEST_INTERVAL
    uneven = spread >= LARGEST_VARIATION * size**2
    return np.asarray(2 * seldom + uneven, np.int64)


def sampled(quantity: Floats, span: Span, size: int, seed: int) -> Ints:
    """Rows [n] of up to ``size`` items, in order, that had sold at least ``LEAST_SALES`` times before the loop."""
    fit = np.flatnonzero((np.nan_to_num(quantity[:, : span.start]) > 0).sum(axis=1) >= LEAST_SALES)
    random = np.random.default_rng(seed)
    return np.sort(random.permutation(fit)[:size])


def assumed(
    name: str, items: tuple[str, ...], span: Span, quantity: Floats, *,
    price: Floats | None = None, first_day: str = "2001-01-01", seed: int, known: Known | None = None,
) -> Shop:  # fmt: skip
    """A shop with drawn terms: packs of nothing to one review's demand, minimum one or two packs, any supplier.

    Cost is ``COST_SHARE`` of the price, for all items alike, so that margin, price and cost weigh alike; items
    without a price draw one.
    """
    random = np.random.default_rng([seed, len(items)])
    count = len(items)
    drawn = np.exp(random.normal(1.5, 0.8, count))
    price = drawn if price is None else np.where(np.isfinite(price) & (price > 0), price, drawn)
    past = quantity[:, : span.start]
    review_demand = np.nan_to_num(np.nanmean(past, axis=1)) * span.review
    pack = np.maximum(np.rint(random.choice([0.0, 0.25, 0.5, 1.0], count) * review_demand), 1.0)
    shop = Shop(
        name, items, span, np.datetime64(first_day, "D"), quantity, price, COST_SHARE * price, pack,
        pack * random.integers(1, 3, count), random.integers(0, len(span.lead), count), classes_of(past),
    )  # fmt: skip
    return replace(shop, known=known)
