"""Orders brought to their minimum value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.planning.rows import FAR, SLACK, GroupRows, GroupTerms, copy_line, row_cost, tier, totals

__all__ = ["fill_up"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def fill_up(rows: GroupRows, terms: GroupTerms, packs: Ints, pattern: int) -> bool:
    """Bring each day of the pattern to the minimum value, by the steps that cost least for the value they add.

    A step orders a pack more, or earlier: what a later order holds anyway. Returns whether all days reach it.
    """
    n, days, _ = rows.stage.shape
    trial = np.zeros(days, np.int64)
    best_line = np.zeros(days, np.int64)
    for t in range(days):
        if (pattern >> t) & 1 == 0:
            continue
        for _ in range(10000):
            value = totals(rows, packs, n)[1]
            missing = terms.minimum_value * (1.0 - SLACK) - value[t]
            if missing <= 0.0:
                break
            best, best_row = FAR, -1
            for i in range(n):
                if rows.fixed[i, t] >= 0:
                    continue
                now = row_cost(rows, terms, i, packs[i])
                worth = packs[i, t] * rows.tier_value[i, tier(rows, i, packs[i, t])]
                for source in range(t, days):  # t itself: a pack more in all
                    more = 1 if packs[i, t] > 0 else rows.lot[i]
                    for whole in range(2):
                        copy_line(packs[i], trial)
                        if source > t:
                            if packs[i, source] == 0 or rows.fixed[i, source] >= 0:
                                break
                            if whole == 1 or packs[i, source] - more < rows.lot[i]:
                                more = max(packs[i, source], more)
                            trial[source] = max(packs[i, source] - more, 0)
                        elif whole == 1:
                            break
                        trial[t] = packs[i, t] + more
                        gain = trial[t] * rows.tier_value[i, tier(rows, i, trial[t])] - worth
                        if gain <= 0.0:
                            continue
                        rise = row_cost(rows, terms, i, trial) - now
                        score = rise / min(gain, missing)
                        if score < best:
                            best, best_row = score, i
                            copy_line(trial, best_line)
            if best_row < 0:
                return False
            copy_line(best_line, packs[best_row])
    value = totals(rows, packs, n)[1]
    for t in range(days):
        if (pattern >> t) & 1 == 1 and value[t] < terms.minimum_value * (1.0 - SLACK):
            return False
    return True
