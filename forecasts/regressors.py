"""What is known ahead and moves demand, as columns of a regression: price, promotion, events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.events import weekdays
from forecasts.naive import WEEK
from forecasts.protocol import Floats
from forecasts.row_model import Row

__all__ = [
    "DAY_NAMES",
    "EVENT",
    "LOWEST_RATIO",
    "PRICE",
    "PROMOTION",
    "WEEKDAY",
    "Regressors",
    "regressors_of",
    "with_weekdays",
]

PRICE, PROMOTION, EVENT, WEEKDAY = "price", "promotion", "event", "weekday"
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LOWEST_RATIO = 0.01
"""Price ratios below this, gifts among them, count as this: the logarithm has no end."""


@dataclass(frozen=True, slots=True)
class Regressors:
    """K columns over T+H days: ``kind`` and ``name`` [K], ``values`` [T+H,K].

    A price column is the logarithm of price over usual price, so that its coefficient is an elasticity; promotions and
    events are 0 to 1; six weekday columns are Monday to Saturday, with -1 on Sundays, so that effects sum to none.
    """

    kind: tuple[str, ...]
    name: tuple[str, ...]
    values: Floats

    def effect(self, coefficient: Floats, *kinds: str) -> Floats:
        """Sum of the effects [T+H] of the columns of these kinds."""
        chosen = np.array([kind in kinds for kind in self.kind], dtype=bool)
        return np.asarray(self.values[:, chosen] @ coefficient[chosen])


def regressors_of(row: Row) -> Regressors:
    """Price, promotion and events of a row; what never changed on a known day teaches nothing and is left out.

    So is a column that did the same as an earlier one on every known day: two events that always fell together.
    """
    price = np.log(np.maximum(row.price_ratio, LOWEST_RATIO))
    kinds = (PRICE, PROMOTION, *(EVENT for _ in row.event_names))
    names = (PRICE, PROMOTION, *row.event_names)
    columns = np.column_stack([price, row.promo, row.events.T])
    past = columns[: row.days][row.known]
    _, first = np.unique(past, axis=1, return_index=True)
    kept = [int(k) for k in np.sort(first) if np.ptp(past[:, k]) > 0]
    return Regressors(tuple(kinds[k] for k in kept), tuple(names[k] for k in kept), columns[:, kept])


def with_weekdays(regressors: Regressors, first_day: np.datetime64) -> Regressors:
    """The same and six columns for the days of the week."""
    of_day = weekdays(first_day, len(regressors.values))
    columns = np.eye(WEEK)[of_day][:, :-1] - (of_day == WEEK - 1)[:, None]
    return Regressors(
        regressors.kind + (WEEKDAY,) * (WEEK - 1),
        regressors.name + DAY_NAMES[:-1],
        np.column_stack([regressors.values, columns]),
    )
