"""Gradient boosting of logarithms of factors: trained by LightGBM, followed by a compiled loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecasts.periods.lessons import Table
from forecasts.protocol import Floats
from forecasts.trees import read_forest, sum_trees

__all__ = ["factors", "train_mean"]

LARGEST_FACTOR = 8.0
LEAST_LEAF, LARGEST_LEAF, ROWS_PER_LEAF = 20, 200, 500
TREES = 120
_PARAMETERS: dict[str, Any] = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.5,
    "learning_rate": 0.06,
    "num_leaves": 31,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 20.0,
    "max_bin": 63,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def train_mean(features: Table, actual: Floats, level: Floats, *, seed: int) -> str:
    """Model text of the factor by which ``level`` [W] becomes the mean of ``actual`` [W] (Tweedie loss)."""
    import lightgbm

    least = max(LEAST_LEAF, min(LARGEST_LEAF, actual.size // ROWS_PER_LEAF))
    data = lightgbm.Dataset(features, actual, init_score=np.log(level))
    found = lightgbm.train({**_PARAMETERS, "seed": seed, "min_data_in_leaf": least}, data, TREES)
    return str(found.model_to_string())


def factors(text: str, features: Table) -> Floats:
    """Factor [W] of each row of ``features`` [W,F]."""
    limit = np.log(LARGEST_FACTOR)
    return np.exp(np.clip(sum_trees(read_forest(text), features), -limit, limit))
