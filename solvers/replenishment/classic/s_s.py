"""Exact (s,S) policies: order up to S when the inventory position is at most s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.classic.s_s_kernels import mass_rows, negative_binomial_rows, poisson_rows

__all__ = ["SSPolicy", "solve_s_s", "solve_s_s_negative_binomial", "solve_s_s_poisson"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MASS_ERROR = 1e-9  # probabilities may miss one by so much
_WIDEST = 1e8  # units between s and S


@dataclass(frozen=True, slots=True)
class SSPolicy:
    """Levels of N items, in units of inventory position; [] where figures were given instead of arrays.

    ``reorder_point`` s and ``order_up_to`` S [N]; ``cost`` [N] expected holding, backorder and fixed cost a period.
    """

    reorder_point: Ints
    order_up_to: Ints
    cost: Floats


def solve_s_s_poisson(
    mean: npt.ArrayLike,
    *,
    holding_cost: npt.ArrayLike,
    backorder_cost: npt.ArrayLike,
    fixed_cost: npt.ArrayLike,
    lead_time_periods: npt.ArrayLike = 0,
) -> SSPolicy:
    """Best (s,S) for Poisson demand, reviewed every period, all shortages backlogged.

    Each argument is a figure or [N]. ``mean`` units a period (0: nothing is ever ordered, s = -1, S = 0);
    ``holding_cost`` and ``backorder_cost`` a unit at the end of a period, positive; ``fixed_cost`` an order, at least
    0; ``lead_time_periods`` whole periods until an order arrives (0: at once). The demand of L + 1 periods decides
    about stock at hand, that of one period about how long a cycle lasts.

    Raises ValueError naming every argument that is out of range or of another length.

    Zheng and Federgruen (1991), Finding Optimal (s,S) Policies Is About as Simple as Evaluating a Single Policy,
    Operations Research 39, 654-665.

    >>> policy = solve_s_s_poisson(10, holding_cost=1, backorder_cost=9, fixed_cost=64)  # their table 1
    >>> int(policy.reorder_point), int(policy.order_up_to), round(float(policy.cost), 3)
    (6, 40, 35.022)
    """
    given = {"mean": mean, **_prices(holding_cost, backorder_cost, fixed_cost), "lead_time_periods": lead_time_periods}
    rows, shape = _rows(given, ())
    return _policy(poisson_rows, (rows["mean"],), rows, rows["mean"], shape)


def solve_s_s_negative_binomial(
    mean: npt.ArrayLike,
    shape: npt.ArrayLike,
    *,
    holding_cost: npt.ArrayLike,
    backorder_cost: npt.ArrayLike,
    fixed_cost: npt.ArrayLike,
    lead_time_periods: npt.ArrayLike = 0,
) -> SSPolicy:
    """As :func:`solve_s_s_poisson`, for negative binomial demand of variance ``mean + mean^2 / shape``, shape > 0."""
    given = {
        "mean": mean,
        "shape": shape,
        **_prices(holding_cost, backorder_cost, fixed_cost),
        "lead_time_periods": lead_time_periods,
    }
    rows, form = _rows(given, ())
    return _policy(negative_binomial_rows, (rows["mean"], rows["shape"]), rows, rows["mean"], form)


def solve_s_s(
    probability: npt.ArrayLike,
    *,
    holding_cost: npt.ArrayLike,
    backorder_cost: npt.ArrayLike,
    fixed_cost: npt.ArrayLike,
    lead_time_periods: npt.ArrayLike = 0,
) -> SSPolicy:
    """As :func:`solve_s_s_poisson`, for demand of x units a period with ``probability[..., x]`` [X] or [N,X].

    Each row adds up to 1 (within 1e-9).
    """
    mass = np.asarray(probability, dtype=np.float64)
    if mass.ndim not in (1, 2) or mass.size == 0:
        raise ValueError(f"probability: shape {mass.shape}: must be [X] or [N,X], not empty")
    faults = []
    if not (np.isfinite(mass).all() and (mass >= 0.0).all()):
        faults.append("probability: must be finite and at least 0")
    elif (wrong := np.abs(mass.sum(axis=-1) - 1.0) > _MASS_ERROR).any():
        row = int(np.flatnonzero(wrong)[0])
        total = float(np.atleast_2d(mass)[row].sum())
        faults.append(f"probability: row {row} adds up to {total}: must be 1")
    given = {**_prices(holding_cost, backorder_cost, fixed_cost), "lead_time_periods": lead_time_periods}
    rows, shape = _rows(given, mass.shape[:-1], faults)
    whole = np.ascontiguousarray(np.broadcast_to(mass, (rows["fixed_cost"].size, mass.shape[-1])))
    return _policy(mass_rows, (whole,), rows, whole @ np.arange(mass.shape[-1], dtype=np.float64), shape)


def _prices(
    holding_cost: npt.ArrayLike, backorder_cost: npt.ArrayLike, fixed_cost: npt.ArrayLike
) -> dict[str, npt.ArrayLike]:
    return {"holding_cost": holding_cost, "backorder_cost": backorder_cost, "fixed_cost": fixed_cost}


_ZERO_ALLOWED = ("mean", "fixed_cost", "lead_time_periods")


def _rows(
    given: dict[str, npt.ArrayLike], shape: tuple[int, ...], faults: list[str] | None = None
) -> tuple[dict[str, Floats], tuple[int, ...]]:
    """The arguments as contiguous [N], and the shape of the answer."""
    faults = [] if faults is None else faults
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
    for name, array in arrays.items():
        least = array >= 0.0 if name in _ZERO_ALLOWED else array > 0.0
        if not (np.isfinite(array) & least).all():
            faults.append(f"{name}: must be finite and {'at least' if name in _ZERO_ALLOWED else 'above'} 0")
    lead = arrays["lead_time_periods"]
    if (np.isfinite(lead) & (lead != np.floor(lead))).any():
        faults.append("lead_time_periods: must be whole periods")
    try:
        shape = np.broadcast_shapes(shape, *(array.shape for array in arrays.values()))
    except ValueError:
        faults.append("lengths differ: " + ", ".join(f"{name} {array.shape}" for name, array in arrays.items()))
    if len(shape) > 1:
        faults.append(f"shape {shape}: each argument must be a figure or [N]")
    if faults:
        raise ValueError("(s,S): " + "; ".join(faults))
    count = shape[0] if shape else 1
    return {name: np.ascontiguousarray(np.broadcast_to(a.reshape(-1), count)) for name, a in arrays.items()}, shape


def _policy(
    solve_rows: Callable[..., tuple[Ints, Ints, Floats]],
    demand: tuple[Floats, ...],
    rows: dict[str, Floats],
    mean: Floats,
    shape: tuple[int, ...],
) -> SSPolicy:
    money = np.stack([rows["holding_cost"], rows["backorder_cost"], rows["fixed_cost"]], axis=1)
    holding, backorder, fixed = money.T
    units = np.sqrt(2.0 * fixed * mean * holding * backorder / (holding + backorder)) * (1 / holding + 1 / backorder)
    if (units > _WIDEST).any():
        row = int(np.argmax(units))
        raise ValueError(
            f"(s,S): row {row}: about {units[row]:.3g} units from s to S, at most {_WIDEST:g}: count in larger units"
        )
    low, high, cost = solve_rows(*demand, rows["lead_time_periods"].astype(np.int64), np.ascontiguousarray(money))
    return SSPolicy(low.reshape(shape), high.reshape(shape), cost.reshape(shape))
