"""Orders brought to their minimum value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.planning.rows import FAR, SLACK, GroupRows, GroupTerms, copy_line, row_cost, tier, totals

__all__ = ["fill_up"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STEPS = 10000


@compiled
def _value(rows: GroupRows, packs: Ints, t: int) -> float:
    """Value of the order of a day."""
    value = 0.0
    for i in range(packs.shape[0]):
        if packs[i, t] > 0:
            value += packs[i, t] * rows.tier_value[i, tier(rows, i, packs[i, t])]
    return value


@compiled
def _step_of(
    rows: GroupRows, terms: GroupTerms, i: int, line: Ints, t: int, missing: float, best_line: Ints
) -> tuple[float, float]:
    """The step of one row that costs least for the value it adds to a day, up to what is ``missing``.

    Fills ``best_line`` [T] and returns the cost by value and the largest value that any step adds.
    """
    days, best, largest = line.shape[0], FAR, 0.0
    trial = np.zeros(days, np.int64)
    now = row_cost(rows, terms, i, line)
    worth = line[t] * rows.tier_value[i, tier(rows, i, line[t])]
    for source in range(t, days):  # t itself: a pack more in all
        more = 1 if line[t] > 0 else rows.lot[i]
        for whole in range(2):
            copy_line(line, trial)
            if source > t:
                if line[source] == 0 or rows.fixed[i, source] >= 0:
                    break
                if whole == 1 or line[source] - more < rows.lot[i]:
                    more = max(line[source], more)
                trial[source] = max(line[source] - more, 0)
            elif whole == 1:
                break
            trial[t] = line[t] + more
            gain = trial[t] * rows.tier_value[i, tier(rows, i, trial[t])] - worth
            if gain <= 0.0:
                continue
            largest = max(largest, gain)
            score = (row_cost(rows, terms, i, trial) - now) / min(gain, missing)
            if score < best:
                best = score
                copy_line(trial, best_line)
    return best, largest


@compiled
def _fill_day(rows: GroupRows, terms: GroupTerms, packs: Ints, t: int) -> bool:
    """Bring one day to the minimum value; whether it got there."""
    n, days = packs.shape
    score, largest, lines = np.full(n, FAR), np.full(n, FAR), np.zeros((n, days), np.int64)
    for _ in range(_STEPS):
        missing = terms.minimum_value * (1.0 - SLACK) - _value(rows, packs, t)
        if missing <= 0.0:
            return True
        best = -1
        for i in range(n):
            # A row's best step stays what it was until the row changes, or adds more than is missing.
            if rows.fixed[i, t] < 0 and largest[i] > missing:
                score[i], largest[i] = _step_of(rows, terms, i, packs[i], t, missing, lines[i])
            if score[i] < FAR and (best < 0 or score[i] < score[best]):
                best = i
        if best < 0:
            return False
        copy_line(lines[best], packs[best])
        largest[best] = FAR
    return False


@compiled
def fill_up(rows: GroupRows, terms: GroupTerms, packs: Ints, pattern: int) -> bool:
    """Bring each day of the pattern to the minimum value, by the steps that cost least for the value they add.

    A step orders a pack more, or earlier: what a later order holds anyway. Returns whether all days reach it.
    """
    days = packs.shape[1]
    for t in range(days):
        if (pattern >> t) & 1 == 1 and not _fill_day(rows, terms, packs, t):
            return False
    value = totals(rows, packs, packs.shape[0])[1]
    for t in range(days):
        if (pattern >> t) & 1 == 1 and value[t] < terms.minimum_value * (1.0 - SLACK):
            return False
    return True
