"""Demand less the goods that come back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["net_deviation"]

Floats = npt.NDArray[np.float64]


def net_deviation(deviation: Floats, scores: Floats, *, rate: Floats, share: Floats, returned: Floats) -> Floats:
    """Quantiles less mean of N intervals' demand net of returns [N,Q], from those of demand alone.

    Each unit sold comes back with probability ``rate`` [N], always after the same time. Of the demand D of an interval,
    a part S is early enough to come back within it; ``share`` [N] = Var(S) / Var(D). With n units sold before the
    interval and due back in it, R = Binomial(n, r) + Binomial(S, r), and with S and D - S independent

        Var(D - R) = Var(D) - r (2 - r) Var(S) + r (1 - r) (n + E(S)):

    early demand returns part of its own stock, and which units come back is chance. ``returned`` [N] is E(R) =
    r (n + E(S)). ``deviation`` [N,Q] keeps its shape: its square is scaled by the variance that is left, and the
    binomial part is added as a normal one at the standard normal quantiles ``scores`` [Q].

    Source: Kelle and Silver, "Forecasting the returns of reusable containers", Journal of Operations Management 8
    (1989) 17-35: net demand of a lead time from the sales of each past period.

    Raises ValueError for shapes that do not fit, figures that are not finite, and shares outside 0 .. 1.

    >>> net_deviation(np.array([[10.0]]), np.array([1.0]), rate=np.array([0.5]), share=np.array([0.0]),
    ...               returned=np.array([88.0]))
    array([[12.]])
    """
    _check(deviation, scores, rate=rate, share=share, returned=returned)
    left = (1.0 - share * rate * (2.0 - rate))[:, None]
    chance = ((1.0 - rate) * returned)[:, None] * scores**2 * np.sign(scores)
    square = np.sign(deviation) * deviation**2 * left + chance
    net: Floats = np.sign(square) * np.sqrt(np.abs(square))
    return net


def _check(deviation: Floats, scores: Floats, **parts: Floats) -> None:
    problems = []
    if deviation.ndim != 2 or scores.shape != deviation.shape[1:]:
        problems.append(f"scores: shape {scores.shape}: must hold one score for each column of {deviation.shape}")
    for name, values in parts.items():
        if values.shape != deviation.shape[:1]:
            problems.append(f"{name}: shape {values.shape}: must be one figure a row of {deviation.shape}")
        elif not np.isfinite(values).all() or (values < 0).any() or (name != "returned" and (values > 1).any()):
            limit = "finite and not negative" if name == "returned" else "from 0 to 1"
            problems.append(f"{name}: holds {values.min():g} .. {values.max():g}: must be {limit}")
    if not (np.isfinite(deviation).all() and np.isfinite(scores).all()):
        problems.append("deviation and scores: must be finite; levels lie above 0 and below 1")
    if problems:
        raise ValueError("; ".join(problems))
