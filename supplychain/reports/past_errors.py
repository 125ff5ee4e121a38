"""What would have been forecast some weeks ago against what came, one line an origin."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["PAST_NOTE", "past_errors"]

PAST_NOTE = (
    "learnt from the days before the first of these windows, without planner's changes; days sold out or not recorded "
    "are left out of both"
)
"""How those forecasts were made."""


def past_errors(past: pd.DataFrame) -> pd.DataFrame:
    """Of the forecasts of one row (origin, date, mean, actual): one line an origin, oldest first.

    Columns: first and last day, known_days of them, expected and came (units on the known days), error (expected less
    came) and error_share (of what came; missing where nothing did).
    """
    lines = []
    for _, own in past.sort_values(["origin", "date"], kind="stable").groupby("origin", sort=True):
        known = own["actual"].notna()
        expected, came = (float(own.loc[known, name].sum()) for name in ("mean", "actual"))
        share = (expected - came) / came if came > 0 else np.nan
        days = (own["date"].iloc[0], own["date"].iloc[-1], int(known.sum()))
        lines.append([*days, expected, came, expected - came, share])
    columns = ["first", "last", "known_days", "expected", "came", "error", "error_share"]
    return pd.DataFrame(lines, columns=columns)
