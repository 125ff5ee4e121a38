"""What lifts or lowers a forecast on days ahead: events, promotions and the planner's own changes, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.handover.forecasting import ForecastInputs, Recipe
from supplychain.plans.forecast_table import EFFECT_COLUMNS

__all__ = ["forecast_effects"]

Floats = npt.NDArray[np.float64]

_SMALLEST = 0.005  # a factor nearer to 1 than this changes nothing that a planner would see


def forecast_effects(
    keys: Sequence[tuple[str, str]], inputs: ForecastInputs, recipe: Recipe, *, factor: Floats, plus: Floats
) -> pd.DataFrame:
    """Effects on the rows ``keys`` [N] of the horizon, with ``EFFECT_COLUMNS``.

    ``factor`` and ``plus`` [N,H] are the planner's changes of daily demand. Effects of less than half a percent are
    left out.
    """
    history, outlook = inputs.history, inputs.outlook
    first = history.first_day.astype("datetime64[D]") + history.days
    ahead = outlook.events[:, :, history.days :]
    rows: list[list[Any]] = []
    for row, key in enumerate(keys):
        spans: list[tuple[str, str, int, int, float]] = []
        for number in np.flatnonzero(ahead[history.group[row]].any(axis=1)):
            lift = recipe.uplift[row, number] ** ahead[history.group[row], number]
            spans += [("event", outlook.event_names[number], *span) for span in _spans(lift)]
        offered = _offered(outlook.price_ratio[row], outlook.promo[row], recipe, row)
        spans += [("promotion", "", *span) for span in _spans(offered)]
        spans += [("planner's factor", "", *span) for span in _spans(factor[row])]
        spans += [("planner's units a day", "", *span) for span in _spans(plus[row], neutral=0.0)]
        rows += [[*key, kind, name, first + a, first + b - 1, value] for kind, name, a, b, value in spans]
    frame = pd.DataFrame(rows, columns=EFFECT_COLUMNS)
    days = {name: frame[name].astype("datetime64[s]") for name in ("first", "last")}
    return frame.assign(**days, factor=frame["factor"].astype("float64"))


def _offered(price_ratio: Floats, promo: Floats, recipe: Recipe, row: int) -> Floats:
    """Factor of price and promotion on each day [H]."""
    log_price = np.log(np.where(price_ratio > 0, price_ratio, 1.0))
    factor: Floats = np.exp(recipe.price_effect[row] * log_price + recipe.promo_effect[row] * promo)
    return factor


def _spans(values: Floats, *, neutral: float = 1.0) -> Iterator[tuple[int, int, float]]:
    """Stretches [a, b) of days with the same value, where that is not ``neutral``."""
    edges = [0, *(np.flatnonzero(np.diff(values) != 0.0) + 1), values.size]
    for a, b in pairwise(edges):
        if b > a and abs(values[a] - neutral) > _SMALLEST:
            yield int(a), int(b), float(values[a])
