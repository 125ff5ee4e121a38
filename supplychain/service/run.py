"""Run a scenario from tables to key figures; what is known already is reused."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Protocol

import pandas as pd

from supplychain.errors import DegradedError, UsageError
from supplychain.pipeline.cache import Made, StepCache
from supplychain.pipeline.digest import code_version, digest
from supplychain.pipeline.prepare import House, Prepared, prepare
from supplychain.pipeline.steps import Forecasted, forecast_step, place_step, replenish_step, route_step
from supplychain.plans.site_plan import SitePlan
from supplychain.scenario import Scenario, scenario_hash
from supplychain.service.inputs import load_inputs
from supplychain.service.kpis import compare_kpis, kpi_table, plan_figures
from supplychain.service.problems import find_problems
from supplychain.service.result import RunResult, StepReport
from supplychain.service.workers import executor_of
from supplychain.store import RunRecord, Store, StoredRun
from supplychain.tables import Tables
from supplychain.twin.simulate import simulate_step

__all__ = ["UNTIL", "Listener", "Until", "open_run", "run", "run_key"]

Until = Literal["validate", "place", "forecast", "replenish", "route", "simulate"]
UNTIL: tuple[Until, ...] = ("validate", "place", "forecast", "replenish", "route", "simulate")

_LIBRARIES = ("highspy", "lightgbm", "numpy", "ortools", "pandas", "pyvrp", "scipy", "statsforecast")


class Listener(Protocol):
    """Hears how far a run is; only the command line makes one that prints."""

    def start(self, step: str, total: int | None) -> None:
        """A step begins; ``total`` units of work where that is known."""
        ...

    def advance(self, done: int) -> None:
        """Units of work done so far."""
        ...

    def finish(self, step: StepReport) -> None:
        """A step is done."""
        ...


class _Silent:
    def start(self, step: str, total: int | None) -> None:
        pass

    def advance(self, done: int) -> None:
        pass

    def finish(self, step: StepReport) -> None:
        pass


@dataclass(frozen=True)
class _Request:
    scenario: Scenario
    tables: Tables
    until: Until
    store: Store
    executor: Executor | None
    workers: int
    listener: Listener


def run(
    scenario: str | Path,
    *,
    until: Until = "simulate",
    as_of: date | None = None,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    workers: int = 1,
    store: Store | Path | None = None,
    project: Path | None = None,
    strict: bool = False,
    listener: Listener | None = None,
    now: datetime | None = None,
) -> RunResult:
    """Run a scenario and publish the result in the store.

    ``data`` is a file for a mapping (real order lines) or another data set; ``sets`` are ``path=value``; ``now`` is
    the time written beside the run (default: the time of the call), never part of a result. Raises DataError and
    ScenarioError for bad input, InfeasibleError when nothing feasible exists, DegradedError only with ``strict``,
    after the run is published.
    """
    if until not in UNTIL:
        raise UsageError(f"until {until!r}: must be one of {', '.join(UNTIL)}")
    chosen, tables = load_inputs(scenario, data=data, as_of=as_of, sets=sets, project=project)
    house_store = store if isinstance(store, Store) else Store.open(Path(store) if store else Path(".supplychain"))
    moment = now or datetime.now(UTC)
    with executor_of(workers) as executor:
        request = _Request(chosen, tables, until, house_store, executor, workers, listener or _Silent())
        result = _reuse(request) or _make(request, moment)
    if strict and result.degraded:
        raise DegradedError(f"run {result.run_id}: " + "; ".join(result.degraded))
    return result


def open_run(store: Store, text: str) -> RunResult:
    """A published run by id, beginning of an id, scenario name or ``latest``; PlanError when there is none."""
    return _from_store(store, store.find(text).run_id, reused=False)


def run_key(scenario: Scenario, tables: Tables, until: str) -> str:
    """Hash of all that a run depends on: resolved scenario, files, code and libraries."""
    files = dict(sorted(tables.fingerprints.items()))
    parts = [scenario.name, scenario_hash(scenario), tables.name, tables.as_of, files, until]
    return digest(*parts, code_version(), _versions())[:16]


def _versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES if _installed(name)} | {"python": platform.python_version()}


def _installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def _reuse(request: _Request) -> RunResult | None:
    run_id = run_key(request.scenario, request.tables, request.until)
    if run_id not in {record.run_id for record in request.store.runs()}:
        return None
    return _from_store(request.store, run_id, reused=True)


def _from_store(store: Store, run_id: str, *, reused: bool) -> RunResult:
    stored: StoredRun = store.read_run(run_id)
    manifest = stored.manifest
    why = "whole run unchanged" if reused else None
    steps = tuple(
        StepReport(step["name"], step["key"], reused or bool(step["reused"]), why or step["why"])
        for step in manifest["steps"]
    )
    return RunResult(
        run_id=run_id,
        scenario=stored.record.scenario,
        title=stored.record.title,
        chain=tuple(manifest["chain"]),
        as_of=stored.record.as_of,
        until=manifest["until"],
        steps=steps,
        tables=stored.tables,
        notes=tuple(manifest["notes"]),
        degraded=tuple(manifest["degraded"]),
        path=store.root / "runs" / run_id,
        parent_run=manifest["parent_run"],
        manifest=manifest,
    )


def _make(request: _Request, moment: datetime) -> RunResult:
    scenario, store = request.scenario, request.store
    parent = _parent_of(request)
    worker = _Worker(request, StepCache(store, _previous(request)))
    worker.go()
    tables = worker.tables
    simulated = tables.pop("figures", None)
    kpis = kpi_table(plan_figures(tables), simulated)
    tables["kpis"] = compare_kpis(kpis, parent.tables["kpis"] if parent else None)
    if worker.prepared is not None:
        share = worker.prepared.settings.replenish.holding_share_per_year
        tables["problems"] = find_problems(
            worker.prepared.dataset, tables, simulated_days=worker.simulated_days, holding_share=share
        )
    run_id = run_key(scenario, request.tables, request.until)
    manifest = _manifest(request, worker, parent)
    record = RunRecord(
        run_id=run_id,
        scenario=scenario.name,
        scenario_hash=scenario_hash(scenario),
        data_set=request.tables.name,
        as_of=request.tables.as_of,
        seed=scenario.settings.seed,
        made_at=moment,
        title=scenario.title,
        parent=scenario.chain[-1] if scenario.chain else None,
        status="complete" if request.until == "simulate" else "partial",
    )
    store.publish(record, tables, manifest)
    if "order_lines" in tables:
        store.orders.import_plan(run_id, _book_lines(run_id, tables["order_lines"]), moment)
    made = _from_store(store, run_id, reused=False)
    seconds = worker.seconds
    steps = tuple(StepReport(s.name, s.key, s.reused, s.why, seconds.get(s.name, 0.0)) for s in made.steps)
    return RunResult(**{**made.__dict__, "steps": steps})


def _book_lines(run_id: str, lines: pd.DataFrame) -> pd.DataFrame:
    """Proposed lines for the order book; a line number is unique across runs there, and held lines wait for review."""
    proposed = lines[lines["status"] == "proposed"]
    held = proposed["held"].fillna("").ne("")
    return proposed.assign(
        line_id=run_id + ":" + proposed["line_id"],
        due_date=proposed["receipt_date"],
        status=held.map({True: "to_review", False: "proposed"}),
    )


def _manifest(request: _Request, worker: _Worker, parent: StoredRun | None) -> dict[str, Any]:
    scenario = request.scenario
    return {
        "chain": list(scenario.chain),
        "until": request.until,
        "notes": worker.notes,
        "degraded": worker.degraded,
        "parent_run": parent.record.run_id if parent else None,
        "seed": scenario.settings.seed,
        "scenario_hash": scenario_hash(scenario),
        "code": code_version(),
        "versions": _versions(),
        "files": dict(sorted(request.tables.fingerprints.items())),
        "steps": [
            {"name": m.name, "key": m.key, "reused": m.reused, "why": m.why, "inputs": dict(m.inputs)}
            for m in worker.cache.made
        ],
    }


def _parent_of(request: _Request) -> StoredRun | None:
    """The newest full run of the scenario to compare with, on the same data and day."""
    scenario = request.scenario
    against = scenario.compare.against or (scenario.chain[-1] if scenario.chain else None)
    for record in request.store.runs():
        same = record.data_set == request.tables.name and record.as_of == request.tables.as_of
        if record.scenario == against and same and record.status == "complete":
            return request.store.read_run(record.run_id)
    return None


def _previous(request: _Request) -> Mapping[str, Mapping[str, str]]:
    """Input hashes by step of the newest run of the same scenario, or else of its parent."""
    wanted = [request.scenario.name, *reversed(request.scenario.chain)]
    records = request.store.runs()
    for name in wanted:
        for record in records:
            if record.scenario == name:
                steps = request.store.read_run(record.run_id).manifest["steps"]
                return {step["name"]: step["inputs"] for step in steps}
    return {}


class _Worker:
    """Goes through the steps and collects their tables."""

    def __init__(self, request: _Request, cache: StepCache) -> None:
        self.request, self.cache = request, cache
        self.tables: dict[str, pd.DataFrame] = {}
        self.notes: list[str] = []
        self.degraded: list[str] = []
        self.seconds: dict[str, float] = {}
        self.prepared: Prepared | None = None
        self.simulated_days = 365

    def go(self) -> None:
        """Every step up to ``until``."""
        last = UNTIL.index(self.request.until)
        with self._timed("validate"):
            self.prepared = prepare(self.request.tables, self.request.scenario)
        if last >= UNTIL.index("place"):
            house = self._place(self.prepared)
        if last >= UNTIL.index("forecast"):
            forecasted = self._forecast(house)
        if last >= UNTIL.index("replenish"):
            with self._timed("replenish"):
                self.tables |= replenish_step(self.cache, house, forecasted).tables
        if last >= UNTIL.index("route") and house.dataset.deliveries:
            with self._timed("route"):
                self.tables |= route_step(self.cache, house, executor=self.request.executor).tables
        if last >= UNTIL.index("simulate") and house.dataset.actuals is not None:
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
        with self._timed("forecast"):
            forecasted = forecast_step(self.cache, house)
        self.tables |= forecasted.table.to_tables()
        return forecasted

    def _simulate(self, house: House, forecasted: Forecasted) -> None:
        request = self.request
        with self._timed("simulate"):
            result = simulate_step(
                self.cache,
                house,
                forecasted,
                executor=request.executor,
                workers=request.workers,
                tell=request.listener.advance,
            )
        self.simulated_days = int(result.meta["days"])
        self.tables |= result.tables

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        self.request.listener.start(step, None)
        before, count = time.perf_counter(), len(self.cache.made)
        yield
        self.seconds[step] = time.perf_counter() - before
        made = self.cache.made[-1] if len(self.cache.made) > count else Made(step, "", False, {}, "always")
        self.request.listener.finish(StepReport(step, made.key, made.reused, made.why, self.seconds[step]))
