"""Linear autoregression on recent and seasonal lags, by ridge regression."""

from __future__ import annotations

import numpy as np

from forecasts.protocol import Floats

__all__ = ["lagged", "lags_of"]

RECENT = (1, 2, 3, 4)
RIDGE = 1e-3
"""Ridge over the mean diagonal of the normal equations."""
ROWS_PER_LAG = 3


def lags_of(seasons: tuple[int, ...]) -> tuple[int, ...]:
    """Recent steps, each season, its neighbours, and its multiples below the next season (twice the last)."""
    lags = set(RECENT)
    for number, season in enumerate(seasons):
        beyond = seasons[number + 1] if number + 1 < len(seasons) else 2 * season + 1
        lags |= {season - 1, season + 1, *range(season, beyond, season)}
    return tuple(sorted(lag for lag in lags if lag > 0))


def lagged(y: Floats, lags: tuple[int, ...], horizon: int, *, difference: int = 0) -> Floats | None:
    """Forecast [horizon] of ``y``, or of its differences over ``difference`` steps and then summed up again.

    None where the series is too short for the lags.
    """
    x = y[difference:] - y[:-difference] if difference else y
    longest, size = max(lags), x.size
    if size - longest < ROWS_PER_LAG * (len(lags) + 1):
        return None
    columns = [x[longest - lag : size - lag] for lag in lags]
    table = np.column_stack([*columns, np.ones(size - longest)])
    normal = table.T @ table
    normal[np.diag_indices_from(normal)] += RIDGE * np.trace(normal) / len(normal) + 1e-12
    factor = np.linalg.solve(normal, table.T @ x[longest:])
    ahead = np.concatenate([x, np.zeros(horizon)])
    back = np.asarray(lags)
    for step in range(size, size + horizon):
        ahead[step] = ahead[step - back] @ factor[:-1] + factor[-1]
    if not difference:
        return ahead[size:]
    out = np.concatenate([y, np.zeros(horizon)])
    for step in range(horizon):
        out[y.size + step] = out[y.size + step - difference] + ahead[size + step]
    return out[y.size :]
