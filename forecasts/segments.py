"""What kind of demand a row has: how often, how even, how much and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from forecasts.censor import usable_days
from forecasts.protocol import Floats, History, Ints
from forecasts.select import RATE_EDGES, rate_classes

__all__ = [
    "AGES",
    "PATTERNS",
    "RATES",
    "SEGMENTS",
    "Traits",
    "age_classes",
    "demand_traits",
    "pattern_classes",
    "segment_classes",
]

LARGEST_INTERVAL = 1.32
LARGEST_VARIATION = 0.49
PATTERNS = ("smooth", "erratic", "intermittent", "lumpy", "no sale yet")
AGE_EDGES_DAYS = (56.0, 364.0)
AGES = ("under 8 weeks", "8 to 52 weeks", "over 52 weeks", "no sale yet")
RATES = tuple(f"{low:g} to {high:g} a day" for low, high in zip((0.0, *RATE_EDGES), RATE_EDGES, strict=False))
RATES += (f"{RATE_EDGES[-1]:g} a day and more",)
SEGMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType({"pattern": PATTERNS, "age": AGES, "rate": RATES})
"""Names of the classes of each kind of segment; rates are those that share dispersion and calibration."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Of each row [N], counted on known days from its first sale on; NaN without any sale.

    ``age_days`` since the first sale; ``interval`` days from one day with demand to the next (ADI); ``variation``
    squared coefficient of variation of demand on days that have any (CV2); ``rate`` units a day (0 without any sale).
    """

    age_days: Floats
    interval: Floats
    variation: Floats
    rate: Floats


def demand_traits(history: History) -> Traits:
    """Traits of every row by its whole history."""
    usable = usable_days(history)
    sold = np.nan_to_num(history.quantity) > 0
    first = np.where(sold.any(axis=1), np.argmax(sold, axis=1), history.days)
    since = np.arange(history.days)[None, :] >= first[:, None]
    known = usable & since
    quantity = np.where(known, history.quantity, 0.0)
    days, hits = known.sum(axis=1), (quantity > 0).sum(axis=1)
    any_hit = hits > 0
    size = quantity.sum(axis=1) / np.maximum(hits, 1)
    square = np.where(quantity > 0, (quantity - size[:, None]) ** 2, 0.0).sum(axis=1) / np.maximum(hits, 1)
    return Traits(
        age_days=np.where(first < history.days, history.days - first, np.nan).astype(np.float64),
        interval=np.where(any_hit, days / np.maximum(hits, 1), np.nan),
        variation=np.where(any_hit, square / np.where(any_hit, size, 1.0) ** 2, np.nan),
        rate=quantity.sum(axis=1) / np.maximum(days, 1),
    )


def pattern_classes(traits: Traits) -> Ints:
    """Index into ``PATTERNS`` [N] by the cut-offs 1.32 of ADI and 0.49 of CV2 (Syntetos, Boylan and Croston 2005)."""
    seldom, uneven = traits.interval >= LARGEST_INTERVAL, traits.variation >= LARGEST_VARIATION
    return np.where(np.isfinite(traits.interval), 2 * seldom + uneven, len(PATTERNS) - 1).astype(np.int64)


def age_classes(traits: Traits) -> Ints:
    """Index into ``AGES`` [N]."""
    found = np.digitize(traits.age_days, AGE_EDGES_DAYS)
    return np.where(np.isfinite(traits.age_days), found, len(AGES) - 1).astype(np.int64)


def segment_classes(traits: Traits) -> dict[str, Ints]:
    """Index [N] into the names of each of ``SEGMENTS``."""
    return {"pattern": pattern_classes(traits), "age": age_classes(traits), "rate": rate_classes(traits.rate)}
