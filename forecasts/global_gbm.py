"""Gradient boosting over all rows at once: how a combination's mean, and its spread, are to be corrected.

Two LightGBM models on the windows of ``windows.py``. The first multiplies the expected demand of a window (Tweedie
loss; the expected demand is the offset, so without any tree nothing changes). The second multiplies the variance
(gamma loss on squared errors over the variance expected of the row). Together with the negative binomial they give a
whole distribution of the sum, at the price of two models instead of one for each quantile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasts.protocol import Flags, Floats
from forecasts.trees import Forest, read_forest, sum_trees
from forecasts.windows import Table

if TYPE_CHECKING:
    import lightgbm

__all__ = [
    "LEAST_WINDOWS",
    "SHARED_PARAMETERS",
    "available",
    "correct",
    "factor_of",
    "fit_mean_models",
    "fit_spread_models",
]

LEAST_WINDOWS = 12_000
"""Windows below which nothing is learnt across rows."""
MEAN_TREES, SPREAD_TREES = 60, 40
LARGEST_ERROR = 25.0
"""Squared errors count for at most this many expected variances."""
LEAST_EXPECTED = 0.02
"""Units below which an expected demand is taken for this much, so that one sale is no infinite surprise."""
LARGEST_FACTOR = 8.0
LEAST_LEAF, LARGEST_LEAF, WINDOWS_PER_LEAF = 20, 300, 50
SHARED_PARAMETERS: dict[str, Any] = {
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 20.0,
    "max_bin": 63,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
"""Of every model that rows share: strongly shrunk, and the same trees on any machine and with any load."""
_COMMON = {**SHARED_PARAMETERS, "learning_rate": 0.1, "feature_fraction": 0.7}
_MEAN = {**_COMMON, "objective": "tweedie", "tweedie_variance_power": 1.5, "num_leaves": 31}
_SPREAD = {**_COMMON, "objective": "gamma", "num_leaves": 15}


def available() -> bool:
    """Whether LightGBM can be loaded; it needs the system library libgomp."""
    try:
        import lightgbm  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def fit_mean_models(
    features: Table, actual: Floats, expected: Floats, *, seed: int, folds: Sequence[Flags]
) -> tuple[str, ...]:
    """Model texts of the correction of ``expected`` [W] towards ``actual`` [W] by ``features`` [W,F].

    The first is trained on all windows, each further one on those that its fold [W] keeps.
    """
    offset = np.log(np.maximum(expected, LEAST_EXPECTED))
    return _train({**_MEAN, "seed": seed}, _dataset(features, actual, offset), folds, MEAN_TREES)


def fit_spread_models(
    features: Table, square: Floats, variance: Floats, *, seed: int, folds: Sequence[Flags]
) -> tuple[str, ...]:
    """Model texts of the correction of ``variance`` [W] towards the squared errors ``square`` [W]; folds as above."""
    ratio = np.clip(square / variance, 1e-3, LARGEST_ERROR)
    return _train({**_SPREAD, "seed": seed}, _dataset(features, ratio, None), folds, SPREAD_TREES)


def correct(text: str, features: Table) -> Floats:
    """Factor [W] by which a model, given as text, changes what it was trained to correct."""
    return factor_of(read_forest(text), features)


def factor_of(forest: Forest, features: Table) -> Floats:
    """As ``correct``, by a model that was read already."""
    limit = np.log(LARGEST_FACTOR)
    return np.exp(np.clip(sum_trees(forest, features), -limit, limit))


def _dataset(features: Table, label: Floats, offset: Floats | None) -> lightgbm.Dataset:
    import lightgbm

    params = {key: _COMMON[key] for key in ("max_bin", "num_threads", "verbosity", "force_row_wise", "deterministic")}
    return lightgbm.Dataset(features, label, init_score=offset, params=params, free_raw_data=False).construct()


def _train(params: dict[str, Any], data: lightgbm.Dataset, folds: Sequence[Flags], trees: int) -> tuple[str, ...]:
    import lightgbm

    texts = []
    for kept in (None, *(np.nonzero(fold)[0].tolist() for fold in folds)):
        part = data if kept is None else data.subset(kept)
        windows = int(data.num_data()) if kept is None else len(kept)
        least = max(LEAST_LEAF, min(LARGEST_LEAF, windows // WINDOWS_PER_LEAF))
        booster = lightgbm.train({**params, "min_data_in_leaf": least}, part, num_boost_round=trees)
        texts.append(str(booster.model_to_string()))
    return tuple(texts)
