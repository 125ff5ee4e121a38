"""The builder's own inputs: catalogue, suppliers, calendar and generator parameters, kept as CSV beside the code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["AS_OF", "LAST_ACTUAL", "START", "Days", "days", "parameter", "read_source"]

START = np.datetime64("2023-06-01")
AS_OF = np.datetime64("2025-05-31")
LAST_ACTUAL = np.datetime64("2025-11-30")

_HERE = Path(__file__).parent


def read_source(name: str) -> pd.DataFrame:
    """Read one of the CSV files beside this module as text."""
    return pd.read_csv(_HERE / f"{name}.csv", dtype=str, keep_default_na=False)


@cache
def _parameters() -> dict[str, float]:
    table = read_source("parameters")
    return dict(zip(table["name"], table["value"].astype(float), strict=True))


def parameter(name: str) -> float:
    """Value of a generator parameter; only the builder reads it. Raises KeyError for an unknown name."""
    return _parameters()[name]


@dataclass(frozen=True)
class Days:
    """The day axis: warm-up, history up to ``AS_OF``, actuals. ``date`` [D] datetime64[D]."""

    date: npt.NDArray[np.datetime64]
    history: int
    actuals: int

    @property
    def count(self) -> int:
        """Number of days D."""
        return int(self.date.size)

    def index(self, day: str) -> int:
        """Position of a date; may lie outside 0..D-1."""
        return int((np.datetime64(day, "D") - self.date[0]).astype(np.int64))

    @property
    def weekday(self) -> npt.NDArray[np.int64]:
        """ISO weekday [D], 1 is Monday."""
        shifted: npt.NDArray[np.int64] = self.date.astype("datetime64[D]").astype(np.int64) + 3
        return shifted % 7 + 1

    @property
    def day_of_year(self) -> npt.NDArray[np.int64]:
        """Day of the year [D], 1 is 1 January."""
        year: npt.NDArray[np.int64] = (self.date - self.date.astype("datetime64[Y]")).astype(np.int64)
        return year + 1


def days() -> Days:
    """Build the day axis."""
    first = START - np.timedelta64(int(parameter("warm_up_days")), "D")
    date = np.arange(first, LAST_ACTUAL + np.timedelta64(1, "D"))
    return Days(date=date, history=int((START - first).astype(int)), actuals=int((AS_OF - first).astype(int)) + 1)
