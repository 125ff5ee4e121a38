"""Compare a plan with the one on record, by structure and by amount, and say where they part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

SHOWN = 5


@dataclass(frozen=True)
class Rules:
    """How like two tables must be.

    ``keys`` name a row; at least ``rows_in_common`` of all rows stand in both. ``totals`` are relative tolerances of
    sums, ``cells`` absolute ones of single cells, which at least ``cells_alike`` of the common rows must keep.
    """

    keys: Sequence[str]
    rows_in_common: float = 1.0
    totals: Mapping[str, float] = field(default_factory=dict)
    cells: Mapping[str, float] = field(default_factory=dict)
    cells_alike: float = 1.0


def differences(found: pd.DataFrame, known: pd.DataFrame, rules: Rules) -> list[str]:
    """Every rule that is broken, in words."""
    if sorted(found.columns) != sorted(known.columns):
        return [f"columns {sorted(found.columns)}, on record {sorted(known.columns)}"]
    ours, theirs = (table.set_index(list(rules.keys)).sort_index() for table in (found, known))
    both = ours.index.intersection(theirs.index)
    everything = len(ours.index.union(theirs.index))
    told = []
    if everything and len(both) < rules.rows_in_common * everything:
        told.append(
            f"{len(both)} of {everything} rows in common, wanted {rules.rows_in_common:.1%}; "
            f"new {_some(ours.index.difference(both))}, gone {_some(theirs.index.difference(both))}"
        )
    for column, tolerance in rules.totals.items():
        now, then = float(found[column].sum()), float(known[column].sum())
        if not np.isclose(now, then, rtol=tolerance, atol=0.0):
            told.append(f"total {column} {now:.6g}, on record {then:.6g}, tolerance {tolerance:.1%}")
    for column, tolerance in rules.cells.items():
        gap = (ours.loc[both, column] - theirs.loc[both, column]).abs()
        same = (gap <= tolerance) | (ours.loc[both, column].isna() & theirs.loc[both, column].isna())
        if len(same) and same.mean() < rules.cells_alike:
            worst = gap.sort_values(ascending=False).head(SHOWN)
            told.append(f"{column} alike in {same.mean():.1%} of rows, wanted {rules.cells_alike:.1%}: {dict(worst)}")
    return told


def _some(index: pd.Index) -> list[object]:
    return [*index[:SHOWN].tolist(), *(["..."] if len(index) > SHOWN else [])]
