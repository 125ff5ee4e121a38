"""What a backtest is asked for, and each method's forecasts at past origins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts import forecast
from forecasts.backtest import LEAST_PAST_DAYS, Backtest, backtest, days_needed
from forecasts.empirical import EMPIRICAL, empirical_forecast
from forecasts.methods import COMBINED, METHODS
from supplychain.errors import Problem, UsageError
from supplychain.handover.forecasting import ForecastInputs
from supplychain.plans.backtest_table import BENCHMARKS
from supplychain.tables.nearest import suggestion

__all__ = ["BacktestAsk", "backtest_arrays", "backtest_from", "make_backtest_ask", "try_method"]

DEFAULT_HORIZON_DAYS = 28
DEFAULT_ORIGINS = 6


@dataclass(frozen=True, slots=True)
class BacktestAsk:
    """Methods (the scenario's first, the benchmarks last) and origins, ``step_days`` apart.

    Each origin is judged over ``horizon_days``; the last lies so many days before the end of the history.
    """

    methods: tuple[str, ...]
    origins: int
    step_days: int
    horizon_days: int


def make_backtest_ask(
    inputs: ForecastInputs, *, methods: Sequence[str], origins: int | None, step_days: int | None,
    horizon_days: int | None,
) -> BacktestAsk:  # fmt: skip
    """Fill in what is None, and check the rest.

    The horizon is 28 days, or the scenario's where that is shorter, the step the horizon, and the origins as many as
    the history has, six at most. Raises UsageError with every problem.
    """
    longest, shortest = inputs.request.horizon, inputs.request.protection_days[0]
    horizon = min(DEFAULT_HORIZON_DAYS, longest) if horizon_days is None else horizon_days
    step = max(1, horizon) if step_days is None else step_days
    problems = list(_unknown_methods((inputs.request.method, *methods)))
    if not shortest <= horizon <= longest:
        rule = f"must lie between {shortest} days, the shortest protection interval, and {longest}, the scenario's"
        fix = "choose a horizon between them, or set forecast.horizon_days"
        problems.append(Problem("", "", "horizon", str(horizon), f"{rule} horizon", fix))
    problems += [
        Problem("", "", name, str(value), "must be at least 1", f"choose {name} of 1 or more")
        for name, value in (("origins", origins), ("step-days", step))
        if value is not None and value < 1
    ]
    if not problems:
        most = (inputs.history.days - days_needed(horizon, 1, step)) // step + 1
        wanted = max(1, min(DEFAULT_ORIGINS, most)) if origins is None else origins
        problems += _too_short(inputs.history.days, most, BacktestAsk((), wanted, step, horizon))
    if problems:
        raise UsageError("the backtest cannot be made:", problems)
    chosen = dict.fromkeys((inputs.request.method, *methods, *BENCHMARKS))
    return BacktestAsk(tuple(chosen), wanted, step, horizon)


def _unknown_methods(names: Sequence[str]) -> Iterator[Problem]:
    known = (*COMBINED, *METHODS)
    for name in dict.fromkeys(names):
        if name not in known and name not in BENCHMARKS:
            fix = suggestion(name, known, f"one of {', '.join(sorted(known))}")
            yield Problem("", "", "methods", name, "is no forecasting method", fix)
        elif name == "prophet" and find_spec("prophet") is None:
            fix = "pip install 'supplychain-toolkit[prophet]', or leave it out"
            yield Problem("", "", "methods", name, "needs the extra prophet, which is not installed", fix)


def _too_short(days: int, most: int, ask: BacktestAsk) -> Iterator[Problem]:
    if ask.origins <= most:
        return
    needed = days_needed(ask.horizon_days, ask.origins, ask.step_days)
    rule = (
        f"{needed} days of history are needed: {LEAST_PAST_DAYS} before the first origin, {ask.step_days} from one to "
        f"the next and {ask.horizon_days} to see after the last; there are {days}"
    )
    longest = days - LEAST_PAST_DAYS
    fix = (
        f"lower origins to {most}, or step-days or horizon"
        if most >= 1
        else f"lower horizon to {longest} or less, and origins to 1"
        if longest >= 1
        else "wait for more days"
    )
    yield Problem("", "", "origins", str(ask.origins), rule, fix)


def try_method(
    method: str, inputs: ForecastInputs, ask: BacktestAsk, *, executor: Executor | None, workers: int,
    tell: Callable[[int], None],
) -> Backtest:  # fmt: skip
    """Forecasts of a method at each origin, learnt from the days before it: the model alone, without overrides."""
    request = inputs.request if method == EMPIRICAL else replace(inputs.request, method=method)
    engine = empirical_forecast if method == EMPIRICAL else partial(forecast, traits=inputs.traits)
    return backtest(
        inputs.history, inputs.outlook, request, ask.origins, ask.step_days, horizon=ask.horizon_days,
        executor=executor, in_flight=2 * workers, progress=tell, engine=engine,
    )  # fmt: skip


def backtest_arrays(test: Backtest) -> dict[str, npt.NDArray[Any]]:
    """Every field as an array without objects."""
    values = {field.name: getattr(test, field.name) for field in fields(test)}
    return {name: np.asarray(value) for name, value in values.items() if value is not None}


def backtest_from(arrays: Mapping[str, npt.NDArray[Any]]) -> Backtest:
    """Back from ``backtest_arrays``."""
    values: dict[str, Any] = dict(arrays)
    values["protection_days"] = tuple(int(days) for days in arrays["protection_days"])
    values["levels"] = tuple(float(level) for level in arrays["levels"])
    return Backtest(**values)
