"""Forecasts of rows and of their sums by category, region and nation that add up.

``bottom_up`` sums the rows. ``min_trace`` moves rows and sums as little as their variances allow until they add up and
none is negative (Wickramasuriya et al., Optimal non-negative forecast reconciliation, 2020), by the package
``hierarchicalforecast``. Quantiles follow the mean of their node: they are scaled, so a calibrated quantile keeps its
place relative to the mean, and quantiles of sums are never sums of quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasts.protocol import Floats, Ints

__all__ = ["Hierarchy", "bottom_up", "hierarchy", "min_trace", "scaled_quantiles"]

_LEAST_VARIANCE = 1e-6
"""Share of the mean variance below which a node's variance is not taken to be: the solver needs a scale."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Sums of N rows, M of them: ``level`` and ``name`` [M] of each; ``sums`` is sparse [M+N,N], the rows last."""

    level: tuple[str, ...]
    name: tuple[str, ...]
    sums: Any

    @property
    def rows(self) -> int:
        """Number of rows N."""
        return int(self.sums.shape[1])


def hierarchy(levels: Mapping[str, Sequence[str]]) -> Hierarchy:
    """Sums by each label of each level; ``levels`` gives every level's label of each row [N].

    Levels need not nest: categories and regions may cross. Raises ValueError where levels differ in length.
    """
    from scipy import sparse

    sizes = {name: len(labels) for name, labels in levels.items()}
    if len(set(sizes.values())) != 1:
        raise ValueError(f"levels: every level needs one label a row, got {sizes}")
    rows = next(iter(sizes.values()))
    found: list[tuple[str, str]] = []
    node: list[Ints] = []
    for level, labels in levels.items():
        names, index = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
        node.append(index + len(found))
        found += [(level, str(name)) for name in names]
    node.append(len(found) + np.arange(rows))
    member = np.tile(np.arange(rows), len(node))
    cells = (np.ones(member.size), (np.concatenate(node), member))
    sums = sparse.csr_matrix(cells, shape=(len(found) + rows, rows))
    return Hierarchy(tuple(level for level, _ in found), tuple(name for _, name in found), sums)


def bottom_up(tree: Hierarchy, rows: Floats) -> Floats:
    """Sums and rows [M+N,H] of the rows' means [N,H]."""
    return np.asarray(tree.sums @ rows)


def min_trace(tree: Hierarchy, mean: Floats, variance: Floats) -> Floats:
    """Means [M+N,H] that add up, none negative, nearest to ``mean`` [M+N,H] by the weights 1 / ``variance`` [M+N].

    Where the solver of the package gives up, the nearest means of any sign are taken and negative rows set to zero.

    Raises ValueError for shapes that do not fit and for means or variances that are negative or not finite.
    """
    from hierarchicalforecast.methods import MinTraceSparse  # type: ignore[import-untyped, unused-ignore]

    _check(tree, mean, variance)
    if mean.shape[1] == 0 or not mean.any():
        return np.zeros_like(mean)
    # Residuals of two made-up days have just this variance; the package asks for residuals.
    spread = np.sqrt(np.maximum(variance, _LEAST_VARIANCE * max(float(variance.mean()), 1.0)) / 2.0)
    residual = np.stack([spread, -spread], axis=1)
    scale = float(mean.max())  # the solver's tolerance is absolute
    past = {"y_insample": residual / scale, "y_hat_insample": np.zeros_like(residual)}
    model = MinTraceSparse(method="wls_var", nonnegative=True)
    try:
        model.fit(tree.sums, mean / scale, **past)
    except Exception:  # noqa: BLE001 - the package raises no narrower one when its solver gives up
        model = MinTraceSparse(method="wls_var", nonnegative=False)
        model.fit(tree.sums, mean / scale, **past)
    rows = np.asarray(model.y_hat)[-tree.rows :] * scale
    return bottom_up(tree, np.maximum(rows, 0.0))


def scaled_quantiles(quantile: Floats, before: Floats, after: Floats) -> Floats:
    """Quantiles [...,Q] of nodes whose mean went from ``before`` to ``after`` [...], scaled with it.

    Where the mean was zero there is nothing to scale: every quantile is the new mean.
    """
    grow = np.divide(after, before, out=np.zeros_like(after), where=before > 0)
    return np.where((before > 0)[..., None], quantile * grow[..., None], after[..., None])


def _check(tree: Hierarchy, mean: Floats, variance: Floats) -> None:
    nodes = int(tree.sums.shape[0])
    if mean.ndim != 2 or mean.shape[0] != nodes or variance.shape != (nodes,):
        raise ValueError(f"mean and variance must be [{nodes},H] and [{nodes}], got {mean.shape} and {variance.shape}")
    for name, values in (("mean", mean), ("variance", variance)):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise ValueError(f"{name}: every value must be finite and not negative")
