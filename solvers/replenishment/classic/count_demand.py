"""Demand in whole units: Poisson and negative binomial.

Symbols: D demand, mu mean, sigma^2 variance; negative binomial with r = mu^2 / (sigma^2 - mu) and
p = mu / sigma^2, P(D = k) = Gamma(r + k) / (Gamma(r) k!) p^r (1 - p)^k.
Source: Zipkin, Foundations of Inventory Management (2000), sections C.2.3.5 and C.2.3.6; Snyder and Shen, Fundamentals
of Supply Chain Theory, 2nd ed. (2019), (C.41) and (C.42) (Poisson loss).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items

__all__ = ["NegativeBinomialDemand", "PoissonDemand", "whole_quantile"]


@dataclass(frozen=True, slots=True)
class PoissonDemand:
    """Poisson demand of ``mean`` [N] units."""

    mean: Floats

    def __init__(self, mean: Numbers) -> None:
        (mean,) = take_items(nonnegative={"mean": mean})
        object.__setattr__(self, "mean", mean)

    @property
    def whole(self) -> bool:
        """Whether demand comes in whole units."""
        return True

    def tail(self, stock: Floats) -> Floats:
        """P(D > stock) [N]."""
        return _poisson_tail(np.floor(stock), self.mean)

    def short(self, stock: Floats) -> Floats:
        """E[(D - x)^+] = mu P(D >= k) - x P(D > k), k the whole part of x [N]."""
        below = np.floor(stock)
        short = self.mean * _poisson_tail(below - 1.0, self.mean) - stock * _poisson_tail(below, self.mean)
        return _held_above_zero(short, stock, self.mean)

    def quantile(self, level: Floats) -> Floats:
        """Smallest whole stock that covers demand with probability ``level`` [N]."""
        root = np.sqrt(self.mean)
        skew = np.divide(1.0, root, out=np.zeros_like(root), where=root > 0.0)
        return whole_quantile(_poisson_tail, (self.mean,), level, (self.mean, root, skew))


@dataclass(frozen=True, slots=True)
class NegativeBinomialDemand:
    """Negative binomial demand by ``mean`` [N] and ``variance`` [N], which must be above the mean."""

    mean: Floats
    variance: Floats

    def __init__(self, mean: Numbers, variance: Numbers) -> None:
        mean, variance = take_items(positive={"mean": mean, "variance": variance})
        small = np.flatnonzero(variance <= mean)
        if small.size:
            item = small[0]
            raise ValueError(
                f"variance of item {item}: {variance[item]:g} must be above its mean {mean[item]:g}"
                f" ({small.size} such items); take PoissonDemand where they are equal"
            )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "variance", variance)

    @property
    def whole(self) -> bool:
        """Whether demand comes in whole units."""
        return True

    def tail(self, stock: Floats) -> Floats:
        """P(D > stock) [N]."""
        size, chance = self._size_and_chance()
        return _negative_binomial_tail(np.floor(stock), size, chance)

    def short(self, stock: Floats) -> Floats:
        """E[(D - x)^+] = mu P(D' >= k) - x P(D > k), D' of size r + 1, k the whole part of x [N]."""
        below = np.floor(stock)
        size, chance = self._size_and_chance()
        # k P(D = k; r) = mu P(D = k - 1; r + 1), so the units above k are mu times a tail of the larger size.
        weighted = self.mean * _negative_binomial_tail(below - 1.0, size + 1.0, chance)
        short = weighted - stock * _negative_binomial_tail(below, size, chance)
        return _held_above_zero(short, stock, self.mean)

    def quantile(self, level: Floats) -> Floats:
        """Smallest whole stock that covers demand with probability ``level`` [N]."""
        size, chance = self._size_and_chance()
        skew = (2.0 - chance) / np.sqrt(size * (1.0 - chance))
        spread = (self.mean, np.sqrt(self.variance), skew)
        return whole_quantile(_negative_binomial_tail, (size, chance), level, spread)

    def _size_and_chance(self) -> tuple[Floats, Floats]:
        return self.mean**2 / (self.variance - self.mean), self.mean / self.variance


def whole_quantile(
    tail: Callable[..., Floats], shape: tuple[Floats, ...], level: Floats, spread: tuple[Floats, Floats, Floats]
) -> Floats:
    """Smallest whole k [N] with tail(k, *shape) <= 1 - level.

    From the Cornish-Fisher guess by mean, standard deviation and skewness (``spread``) in doubling steps until the
    answer is between two bounds, then by halving; only items that are not done yet are looked at.
    """
    from scipy.special import ndtri

    mean, sd, skew, level, *shape_all = np.broadcast_arrays(*spread, level, *shape)
    z = ndtri(level)
    guess: Floats = np.maximum(np.floor(mean + sd * (z + skew * (z * z - 1.0) / 6.0)), 0.0)
    high: Floats = guess.copy()
    low: Floats = np.full(guess.shape, -1.0)  # tail(high) is small enough at the end, tail(low) never

    def covered(at: Floats, rows: np.ndarray) -> np.ndarray:
        return np.asarray(tail(at, *(one[rows] for one in shape_all)) <= 1.0 - level[rows])

    rows, step = np.arange(guess.size), 1.0
    enough = covered(high, rows)
    low[~enough] = high[~enough]
    rising, falling = rows[~enough], rows[enough & (high > 0.0)]
    while rising.size or falling.size:
        high[rising] = low[rising] + step
        good = covered(high[rising], rising)
        low[rising[~good]] = high[rising[~good]]
        rising = rising[~good]
        tried = np.maximum(high[falling] - step, -1.0)
        good = (tried >= 0.0) & covered(tried, falling)
        low[falling[~good]] = tried[~good]
        high[falling[good]] = tried[good]
        falling = falling[good]
        step *= 2.0
    rows = np.flatnonzero(high - low > 1.0)
    while rows.size:
        middle = np.floor((high[rows] + low[rows]) / 2.0)
        good = covered(middle, rows)
        high[rows[good]] = middle[good]
        low[rows[~good]] = middle[~good]
        rows = rows[high[rows] - low[rows] > 1.0]
    return high


def _poisson_tail(k: Floats, mean: Floats) -> Floats:
    """P(D > k) for whole k."""
    from scipy.special import pdtrc

    tail: Floats = np.where(k < 0.0, 1.0, pdtrc(np.maximum(k, 0.0), mean))
    return tail


def _negative_binomial_tail(k: Floats, size: Floats, chance: Floats) -> Floats:
    """P(D > k) for whole k: the regularised incomplete beta function I_{1-p}(k + 1, r)."""
    from scipy.special import betainc

    tail: Floats = np.where(k < 0.0, 1.0, betainc(np.maximum(k, 0.0) + 1.0, size, 1.0 - chance))
    return tail


def _held_above_zero(short: Floats, stock: Floats, mean: Floats) -> Floats:
    """Rounding may leave a hair below the bounds n(x) >= 0 and n(x) >= mu - x."""
    held: Floats = np.maximum(np.maximum(short, 0.0), mean - stock)
    return held
