"""Plans brought within caps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.planning.reorder import improve
from solvers.replenishment.planning.rows import (
    FAR,
    SLACK,
    GroupRows,
    GroupTerms,
    add_row,
    copy_line,
    fits,
    keeps_caps,
    measure_group,
    row_cost,
    shared,
    totals,
)

__all__ = ["cut_down", "first_plan"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CUTS = 300  # of a plan that passes its caps, each of an eighth of a line


@compiled
def _excess(terms: GroupTerms, used: Floats, litres: Floats) -> float:
    """How far caps are broken, each as a share of itself."""
    total = 0.0
    for kind in range(2):
        for cap in range(used.shape[1]):
            if not fits(used[kind, cap], terms.caps[kind, cap]):
                total += (used[kind, cap] - terms.caps[kind, cap]) / max(terms.caps[kind, cap], 1e-6)
    for t in range(litres.shape[0]):
        if not fits(litres[t], terms.room[t]):
            total += (litres[t] - terms.room[t]) / max(terms.room[t], 1e-6)
    return total


@compiled
def _copy_use(use: tuple[Floats, Floats], used: Floats, litres: Floats) -> None:
    for kind in range(used.shape[0]):
        for cap in range(used.shape[1]):
            used[kind, cap] = use[0][kind, cap]
    for t in range(litres.shape[0]):
        litres[t] = use[1][t]


@compiled
def _best_cut(
    rows: GroupRows, terms: GroupTerms, packs: Ints, use: tuple[Floats, Floats], excess: float, best_line: Ints
) -> int:
    """Row whose packs, left out or ordered later, free most for what that costs; fills ``best_line`` [T]; -1: none."""
    n, days, _ = rows.stage.shape
    trial, best, best_row = np.zeros(days, np.int64), FAR, -1
    used, litres = np.zeros(use[0].shape), np.zeros(use[1].shape)
    for i in range(n):
        now = row_cost(rows, terms, i, packs[i])
        for t in range(days):
            if packs[i, t] == 0 or rows.fixed[i, t] >= 0:
                continue
            fewer = max(packs[i, t] // 8, 1)
            fewer = fewer if packs[i, t] - fewer >= rows.lot[i] else packs[i, t]
            for to in range(t, days):  # t itself: not at all
                if to > t and (packs[i, to] == 0 or rows.fixed[i, to] >= 0):
                    continue
                copy_line(packs[i], trial)
                trial[t] -= fewer
                if to > t:
                    trial[to] += fewer
                _copy_use(use, used, litres)
                add_row(rows, terms, i, packs[i], -1.0, used, litres)
                add_row(rows, terms, i, trial, 1.0, used, litres)
                freed = excess - _excess(terms, used, litres)
                if freed > 1e-9:
                    score = (row_cost(rows, terms, i, trial) - now) / freed
                    if score < best:
                        best, best_row = score, i
                        copy_line(trial, best_line)
    return best_row


@compiled
def cut_down(rows: GroupRows, terms: GroupTerms, packs: Ints) -> None:
    """Bring the group within its caps, by the cuts that cost least for what they free, as far as it goes.

    What stays below the minimum value afterwards is not ordered.
    """
    n, days, _ = rows.stage.shape
    line = np.zeros(days, np.int64)
    for _ in range(_CUTS):
        used, litres = shared(rows, terms, packs, n)
        excess = _excess(terms, used, litres)
        if excess <= 0.0:
            break
        row = _best_cut(rows, terms, packs, (used, litres), excess, line)
        if row < 0:
            return
        copy_line(line, packs[row])
    value = totals(rows, packs, n)[1]
    for t in range(days):
        if 0.0 < value[t] < terms.minimum_value * (1.0 - SLACK):
            for i in range(n):
                packs[i, t] = max(rows.fixed[i, t], 0)


@compiled
def first_plan(rows: GroupRows, terms: GroupTerms, start: Ints) -> tuple[Ints, float]:
    """The better of ``start`` [n,T], improved, and of ordering only what is given."""
    best = start.copy()
    if not keeps_caps(rows, terms, best):
        cut_down(rows, terms, best)
    cost = measure_group(rows, terms, best)
    if cost < FAR:
        cost = improve(rows, terms, best)
    nothing = np.zeros(start.shape, np.int64)
    for i in range(start.shape[0]):
        for t in range(start.shape[1]):
            nothing[i, t] = max(rows.fixed[i, t], 0)
    plain = measure_group(rows, terms, nothing)
    if plain < cost:
        return nothing, plain
    return best, cost
