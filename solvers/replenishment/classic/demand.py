"""Demand of a period or protection interval as the classic models take it, and its continuous distributions.

Symbols: D demand, F its distribution, n(x) = E[(D - x)^+] its first-order loss function (units short).
Source: Zipkin, Foundations of Inventory Management (2000), section C.2 (loss functions) and C.3 (distributions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items
from solvers.replenishment.classic.normal_loss import normal_loss, normal_tail

__all__ = ["Demand", "LognormalDemand", "NormalDemand"]


class Demand(Protocol):
    """N items with a distribution each (or one, which holds for all)."""

    @property
    def mean(self) -> Floats:
        """E[D] [N]."""

    @property
    def whole(self) -> bool:
        """Whether demand comes in whole units."""

    def tail(self, stock: Floats) -> Floats:
        """P(D > stock) [N]."""

    def short(self, stock: Floats) -> Floats:
        """E[(D - stock)^+] [N]."""

    def quantile(self, level: Floats) -> Floats:
        """Smallest stock [N] with P(D <= stock) >= level, 0 < level < 1."""


@dataclass(frozen=True, slots=True)
class NormalDemand:
    """Normal demand: ``mean`` [N], ``sd`` [N] units."""

    mean: Floats
    sd: Floats

    def __init__(self, mean: Numbers, sd: Numbers) -> None:
        sd, mean = take_items(nonnegative={"sd": sd}, finite={"mean": mean})
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "sd", sd)

    @property
    def whole(self) -> bool:
        """Whether demand comes in whole units."""
        return False

    def tail(self, stock: Floats) -> Floats:
        """P(D > stock) [N]."""
        return normal_tail(stock, self.mean, self.sd)

    def short(self, stock: Floats) -> Floats:
        """E[(D - stock)^+] [N]."""
        return normal_loss(stock, self.mean, self.sd)

    def quantile(self, level: Floats) -> Floats:
        """Mu + sigma Phi^-1(level) [N]."""
        from scipy.special import ndtri

        stock: Floats = self.mean + self.sd * ndtri(level)
        return stock


@dataclass(frozen=True, slots=True)
class LognormalDemand:
    """Lognormal demand by its own ``mean`` [N] and ``sd`` [N] in units, not those of its logarithm.

    ln D ~ N(m, s^2) with s^2 = ln(1 + (sd / mean)^2) and m = ln mean - s^2 / 2.
    """

    mean: Floats
    sd: Floats

    def __init__(self, mean: Numbers, sd: Numbers) -> None:
        mean, sd = take_items(positive={"mean": mean, "sd": sd})
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "sd", sd)

    @property
    def whole(self) -> bool:
        """Whether demand comes in whole units."""
        return False

    def tail(self, stock: Floats) -> Floats:
        """P(D > stock) [N]."""
        from scipy.special import ndtr

        center, spread = self._logarithm()
        tail: Floats = ndtr((center - _log(stock)) / spread)
        return tail

    def short(self, stock: Floats) -> Floats:
        """E[(D - stock)^+] = mean Phi((m + s^2 - ln x) / s) - x Phi((m - ln x) / s) [N]."""
        from scipy.special import ndtr

        center, spread = self._logarithm()
        z = (center - _log(stock)) / spread
        short = self.mean * ndtr(z + spread) - np.maximum(stock, 0.0) * ndtr(z)
        result: Floats = np.maximum(short, 0.0) + np.maximum(-stock, 0.0)
        return result

    def quantile(self, level: Floats) -> Floats:
        """Exp(m + s Phi^-1(level)) [N]."""
        from scipy.special import ndtri

        center, spread = self._logarithm()
        stock: Floats = np.exp(center + spread * ndtri(level))
        return stock

    def _logarithm(self) -> tuple[Floats, Floats]:
        variance = np.log1p((self.sd / self.mean) ** 2)
        return np.log(self.mean) - 0.5 * variance, np.sqrt(variance)


def _log(stock: Floats) -> Floats:
    """Ln of the stock, minus infinity where there is none."""
    log: Floats = np.log(stock, out=np.full(stock.shape, -np.inf), where=stock > 0.0)
    return log
