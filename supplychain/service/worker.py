"""Goes through the steps of a run and collects their tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import pandas as pd

from supplychain.errors import UsageError
from supplychain.pipeline.cache import Made, StepCache
from supplychain.pipeline.prepare import House, Prepared, prepare
from supplychain.pipeline.review_step import review_step
from supplychain.pipeline.steps import Forecasted, forecast_step, place_step, replenish_step, route_step
from supplychain.plans.site_plan import SitePlan
from supplychain.reports.history import history_table
from supplychain.reports.places import report_tables
from supplychain.service.asking import Ask
from supplychain.service.listen import UNTIL, Listener
from supplychain.service.result import StepReport
from supplychain.twin.simulate import simulate_step

__all__ = ["Worker"]


class Worker:
    """Goes through the steps up to ``ask.until``; what it leaves behind is in its public attributes."""

    def __init__(
        self, ask: Ask, cache: StepCache, *, executor: Executor | None, workers: int, listener: Listener
    ) -> None:
        self.ask, self.cache = ask, cache
        self.executor, self.workers, self.listener = executor, workers, listener
        self.tables: dict[str, pd.DataFrame] = {}
        self.notes: list[str] = []
        self.degraded: list[str] = []
        self.seconds: dict[str, float] = {}
        self.prepared: Prepared | None = None
        self.simulated_days = 365

    def go(self) -> None:
        """Every step up to ``until``."""
        last = UNTIL.index(self.ask.until)
        with self._timed("validate"):
            self.prepared = prepare(self.ask.tables, self.ask.scenario)
            self.tables |= report_tables(self.prepared.dataset)
        if last >= UNTIL.index("place"):
            house = self._place(self.prepared)
        if last >= UNTIL.index("forecast"):
            forecasted = self._forecast(house)
        if last >= UNTIL.index("replenish"):
            with self._timed("replenish"):
                plan = replenish_step(self.cache, house, forecasted)
            with self._timed("review"):
                review = review_step(self.cache, house, forecasted, plan)
            self.tables |= {**plan.tables, **review.tables}
        if last >= UNTIL.index("route") and not house.dataset.deliveries:
            self.notes.append("no deliveries in the data set: nothing is routed")
        elif last >= UNTIL.index("route"):
            with self._timed("route"):
                self.tables |= route_step(self.cache, house, executor=self.executor).tables
        if last >= UNTIL.index("simulate") and house.dataset.actuals is None:
            self.notes.append(
                "no actuals in the data set: no closed loop, so no service, lateness and problems by money; "
                "orders of the coming weeks: plan show --planned"
            )
        elif last >= UNTIL.index("simulate"):
            self._simulate(house, forecasted)

    def _place(self, prepared: Prepared) -> House:
        with self._timed("place"):
            plan, house = place_step(self.cache, prepared)
        self.tables |= plan.to_tables()
        self._name_unreached(plan)
        return house

    def _name_unreached(self, plan: SitePlan) -> None:
        for line in plan.unserved.to_dict("records"):
            self.degraded.append(f"zone {line['zone_id']} is not served: {line['reason']}")

    def _forecast(self, house: House) -> Forecasted:
        try:
            with self._timed("forecast"):
                forecasted = forecast_step(self.cache, house)
        except ImportError as error:  # a method whose library is an extra
            raise UsageError(str(error)) from error
        past = forecasted.inputs.history
        self.tables |= forecasted.table.to_tables()
        self.tables["history"] = history_table(
            house.sourcing.row_keys(), quantity=past.quantity, in_stock=past.in_stock, first_day=past.first_day
        )
        return forecasted

    def _simulate(self, house: House, forecasted: Forecasted) -> None:
        with self._timed("simulate"):
            result = simulate_step(
                self.cache,
                house,
                forecasted,
                executor=self.executor,
                workers=self.workers,
                tell=self.listener.advance,
            )
        self.simulated_days = int(result.meta["days"])
        self.tables |= result.tables

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        self.listener.start(step, None)
        before, count = time.perf_counter(), len(self.cache.made)
        yield
        self.seconds[step] = time.perf_counter() - before
        made = self.cache.made[-1] if len(self.cache.made) > count else Made(step, "", False, {}, "always")
        self.listener.finish(StepReport(step, made.key, made.reused, made.why, self.seconds[step]))
