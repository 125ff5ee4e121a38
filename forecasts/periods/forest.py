"""Gradient boosting of the factors by which levels become means; ``global_gbm.correct`` applies them."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecasts.global_gbm import SHARED_PARAMETERS
from forecasts.protocol import Floats
from forecasts.windows import Table

__all__ = ["train_mean"]

LEAST_LEAF, LARGEST_LEAF, ROWS_PER_LEAF = 20, 200, 500
TREES = 120
_PARAMETERS: dict[str, Any] = {
    **SHARED_PARAMETERS,
    "objective": "tweedie",
    "tweedie_variance_power": 1.5,
    "learning_rate": 0.06,
    "num_leaves": 31,
    "feature_fraction": 0.5,
}


def train_mean(features: Table, actual: Floats, level: Floats, *, seed: int) -> str:
    """Model text of the factor by which ``level`` [W] becomes the mean of ``actual`` [W] (Tweedie loss)."""
    import lightgbm

    least = max(LEAST_LEAF, min(LARGEST_LEAF, actual.size // ROWS_PER_LEAF))
    data = lightgbm.Dataset(features, actual, init_score=np.log(level))
    found = lightgbm.train({**_PARAMETERS, "seed": seed, "min_data_in_leaf": least}, data, TREES)
    return str(found.model_to_string())
