"""Order-up-to levels of the classic policies, vectorised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

__all__ = ["cover_levels", "safety_stock"]

Floats = npt.NDArray[np.float64]


def cover_levels(daily: Floats, min_days: Floats, max_days: Floats) -> tuple[Floats, Floats]:
    """Reorder point and order-up-to level of a days-of-cover min-max rule [N], from average daily sales [N]."""
    return daily * min_days, daily * max_days


def safety_stock(service_level: Floats, variance: Floats, daily_mean: Floats, lead_sd: Floats) -> Floats:
    """Normal safety stock z * sqrt(Var(D) + d^2 * Var(L)) [N].

    ``variance`` of demand over lead time and review, ``daily_mean`` demand a day, ``lead_sd`` days. Silver, Pyke and
    Thomas, Inventory and Production Management in Supply Chains (2017), section 6.10.

    >>> round(float(safety_stock(np.array([0.95]), np.array([900.0]), np.array([20.0]), np.array([2.0]))[0]), 2)
    82.24
    """
    stock: Floats = ndtri(service_level) * np.sqrt(variance + daily_mean**2 * lead_sd**2)
    return stock
