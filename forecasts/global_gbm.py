"""Gradient boosting over all rows at once: how a combination's mean, and its spread, are to be corrected.

Two LightGBM models on the windows of ``windows.py``. The first multiplies the expected demand of a window (Tweedie
loss; the expected demand is the offset, so without any tree nothing changes). The second multiplies the variance
(gamma loss on squared errors over the variance expected of the row). Together with the negative binomial they give a
whole distribution of the sum, at the price of two models instead of one for each quantile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecasts.protocol import Floats
from forecasts.windows import FEATURES

if TYPE_CHECKING:
    import lightgbm

__all__ = ["LEAST_WINDOWS", "available", "correct", "fit_mean_model", "fit_spread_model"]

LEAST_WINDOWS = 3000
"""Windows below which nothing is learnt across rows."""
MEAN_TREES, SPREAD_TREES = 60, 40
LARGEST_ERROR = 25.0
"""Squared errors count for at most this many expected variances."""
LEAST_EXPECTED = 0.02
"""Units below which an expected demand is taken for this much, so that one sale is no infinite surprise."""
LARGEST_FACTOR = 8.0
_COMMON: dict[str, Any] = {
    "learning_rate": 0.1,
    "min_data_in_leaf": 300,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 20.0,
    "max_bin": 63,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
_MEAN = {**_COMMON, "objective": "tweedie", "tweedie_variance_power": 1.5, "num_leaves": 31}
_SPREAD = {**_COMMON, "objective": "gamma", "num_leaves": 15}
_GROUP = FEATURES.index("group")


def available() -> bool:
    """Whether LightGBM can be loaded; it needs the system library libgomp."""
    try:
        import lightgbm  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def fit_mean_model(features: Floats, actual: Floats, expected: Floats, seed: int) -> str:
    """Model text of the correction of ``expected`` [W] towards ``actual`` [W] by ``features`` [W,F]."""
    offset = np.log(np.maximum(expected, LEAST_EXPECTED))
    return _train(_MEAN, features, actual, seed, MEAN_TREES, offset)


def fit_spread_model(features: Floats, square: Floats, variance: Floats, seed: int) -> str:
    """Model text of the correction of ``variance`` [W] towards the squared errors ``square`` [W]."""
    ratio = np.clip(square / variance, 1e-3, LARGEST_ERROR)
    return _train(_SPREAD, features, ratio, seed, SPREAD_TREES, None)


def correct(text: str, features: Floats) -> Floats:
    """Factor [W] by which a model changes what it was trained to correct."""
    import lightgbm

    booster = lightgbm.Booster(model_str=text)
    raw = np.asarray(booster.predict(features, raw_score=True, num_threads=1), dtype=np.float64)
    limit = np.log(LARGEST_FACTOR)
    return np.exp(np.clip(raw, -limit, limit))


def _train(
    params: dict[str, Any], features: Floats, label: Floats, seed: int, trees: int, offset: Floats | None
) -> str:
    import lightgbm

    data: lightgbm.Dataset = lightgbm.Dataset(
        features, label, init_score=offset, categorical_feature=[_GROUP], free_raw_data=True
    )
    least = max(20, min(int(_COMMON["min_data_in_leaf"]), label.size // 50))
    seeds = {"seed": seed, "min_data_in_leaf": least, "max_cat_to_onehot": 4}
    booster = lightgbm.train({**params, **seeds}, data, num_boost_round=trees)
    return str(booster.model_to_string())
