"""The peers: the policies of textbooks and of daily practice, given the same past.

Axes: C settings of a sweep, N items, t steps known. Levels are of the position, in units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from benchmarks.inventory.closed_loop.live import Standing
from benchmarks.inventory.closed_loop.shop import Floats, Ints, Shop
from forecasts import Forecast
from solvers.replenishment.lots import packs_for

__all__ = ["COVERS", "PEERS", "Peer", "Seen", "peer_orders", "seen_at"]

FACTORS = tuple(np.round(np.arange(-0.75, 5.01, 0.25), 2).tolist())
COVERS = tuple(np.round(np.geomspace(0.35, 12.0, 18), 3).tolist())
WIDTHS = (0.5, 1.0, 2.0, 4.0)
ORDER_COST_SHARE, HOLDING_SHARE_PER_YEAR = 1.0, 0.25
"""Cost of an order line, as a share of the cost of one review's demand of the median item; of holding, a year."""
SMOOTHING = (0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class Seen:
    """What peers know of each item [N] at a close.

    ``mean``, ``sd`` of recent demand a step; of the protection interval, ``smoothed`` and ``foretold`` demand (by
    exponential smoothing, by our forecast) and the standard deviation of the errors of both; ``interval`` and
    ``review`` steps, ``lot`` the economic order quantity.
    """

    mean: Floats
    sd: Floats
    smoothed: Floats
    smoothed_error: Floats
    foretold: Floats
    foretold_error: Floats
    interval: Floats
    review: float
    lot: Floats


@dataclass(frozen=True, slots=True)
class Peer:
    """``sweep`` [C] settings; ``levels(seen, setting)`` gives reorder point and order-up-to level [N] each.

    ``hindsight``: of several settings with much the same service the one with least stock counts, as if it had been
    tuned on the very demand that it is judged on.
    """

    sweep: tuple[tuple[float, float], ...]
    levels: Callable[[Seen, float, float], tuple[Floats, Floats]]
    hindsight: bool = False


def _reorder_point(seen: Seen, factor: float, _: float) -> tuple[Floats, Floats]:
    point = _normal(seen, factor)
    return point, point + seen.mean * seen.review


def _order_up_to(seen: Seen, factor: float, _: float) -> tuple[Floats, Floats]:
    point = _normal(seen, factor)
    return point, point


def _smoothing_normal(seen: Seen, factor: float, _: float) -> tuple[Floats, Floats]:
    point = seen.smoothed + factor * seen.smoothed_error
    return point, point


def _forecast_normal(seen: Seen, factor: float, _: float) -> tuple[Floats, Floats]:
    point = seen.foretold + factor * seen.foretold_error
    return point, point


def _s_S(seen: Seen, factor: float, _: float) -> tuple[Floats, Floats]:  # noqa: N802 - the policy's name
    point = _normal(seen, factor)
    return point, point + seen.lot


def _days_of_cover(seen: Seen, cover: float, width: float) -> tuple[Floats, Floats]:
    low = cover * seen.interval * seen.mean
    return low, low + width * seen.review * seen.mean


def _normal(seen: Seen, factor: float) -> Floats:
    return seen.mean * seen.interval + factor * seen.sd * np.sqrt(seen.interval)


_NORMAL = tuple((factor, 0.0) for factor in FACTORS)

PEERS: Mapping[str, Peer] = {
    "reorder_point": Peer(_NORMAL, _reorder_point),
    "order_up_to": Peer(_NORMAL, _order_up_to),
    "smoothing_normal": Peer(_NORMAL, _smoothing_normal),
    "forecast_normal": Peer(_NORMAL, _forecast_normal),
    "s_S": Peer(_NORMAL, _s_S),
    "days_of_cover": Peer(tuple((c, w) for w in WIDTHS for c in COVERS), _days_of_cover, hindsight=True),
}
"""``reorder_point``, ``order_up_to`` and ``s_S`` take demand for normal with mean and deviation of the recent steps;
``smoothing_normal`` and ``forecast_normal`` a forecast and the deviation of its past errors; ``days_of_cover`` is the
min-max rule in multiples of recent demand."""


def seen_at(shop: Shop, step: int, forecast: Forecast) -> Seen:
    """What the peers know at the close of ``step``."""
    span = shop.span
    known = shop.quantity[:, : step + 1]
    recent = known[:, -span.window :]
    count = np.maximum(np.isfinite(recent).sum(axis=1), 1)
    mean = np.nansum(recent, axis=1) / count
    square = np.nansum((recent - mean[:, None]) ** 2, axis=1)
    interval = shop.lead + span.review
    smoothed, smoothed_error = _smoothed(np.nan_to_num(known), interval)
    rows = np.arange(interval.size)
    at = np.searchsorted(np.array(forecast.protection_days), interval)
    foretold, size = forecast.mu[rows, at], forecast.k[rows, at]
    typical = np.median(shop.cost * mean) * span.review * ORDER_COST_SHARE
    holding = shop.cost * HOLDING_SHARE_PER_YEAR * span.days / 365.0
    return Seen(
        mean=mean,
        sd=np.sqrt(square / np.maximum(count - 1, 1)),
        smoothed=smoothed,
        smoothed_error=smoothed_error,
        foretold=foretold,
        foretold_error=np.sqrt(foretold + foretold**2 / size),
        interval=interval.astype(np.float64),
        review=float(span.review),
        lot=np.sqrt(2.0 * typical * mean / holding),
    )


def _smoothed(demand: Floats, interval: Ints) -> tuple[Floats, Floats]:
    """Demand [N] of the next ``interval`` steps by simple smoothing, at the weight of least error, and that error."""
    rows, steps = demand.shape
    sums = np.concatenate([np.zeros((rows, 1)), np.cumsum(demand, axis=1)], axis=1)
    level, error = np.zeros((len(SMOOTHING), rows)), np.zeros((len(SMOOTHING), rows))
    for a, alpha in enumerate(SMOOTHING):
        first = demand[:, : max(2, steps // 4)].mean(axis=1, keepdims=True)
        path, _ = lfilter([alpha], [1.0, alpha - 1.0], demand, axis=1, zi=(1.0 - alpha) * first)
        level[a] = path[:, -1]
        for length in np.unique(interval):
            own = interval == length
            came = sums[own][:, length:] - sums[own][:, :-length]
            miss = came[:, 1:] - length * path[own][:, : steps - length]
            error[a, own] = np.sqrt((miss[:, miss.shape[1] // 4 :] ** 2).mean(axis=1))
    best = np.argmin(error, axis=0)
    chosen = np.arange(rows)
    return level[best, chosen] * interval, error[best, chosen]


def peer_orders(shop: Shop, peer: Peer, seen: Seen, standing: Standing) -> Floats:
    """Units [C,N] that bring the position to the order-up-to level where it is at or below the reorder point."""
    levels = [peer.levels(seen, *setting) for setting in peer.sweep]
    point = np.maximum(np.stack([low for low, _ in levels]), 0.0)
    target = np.maximum(np.stack([high for _, high in levels]), 0.0)
    position = standing.position
    need = np.where(position <= point, np.maximum(target - position, 0.0), 0.0)
    packs = packs_for(need, np.broadcast_to(shop.minimum, need.shape), np.broadcast_to(shop.pack, need.shape))
    return np.asarray(packs * shop.pack, np.float64)
