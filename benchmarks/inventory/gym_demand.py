"""What a blind policy believes of demand: a particle filter that learns from the demand it has seen, and nothing else.

Each particle is a guess of level, slope, one season of unknown length, jumps of the level and spread. The ranges are
wide and not those of any scenario: the filter knows that demand may drift, cycle and jump, not how.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

__all__ = ["DemandFilter"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
PARTICLES = 4000
JUMP_CHANCE = 0.03  # a period
JUMP_SD = 0.8  # of the log of the level
SEASON_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class _Guesses:
    """P guesses [P] each: demand of period t is negative binomial with mean level * trend * season * exp(jump)."""

    level: Floats
    slope: Floats
    amplitude: Floats
    season_periods: Floats
    phase: Floats
    jump: Floats
    size: Floats

    def mean(self, period: int) -> Floats:
        """Mean demand of a period [P]."""
        season = 1.0 + self.amplitude * np.sin(2.0 * np.pi * period / self.season_periods + self.phase)
        trend = np.maximum(1.0 + self.slope * period, 0.05)
        mean: Floats = np.maximum(self.level * trend * season * np.exp(self.jump), 0.05)
        return mean

    def chosen(self, which: Ints) -> _Guesses:
        """The guesses at these places."""
        return _Guesses(*(getattr(self, name)[which] for name in self.__slots__))


@dataclass(slots=True)
class DemandFilter:
    """Beliefs about one market; ``prior_mean`` is what is expected before anything was seen, give or take half."""

    prior_mean: float
    rng: np.random.Generator
    period: int = 0
    _guesses: _Guesses = field(init=False)

    def __post_init__(self) -> None:
        rng, count = self.rng, PARTICLES
        self._guesses = _Guesses(
            level=self.prior_mean * np.exp(rng.normal(0.0, 0.5, count)),
            slope=rng.normal(0.01, 0.03, count),
            amplitude=rng.uniform(0.0, 0.7, count) * (rng.random(count) < SEASON_CHANCE),
            season_periods=np.exp(rng.uniform(np.log(7.0), np.log(60.0), count)),
            phase=rng.uniform(0.0, 2.0 * np.pi, count),
            jump=np.zeros(count),
            size=np.exp(rng.uniform(np.log(2.0), np.log(300.0), count)),
        )

    def see(self, demand: float) -> None:
        """Learn the demand of the next period: weigh, resample (systematically), stir."""
        moved = replace(self._guesses, jump=self._guesses.jump + self._jumps(PARTICLES))
        mean, size = moved.mean(self.period), moved.size
        likely = gammaln(demand + size) - gammaln(size) + size * np.log(size / (size + mean))
        likely += demand * np.log(mean / (size + mean))
        share = np.cumsum(np.exp(likely - likely.max()))
        places = (np.arange(PARTICLES) + self.rng.random()) / PARTICLES * share[-1]
        kept = moved.chosen(np.minimum(np.searchsorted(share, places), PARTICLES - 1))
        self._guesses = self._stirred(kept)
        self.period += 1

    def paths(self, periods: int, count: int) -> Floats:
        """Demand of the periods to come [count, periods], drawn from the beliefs."""
        guesses = self._guesses.chosen(self.rng.integers(0, PARTICLES, count))
        out = np.empty((count, periods))
        for ahead in range(periods):
            guesses = replace(guesses, jump=guesses.jump + self._jumps(count))
            mean = guesses.mean(self.period + ahead)
            out[:, ahead] = self.rng.poisson(self.rng.gamma(guesses.size, mean / guesses.size))
        return out

    def _jumps(self, count: int) -> Floats:
        return (self.rng.random(count) < JUMP_CHANCE) * self.rng.normal(0.0, JUMP_SD, count)

    def _stirred(self, kept: _Guesses) -> _Guesses:
        """Resampling makes copies; small noise keeps them apart."""
        rng = self.rng

        def noise(sd: float) -> Floats:
            return rng.normal(0.0, sd, PARTICLES)

        return _Guesses(
            level=kept.level * np.exp(noise(0.02)),
            slope=kept.slope + noise(0.002),
            amplitude=np.clip(kept.amplitude * np.exp(noise(0.03)), 0.0, 0.95),
            season_periods=kept.season_periods * np.exp(noise(0.02)),
            phase=kept.phase + noise(0.05),
            jump=kept.jump,
            size=kept.size * np.exp(noise(0.05)),
        )
