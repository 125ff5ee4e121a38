"""Overridden days: what the model said, what the planner made of it, and what was asked for in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts import History
from supplychain.domain import DataSet
from supplychain.domain.sourcing import Sourcing
from supplychain.handover.forecasting import Forecast
from supplychain.handover.history import span_of
from supplychain.plans.forecast_table import OVERRIDE_COLUMNS

__all__ = ["forecast_overrides"]

Floats = npt.NDArray[np.float64]


def forecast_overrides(
    dataset: DataSet, sourcing: Sourcing, history: History, *, model: Forecast, final: Forecast
) -> pd.DataFrame:
    """One line for each day of each override, with ``OVERRIDE_COLUMNS``.

    Days ahead have the mean of the ``model`` alone and of the ``final`` forecast, days of the ``history`` the demand
    known by now: none where the row was sold out or nothing is recorded.
    """
    actual = np.where(history.in_stock, history.quantity, np.nan)
    unknown = np.full(actual.shape, np.nan)
    nothing = np.full(model.mean.shape, np.nan)
    stretches = (unknown, unknown, actual), (model.mean, final.mean, nothing)
    columns = [np.concatenate([past, ahead], axis=1) for past, ahead in zip(*stretches, strict=True)]
    frame = pd.DataFrame(_lines(dataset, sourcing, history, columns), columns=OVERRIDE_COLUMNS)
    kinds = dict.fromkeys(("model", "overridden", "actual"), "float64")
    return frame.astype({"date": "datetime64[s]", **kinds})


def _lines(dataset: DataSet, sourcing: Sourcing, history: History, columns: list[Floats]) -> Iterator[list[Any]]:
    row_at = {key: row for row, key in enumerate(sourcing.row_keys())}
    start = history.first_day.astype("datetime64[D]")
    for override in dataset.overrides:
        row = row_at.get((override.item_id, override.site_id))
        if row is None:  # not listed at an open site: there is no forecast to override
            continue
        first, last = span_of(override.first, override.last, dataset.demand.first_day, columns[0].shape[1])
        for day in range(first, last):
            figures = (float(column[row, day]) for column in columns)
            yield [override.item_id, override.site_id, start + day, override.who, override.why, *figures]
