"""Rolling origins: fit and forecast from the past only, then compare with what came."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecasts.censor import usable_days
from forecasts.learning import fit
from forecasts.metrics import coverage, pinball
from forecasts.prediction import predict
from forecasts.protocol import Floats, History, Ints, Outlook, Request
from forecasts.trials import outlook_at

__all__ = ["Backtest", "backtest"]


@dataclass(frozen=True, slots=True)
class Backtest:
    """Errors of N rows at S origins over P protection intervals and Q levels; NaN where a day was not known.

    ``origins`` [S] columns of the first day ahead; ``actual`` and ``mu`` [N,S,P] sums; ``k`` and ``quantile``
    [N,S,P(,Q)] as in ``Forecast``; ``daily_actual`` and ``daily_mean`` [N,S,H].
    """

    origins: Ints
    levels: tuple[float, ...]
    actual: Floats
    mu: Floats
    k: Floats
    quantile: Floats
    daily_actual: Floats
    daily_mean: Floats

    def pinball(self) -> Floats:
        """Pinball loss [N,S,P,Q] of each row, origin, interval and level."""
        return pinball(self.actual, self.quantile, np.asarray(self.levels))

    def coverage(self) -> Floats:
        """Share of sums at or below the quantile, [P,Q]."""
        intervals = range(self.actual.shape[2])
        return np.stack([coverage(self.actual[:, :, p], self.quantile[:, :, p]) for p in intervals])


def backtest(history: History, outlook: Outlook, request: Request, origins: int, step: int) -> Backtest:
    """Fit and forecast at ``origins`` columns, ``step`` days apart, the last of which leaves ``horizon`` days to see.

    Raises ValueError when the history is too short for the first origin.
    """
    last = history.days - request.horizon
    columns = np.arange(last - (origins - 1) * step, last + 1, step, dtype=np.int64)
    if origins < 1 or step < 1 or columns[0] < 1:
        raise ValueError(
            f"origins: {origins} every {step} days need {request.horizon + (origins - 1) * step + 1} days of history, "
            f"there are {history.days}"
        )
    known = np.where(usable_days(history), history.quantity, np.nan)
    ends = np.asarray(request.protection_days) - 1
    parts = []
    for column in columns:
        origin = int(column)
        past, plan = history.until(origin), outlook_at(history, outlook, origin)
        plan = replace(plan, price_ratio=plan.price_ratio[:, : request.horizon], promo=plan.promo[:, : request.horizon])
        made = predict(fit(past, plan, request), past, plan, request)
        came = known[:, origin : origin + request.horizon]
        parts.append((np.cumsum(came, axis=1)[:, ends], made.mu, made.k, made.quantile, came, made.mean))
    stacked = [np.stack(column, axis=1) for column in zip(*parts, strict=True)]
    return Backtest(columns, request.levels, *stacked)
