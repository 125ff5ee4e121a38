"""What the demand of a row, or of a sum of rows, is made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forecasts.components import LEVEL, MODELS, Components, decompose
from forecasts.reconcile import hierarchy
from forecasts.regressors import DAY_NAMES, EVENT, PRICE, PROMOTION, WEEKDAY
from supplychain.handover.forecast_levels import sum_inputs
from supplychain.handover.forecasting import ForecastInputs

__all__ = [
    "DAY_NAMES",
    "EVENT",
    "LEVEL",
    "METHODS",
    "PRICE",
    "PROMOTION",
    "WEEKDAY",
    "Components",
    "components_of",
]

METHODS = tuple(MODELS)
"""Models that say what a forecast is made of."""


def components_of(
    inputs: ForecastInputs, rows: Sequence[int], *, method: str
) -> tuple[Components, npt.NDArray[np.float64]]:
    """Components of the sum of ``rows`` by ``method``, and its demand on each of their T days (NaN where unknown).

    A single row is taken as it is, its sold-out days unknown; in a sum they count with their estimated demand, since
    a sum has no day on which all its rows were in stock. Raises ImportError where the method's library is absent.
    """
    history, outlook = inputs.history, inputs.outlook
    node = rows[0]
    if len(rows) > 1:
        chosen = np.isin(np.arange(history.rows), rows)
        tree = hierarchy({"sum": np.where(chosen, "in", "out").tolist()})
        history, outlook = sum_inputs(tree, inputs)
        node = tree.name.index("in")
    (found,) = decompose(method, history, outlook, inputs.request.horizon, rows=[node])
    demand = np.where(history.in_stock[node], history.quantity[node], np.nan)
    return found, np.asarray(demand[history.days - found.days :])
