"""Sales that empty shelves cost in the last weeks, by item and site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.unconstrained import SOLD_OUT, unconstrained
from supplychain.handover.forecasting import ForecastInputs
from supplychain.plans.forecast_table import LOST_COLUMNS

__all__ = ["LOST_SPANS_DAYS", "lost_sales_past"]

LOST_SPANS_DAYS = (28, 91)
"""Last days before the planning day, that day included, over which lost sales are summed."""
_READ_DAYS = 728  # two years tell level, weekdays and season


def lost_sales_past(
    keys: Sequence[tuple[str, str]], inputs: ForecastInputs, margin: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """Lost sales of the rows ``keys`` [N] that were sold out, with ``LOST_COLUMNS``; ``margin`` [N] money a unit.

    Demand of sold-out days is estimated; a row that never sold and never had stock has NaN units. A day on which only
    the smaller part of a row's zones was sold out does not count.
    """
    start = max(0, inputs.history.days - _READ_DAYS)
    outlook = replace(inputs.outlook, events=inputs.outlook.events[:, :, start:])
    found = unconstrained(inputs.history.since(start), outlook)
    frames = []
    for days in LOST_SPANS_DAYS:
        sold_out = (found.kind[:, -days:] == SOLD_OUT).sum(axis=1)
        units = found.lost[:, -days:].sum(axis=1)
        rows = np.flatnonzero(sold_out)
        named = [(*keys[int(row)], days) for row in rows]
        frame = pd.DataFrame(named, columns=LOST_COLUMNS[:3])
        frames.append(
            frame.assign(sold_out_days=sold_out[rows], lost_units=units[rows], lost_margin=units[rows] * margin[rows])
        )
    table = pd.concat(frames, ignore_index=True)
    return table.astype({"days": "int64", "sold_out_days": "int64"})
