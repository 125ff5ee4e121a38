"""Backtest a scenario's forecast at past origins, beside other methods and benchmarks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from supplychain.errors import DataError, UsageError
from supplychain.pipeline.cache import StepCache
from supplychain.plans.backtest_table import BacktestTable
from supplychain.reports.backtest_text import backtest_text
from supplychain.reports.backtest_view import BacktestView
from supplychain.service.asking import Ask, make_ask
from supplychain.service.listen import Listener, Silent
from supplychain.service.result import StepReport
from supplychain.service.workers import executor_of
from supplychain.store import StepResult, Store

__all__ = ["BacktestResult", "backtest"]


@dataclass(frozen=True)
class BacktestResult:
    """A finished backtest: ``view`` holds what it is about, ``path`` the folder of its tables in the store.

    Frames, as ``plans.backtest_table.BacktestTable`` describes them: ``days``, ``intervals``, ``rows``, ``scores``,
    ``value_added``, ``coverage``, ``errors``.
    """

    view: BacktestView
    path: Path

    @property
    def days(self) -> pd.DataFrame:
        """Forecast and demand by method, row, origin and day."""
        return self.view.table.days

    @property
    def intervals(self) -> pd.DataFrame:
        """Forecast and demand by method, row, origin and protection interval."""
        return self.view.table.intervals

    @property
    def rows(self) -> pd.DataFrame:
        """Segments and losses by method, row and origin."""
        return self.view.table.rows

    @property
    def scores(self) -> pd.DataFrame:
        """Metrics by method and segment."""
        return self.view.table.scores

    @property
    def value_added(self) -> pd.DataFrame:
        """Value added by method, segment, metric and benchmark."""
        return self.view.table.value_added

    @property
    def coverage(self) -> pd.DataFrame:
        """Levels asked for and reached by method and protection interval."""
        return self.view.table.coverage

    @property
    def errors(self) -> pd.DataFrame:
        """Rows by money in the errors of the scenario's method, largest first."""
        return self.view.table.errors

    def summary(self) -> str:
        """The backtest as text, ready to print."""
        return backtest_text(self.view)


def backtest(
    scenario: str | Path,
    *,
    origins: int | None = None,
    step_days: int | None = None,
    horizon_days: int | None = None,
    methods: Sequence[str] = (),
    as_of: date | None = None,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    workers: int = 1,
    store: Store | Path | None = None,
    project: Path | None = None,
    listener: Listener | None = None,
) -> BacktestResult:
    """Forecast at past origins from the days before each, as the scenario would have, and compare with what came.

    ``methods`` are tried beside the scenario's own. What is None: a horizon of 28 days (or the scenario's, where that
    is shorter), a step of the horizon, six origins or as many as the history has. The result is kept in the store and
    does not depend on ``workers``. Raises UsageError for an unknown method and for a history that is too short,
    DataError and ScenarioError for bad input and where no day can be judged, InfeasibleError when no network is
    feasible.
    """
    ask = make_ask(scenario, until="forecast", as_of=as_of, data=data, sets=sets, project=project)
    kept = store if isinstance(store, Store) else Store.open(Path(store) if store else Path(".supplychain"))
    kept.check_writable()
    from supplychain.handover.backtesting import make_backtest_ask  # the engines: seconds that a mistake need not wait
    from supplychain.pipeline.backtest_step import backtest_step
    from supplychain.pipeline.prepare import prepare
    from supplychain.pipeline.steps import inputs_of, place_step
    from supplychain.reports.places import report_tables

    cache, ear = StepCache(kept), listener or Silent()
    prepared = prepare(ask.tables, ask.scenario)
    _, house = place_step(cache, prepared)
    if not house.sourcing.rows:
        raise UsageError(f"scenario {ask.scenario.name}: no item is listed at an open site, so there is nothing to try")
    inputs = inputs_of(house)
    wanted = make_backtest_ask(inputs, methods=methods, origins=origins, step_days=step_days, horizon_days=horizon_days)
    ear.start("backtest", wanted.origins * len(wanted.methods))
    before = time.perf_counter()

    def tell(method: str, done: int) -> None:
        ear.advance(wanted.methods.index(method) * wanted.origins + done)

    with executor_of(workers) as executor:
        result = backtest_step(cache, house, inputs, wanted, executor=executor, workers=workers, tell=tell)
    if result.tables["backtest_scores"].empty:
        rule = "no day after the origins is known: all were sold out, not on sale or not recorded"
        raise DataError(f"scenario {ask.scenario.name}: {rule}; try more origins, or a longer horizon")
    made = cache.made[-1]
    why = "" if made.reused else ", ".join(wanted.methods)
    ear.finish(StepReport("backtest", made.key, made.reused, why, time.perf_counter() - before))
    view = _view(ask, result, wanted.step_days, wanted.horizon_days, report_tables(prepared.dataset))
    return BacktestResult(view, kept.step_folder(result))


def _view(
    ask: Ask, result: StepResult, step_days: int, horizon_days: int, about: dict[str, pd.DataFrame]
) -> BacktestView:
    name = ask.scenario.name
    return BacktestView(
        key=result.key,
        scenario=f"{name} [{ask.variant}]" if ask.variant else name,
        title=ask.scenario.title,
        as_of=ask.tables.as_of,
        methods=tuple(result.meta["methods"]),
        origins=tuple(result.meta["origins"]),
        step_days=step_days,
        horizon_days=horizon_days,
        table=BacktestTable.from_tables(result.tables),
        about=about,
    )
