"""Regression with structured errors: what is known ahead moves demand, a state space model holds the rest.

By feasible generalized least squares: a model of the rest is fitted, its Kalman filter turns demand and columns into
innovations that no longer depend on each other, least squares on those gives the coefficients, and the model is fitted
again to what they leave (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, 3.4 and 7.3).
The likelihood is the same as that of a model with all coefficients among its parameters, at a small part of the cost.
Weak priors keep what was hardly ever seen near no effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecasts.protocol import Flags, Floats
from forecasts.regressors import PRICE, Regressors

__all__ = ["Regression", "fit_regression", "innovations", "transformed"]

ROUNDS = 2
"""Fits of the model of the rest, each followed by the coefficients; more change these by less than their errors."""
MOST_STEPS = 50
PRIOR_DEVIATION, PRIOR_ELASTICITY = 1.0, 3.0
"""Standard deviations about no effect: of events, promotions and weekdays as shares of demand, of the elasticity."""
BURN_IN = 14
"""Days on which the filter does not yet know the level."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted row: demand is ``scale`` times z, or ``scale * lift * exp(z)`` where ``log``, and z = X b + rest.

    ``coefficient`` [K] and ``covariance`` [K,K] are of z: shares of the mean demand, or of logarithms. ``rest`` [T+H]
    is what the model of the rest expected of each day the day before, and in the horizon from its start. ``states``
    are statsmodels' results on the rest, the horizon appended as days without observation.
    """

    regressors: Regressors
    coefficient: Floats
    covariance: Floats
    rest: Floats
    states: Any
    scale: float
    log: bool
    lift: float = 1.0

    @property
    def mean(self) -> Floats:
        """Expected demand [T+H]: one day ahead in the past, from the origin on in the horizon."""
        return self.demand(self.rest + self.regressors.values @ self.coefficient)

    def demand(self, z: Floats) -> Floats:
        """Units a day of an expected z, same shape."""
        return np.asarray(self.scale * (self.lift * np.exp(z) if self.log else z))


def fit_regression(build: Callable[[Floats], Any], quantity: Floats, regressors: Regressors) -> Regression:
    """Fit demand ``quantity`` [T] (NaN where unknown) on ``regressors`` [T+H,K].

    ``build`` makes a statsmodels state space model without regressors of a series. Logarithms are used where every
    known day sold something, so that effects multiply; else effects add.
    """
    known = np.isfinite(quantity)
    scale = float(quantity[known].mean())
    log = bool((quantity[known] > 0).all())
    z = transformed(quantity, scale, log)
    past = regressors.values[: quantity.size]
    coefficient: Floats = np.zeros(past.shape[1])
    covariance: Floats = np.zeros((past.shape[1], past.shape[1]))
    deviation = np.array([PRIOR_ELASTICITY if kind == PRICE else PRIOR_DEVIATION for kind in regressors.kind])
    parameters = None
    for _ in range(ROUNDS):
        fitted = build(z - past @ coefficient).fit(parameters, disp=0, maxiter=MOST_STEPS)
        parameters = fitted.params
        if past.shape[1]:
            white = innovations(fitted, np.column_stack([past, z]), known)
            covariance = np.asarray(np.linalg.inv(white[:, :-1].T @ white[:, :-1] + np.diag(deviation**-2.0)))
            coefficient = covariance @ (white[:, :-1].T @ white[:, -1])
    horizon = np.full(len(regressors.values) - quantity.size, np.nan)
    states = build(np.concatenate([z - past @ coefficient, horizon])).smooth(parameters)
    rest = np.asarray(states.filter_results.forecasts[0])
    found = Regression(regressors, coefficient, covariance, rest, states, scale, log)
    return replace(found, lift=_lift(found, quantity, known)) if log else found


def transformed(quantity: Floats, scale: float, log: bool) -> Floats:
    """The z of demand, same shape."""
    return np.asarray(np.log(quantity / scale) if log else quantity / scale)


def innovations(fitted: Any, columns: Floats, known: Flags) -> Floats:
    """What the fitted model's filter leaves of ``columns`` [T,K], each divided by its standard deviation; 0 if unknown.

    The filter is linear, and its gains depend on the model and on which days are known alone, so they serve every
    column at once.
    """
    filtered = fitted.filter_results
    transition, design = filtered.transition[:, :, 0], filtered.design[0, :, 0]
    gain = filtered.kalman_gain[:, 0, :]
    deviation = np.sqrt(filtered.forecasts_error_cov[0, 0, :])
    state = np.zeros((transition.shape[0], columns.shape[1]))
    out = np.zeros_like(columns)
    for day in range(len(columns)):
        if known[day]:
            surprise = columns[day] - design @ state
            out[day] = surprise / deviation[day]
            state = transition @ state + gain[:, day, None] * surprise
        else:
            state = transition @ state
    return out


def _lift(found: Regression, quantity: Floats, known: Flags) -> float:
    """What the exponential of a mean of logarithms falls short of the mean demand (smearing, Duan 1983)."""
    judged = known & (np.arange(quantity.size) >= min(BURN_IN, quantity.size // 2))
    return float(quantity[judged].sum() / found.mean[: quantity.size][judged].sum())
