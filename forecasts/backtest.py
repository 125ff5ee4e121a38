"""Rolling origins: fit and forecast from the past only, then compare with what came.

What a forecast may know at an origin: demand, stock-outs, prices and promotions up to it, and what was planned by then:
the calendar with its events, and the prices and promotions ahead, taken as those that came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from forecasts.censor import usable_days
from forecasts.metrics import coverage, pinball
from forecasts.prediction import forecast
from forecasts.protocol import Floats, Forecast, History, Ints, Outlook, Request
from forecasts.trials import outlook_at

__all__ = ["LEAST_PAST_DAYS", "Backtest", "Engine", "backtest", "days_needed", "origin_columns", "plan_at"]

LEAST_PAST_DAYS = 28
"""Days of history before the first origin."""
Engine = Callable[[History, Outlook, Request], Forecast]
"""What makes a forecast from the last column of a history: ``forecasts.forecast``, or a function of the same kind that
can be pickled, such as ``functools.partial(predict, recipe)``."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Forecasts of N rows at S origins over P protection intervals, Q levels and H days, and what came.

    ``origins`` [S] columns of the first day ahead; ``actual`` and ``mu`` [N,S,P] sums; ``k`` and ``quantile``
    [N,S,P(,Q)] as in ``Forecast``; ``daily_actual`` and ``daily_mean`` [N,S,H]; ``day_quantile`` [N,S,H,Q] where the
    request has single days. What came is NaN on a day that was sold out or not known, and over an interval with one.
    """

    origins: Ints
    protection_days: tuple[int, ...]
    levels: tuple[float, ...]
    actual: Floats
    mu: Floats
    k: Floats
    quantile: Floats
    daily_actual: Floats
    daily_mean: Floats
    day_quantile: Floats | None = None

    @property
    def horizon(self) -> int:
        """Days judged after each origin H."""
        return int(self.daily_actual.shape[2])

    def pinball(self) -> Floats:
        """Pinball loss [N,S,P,Q] of each row, origin, interval and level."""
        return pinball(self.actual, self.quantile, np.asarray(self.levels))

    def coverage(self) -> Floats:
        """Share of sums at or below the quantile, [P,Q]."""
        intervals = range(self.actual.shape[2])
        return np.stack([coverage(self.actual[:, :, p], self.quantile[:, :, p]) for p in intervals])


class _Made(NamedTuple):
    """What is kept of one origin's forecast."""

    mu: Floats
    k: Floats
    quantile: Floats
    daily_mean: Floats
    day_quantile: Floats | None


def backtest(
    history: History, outlook: Outlook, request: Request, origins: int, step: int, *, horizon: int | None = None,
    engine: Engine = forecast, executor: Executor | None = None, in_flight: int = 4,
    progress: Callable[[int], None] | None = None,
) -> Backtest:  # fmt: skip
    """Fit and forecast at ``origins`` columns, ``step`` days apart; the last leaves ``horizon`` days to see.

    Each forecast is made as ``request`` says, over its whole horizon; the first ``horizon`` days (default: all) and the
    protection intervals within them are judged. One task an origin goes to ``executor``, ``in_flight`` at a time since
    each carries its past; the result does not depend on it, and a task that it loses is done here. ``progress`` hears
    how many origins are done. Memory: the result and ``in_flight`` pasts. Raises ValueError when the history is too
    short for the first origin, or no protection interval ends within the horizon.
    """
    judged = request.horizon if horizon is None else horizon
    columns = origin_columns(history.days, judged, origins, step)
    kept = sum(days <= judged for days in request.protection_days)
    if not 1 <= judged <= request.horizon or kept == 0:
        rule = (
            f"must lie between the shortest protection interval, {request.protection_days[0]} days, and the request's"
        )
        raise ValueError(f"horizon: {judged}, {rule} {request.horizon}")
    jobs = (
        (engine, history.until(int(column)), plan_at(history, outlook, int(column), request.horizon), request, judged)
        for column in columns
    )
    made = []
    for number, one in enumerate(_done(executor, jobs, max(1, in_flight)), start=1):
        made.append(one)
        if progress is not None:
            progress(number)
    known = np.where(usable_days(history), history.quantity, np.nan)
    came = np.stack([known[:, column : column + judged] for column in columns], axis=1)
    ends = np.asarray(request.protection_days[:kept]) - 1
    days = [one.day_quantile for one in made if one.day_quantile is not None]
    return Backtest(
        origins=columns,
        protection_days=request.protection_days[:kept],
        levels=request.levels,
        actual=np.cumsum(came, axis=2)[:, :, ends],
        mu=np.stack([one.mu for one in made], axis=1),
        k=np.stack([one.k for one in made], axis=1),
        quantile=np.stack([one.quantile for one in made], axis=1),
        daily_actual=came,
        daily_mean=np.stack([one.daily_mean for one in made], axis=1),
        day_quantile=np.stack(days, axis=1) if days else None,
    )


def origin_columns(days: int, horizon: int, origins: int, step: int) -> Ints:
    """Columns [S] of the first day ahead of each origin, ``step`` days apart, the last ``horizon`` days before the end.

    Raises ValueError when ``days`` of history do not leave ``LEAST_PAST_DAYS`` before the first.
    """
    needed = days_needed(horizon, origins, step)
    if origins < 1 or step < 1 or days < needed:
        raise ValueError(f"origins: {origins} every {step} days need {needed} days of history, there are {days}")
    last = days - horizon
    return np.arange(last - (origins - 1) * step, last + 1, step, dtype=np.int64)


def days_needed(horizon: int, origins: int, step: int) -> int:
    """Days of history that ``origins`` need, ``step`` days apart with ``horizon`` days to see after the last."""
    return LEAST_PAST_DAYS + (origins - 1) * step + horizon


def plan_at(history: History, outlook: Outlook, origin: int, horizon: int) -> Outlook:
    """What was planned at a past origin for the ``horizon`` days after it."""
    plan = outlook_at(history, outlook, origin)
    return replace(plan, price_ratio=plan.price_ratio[:, :horizon], promo=plan.promo[:, :horizon])


_Job = tuple[Engine, History, Outlook, Request, int]


def _forecast_at(engine: Engine, past: History, plan: Outlook, request: Request, judged: int) -> _Made:
    made = engine(past, plan, request)
    kept = sum(days <= judged for days in request.protection_days)
    days = None if made.day_quantile is None else made.day_quantile[:, :judged]
    return _Made(made.mu[:, :kept], made.k[:, :kept], made.quantile[:, :kept], made.mean[:, :judged], days)


def _done(executor: Executor | None, jobs: Iterator[_Job], in_flight: int) -> Iterator[_Made]:
    """Results in the order of the jobs."""
    if executor is None:
        yield from (_forecast_at(*job) for job in jobs)
        return
    waiting: deque[tuple[Future[_Made] | None, _Job]] = deque()
    for job in jobs:
        waiting.append((_submitted(executor, job), job))
        if len(waiting) == in_flight:
            yield _result(*waiting.popleft())
    while waiting:
        yield _result(*waiting.popleft())


def _submitted(executor: Executor, job: _Job) -> Future[_Made] | None:
    try:
        return executor.submit(_forecast_at, *job)
    except BrokenExecutor:
        return None


def _result(task: Future[_Made] | None, job: _Job) -> _Made:
    """What came of a task; one whose worker was lost is done here."""
    try:
        return _forecast_at(*job) if task is None else task.result()
    except (BrokenExecutor, CancelledError):
        return _forecast_at(*job)
