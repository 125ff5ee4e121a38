"""A backtest as steps: each method's forecasts at past origins, then the tables that compare them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from supplychain.handover.backtest_frames import backtest_table
from supplychain.handover.backtesting import BacktestAsk, backtest_arrays, backtest_from, try_method
from supplychain.handover.forecasting import ForecastInputs
from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.prepare import House
from supplychain.store import StepResult

__all__ = ["backtest_step"]

Tell = Callable[[str, int], None]


def backtest_step(
    cache: StepCache, house: House, inputs: ForecastInputs, ask: BacktestAsk, *, executor: Executor | None,
    workers: int, tell: Tell,
) -> StepResult:  # fmt: skip
    """Tables of ``BacktestTable`` and, in ``meta``, the days of the origins; ``tell`` hears method and origins done.

    A method that was tried on the same past is not tried again, and neither are the tables of the same methods.
    """
    past: dict[str, Any] = {
        "sales history": inputs.history,
        "events and promotions": inputs.outlook,
        "origins": [ask.origins, ask.step_days, ask.horizon_days],
    }

    def try_one(method: str) -> StepResult:
        def make(key: str) -> StepResult:
            test = try_method(
                method, inputs, ask, executor=executor, workers=workers, tell=lambda done: tell(method, done)
            )
            return StepResult("backtest_method", key, arrays=backtest_arrays(test))

        asked = replace(inputs.request, method=method)
        return cache.step("backtest_method", {**past, "what is asked of the forecast": asked}, make)

    def make_tables(key: str) -> StepResult:
        tests = {method: backtest_from(try_one(method).arrays) for method in ask.methods}
        table = backtest_table(
            house.dataset, house.sourcing.row_keys(), inputs, tests, class_index=house.terms.class_index
        )
        days = [str(day)[:10] for day in sorted(set(table.rows["origin"]))]
        return StepResult("backtest", key, table.to_tables(), meta={"origins": days, "methods": list(ask.methods)})

    parts = {
        **past,
        "what is asked of the forecast": inputs.request,
        "methods": ask.methods,
        "rows": house.sourcing.row_keys(),
        "service classes": house.terms.class_index,
        "categories": [item.category for item in house.dataset.items.values()],
    }
    return cache.step("backtest", parts, make_tables)
