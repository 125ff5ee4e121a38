"""First and second loss function of the normal distribution.

Symbols: D ~ N(mu, sigma^2), z = (x - mu) / sigma, phi and Phi its standard density and distribution.
Source: Zipkin, Foundations of Inventory Management (2000), section C.2; Snyder and Shen, Fundamentals of Supply Chain
Theory, 2nd ed. (2019), (C.31) to (C.34).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from solvers.replenishment.classic.arguments import Floats

__all__ = ["normal_density", "normal_loss", "normal_second_loss", "normal_tail"]

_FAR: Final = 40.0
_ROOT_TWO: Final = math.sqrt(2.0)
_ROOT_HALF_PI: Final = math.sqrt(0.5 * math.pi)
_ROOT_TWO_PI: Final = math.sqrt(2.0 * math.pi)


def normal_density(z: Floats) -> Floats:
    """phi(z)."""
    density: Floats = np.exp(-0.5 * z * z) / _ROOT_TWO_PI
    return density


def normal_tail(x: Floats, mean: Floats, sd: Floats) -> Floats:
    """P(D > x); with no spread one below the mean and zero from it on."""
    from scipy.special import ndtr

    above = _distance(x, mean, sd)
    tail: Floats = np.where(x < mean, ndtr(above), ndtr(-above))
    return np.where((sd <= 0.0) & (x >= mean), 0.0, tail)


def normal_loss(x: Floats, mean: Floats, sd: Floats) -> Floats:
    """n(x) = E[(D - x)^+] = sigma (phi(z) - z (1 - Phi(z))).

    >>> import numpy as np
    >>> normal_loss(np.array([56.60395592743389]), np.array([50.0]), np.array([8.0])).round(4)
    array([0.9192])
    """
    above = _distance(x, mean, sd)
    tail = normal_density(above) * np.maximum(1.0 - above * _mills(above), 0.0)
    # Below the mean by n(z) = n(-z) - z, so that only the right tail has to be exact.
    loss: Floats = sd * tail + np.maximum(mean - x, 0.0)
    return loss


def normal_second_loss(x: Floats, mean: Floats, sd: Floats) -> Floats:
    """n2(x) = E[((D - x)^+)^2] / 2 = sigma^2 / 2 ((z^2 + 1)(1 - Phi(z)) - z phi(z))."""
    above = _distance(x, mean, sd)
    tail = 0.5 * normal_density(above) * np.maximum((above * above + 1.0) * _mills(above) - above, 0.0)
    # Below the mean by n2(z) = (z^2 + 1) / 2 - n2(-z).
    below = 0.5 * ((x - mean) ** 2 + sd**2)
    second: Floats = np.where(x >= mean, sd**2 * tail, below - sd**2 * tail)
    return second


def _distance(x: Floats, mean: Floats, sd: Floats) -> Floats:
    """|z|, at most 40, beyond which nothing is left of the tail; that without spread, too."""
    gap = np.abs(x - mean)
    near = gap < _FAR * sd
    distance: Floats = np.where(near, gap / np.where(near, sd, 1.0), _FAR)
    return distance


def _mills(z: Floats) -> Floats:
    """(1 - Phi(z)) / phi(z) for z >= 0, without the loss of digits that dividing would have."""
    from scipy.special import erfcx

    ratio: Floats = _ROOT_HALF_PI * erfcx(z / _ROOT_TWO)
    return ratio
