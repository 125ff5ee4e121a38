"""Units that come to rows, or leave them, day by day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.handover.situation import Situation

__all__ = ["days_until", "units_by_day"]

Floats = npt.NDArray[np.float64]


def days_until(situation: Situation, day: Any) -> int:
    """Days from tonight to a date."""
    return int((pd.Timestamp(day) - pd.Timestamp(situation.as_of)).days)


def units_by_day(situation: Situation, moved: Iterable[tuple[str, str, int, float]], *, days: int) -> Floats:
    """Units ``moved`` (item, site, day from tonight, units), at each row and at what feeds it, by day [N,``days``].

    What is not after tonight counts tomorrow; what lies beyond ``days``, or is of no row, counts nowhere.
    """
    terms, found = situation.terms, np.zeros((situation.terms.rows, days))
    for item_id, site_id, day, units in moved:
        row = terms.row_of(item_id, site_id)
        for one in () if row is None or day > days else {row, int(terms.origin_row[row])} - {-1}:
            found[one, max(day, 1) - 1] += units
    return found
