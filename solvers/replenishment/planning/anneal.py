"""One plan of each group, chosen together so that shared limits hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = ["anneal"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def anneal(
    first: Ints,
    cost: Floats,
    use: Floats,
    limits: Ints,
    amount: Floats,
    penalty: Floats,
    chosen: Ints,
    heat: tuple[float, float],
    firm: float,
    tries: int,
    generator: np.random.Generator,
) -> None:
    """Improve ``chosen`` [G], the plan of each group, by simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983).

    The plans of group g are ``first[g]`` to ``first[g + 1]`` - 1 [G+1]; each costs ``cost`` [C] and uses ``use`` [C,M]
    of the limits ``limits`` [G,M] (-1: none), of which there is ``amount`` [L]; what goes past them costs ``penalty``
    [L]. ``heat`` is the rise in cost that passes by chance at the first of the ``tries`` and at the last; meanwhile
    the penalty rises to ``firm`` times.
    """
    groups, slots = limits.shape
    used = np.zeros(amount.size)
    for g in range(groups):
        for m in range(slots):
            if limits[g, m] >= 0:
                used[limits[g, m]] += use[chosen[g], m]
    cooling = (heat[1] / heat[0]) ** (1.0 / max(tries, 1))
    firming = firm ** (1.0 / max(tries, 1))
    hot, weight = heat[0], 1.0
    for number in range(tries):
        hot *= cooling
        weight *= firming
        g = number % groups  # one after the other: at random each would have to come from far memory
        plans = first[g + 1] - first[g]
        if plans < 2:
            continue
        old = chosen[g]
        new = first[g] + min(int(generator.random() * (plans - 1)), plans - 2)
        if new >= old:
            new += 1
        # What the move may cost at most; a draw of 0 would allow anything.
        most = -hot * np.log(max(generator.random(), 1e-12))
        rise = cost[new] - cost[old]
        for m in range(slots):
            limit = limits[g, m]
            if limit < 0 or use[new, m] == use[old, m]:
                continue
            after = used[limit] - use[old, m] + use[new, m]
            over = max(after - amount[limit], 0.0) - max(used[limit] - amount[limit], 0.0)
            rise += weight * penalty[limit] * over
        if rise <= most:
            for m in range(slots):
                if limits[g, m] >= 0:
                    used[limits[g, m]] += use[new, m] - use[old, m]
            chosen[g] = new
