"""Run a scenario from tables to key figures; what is known already is reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from supplychain.errors import DegradedError
from supplychain.pipeline.cache import StepCache
from supplychain.service.approved import with_approved
from supplychain.service.asking import make_ask
from supplychain.service.listen import Listener, Silent, Until
from supplychain.service.listing import stored_result, warn_of_unknown_runs
from supplychain.service.publishing import book_lines, publish
from supplychain.service.record import parent_of, previous_inputs, run_key
from supplychain.service.remaking import remake_damaged
from supplychain.service.result import RunResult
from supplychain.service.workers import executor_of
from supplychain.store import Store

__all__ = ["run"]


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

    Damaged runs of the same scenario, data set and day are made again first, as they were.

    ``data`` is a file for a mapping (real order lines) or another data set; ``sets`` are ``path=value``; ``now`` is
    the time written beside the run (default: the time of the call), never part of a result. Raises DataError and
    ScenarioError for bad input, InfeasibleError when nothing feasible exists, DegradedError only with ``strict``,
    after the run is published.
    """
    ask = make_ask(scenario, until=until, as_of=as_of, data=data, sets=sets, project=project)
    kept = store if isinstance(store, Store) else Store.open(Path(store) if store else Path(".supplychain"))
    kept.check_writable()
    warn_of_unknown_runs(kept)
    moment = now or datetime.now(UTC)  # before the order book is read: what is approved later the run does not know
    given = ask.tables
    remake_damaged(kept, ask, workers=workers, listener=listener or Silent())
    ask = replace(ask, tables=with_approved(given, kept))
    parent = parent_of(kept, ask)
    run_id = run_key(ask, parent)
    if any(record.run_id == run_id for record in kept.runs()):
        result = _ask_again(kept, run_id, variant=ask.variant, moment=moment)
    else:
        from supplychain.service.worker import (
            Worker,  # the engines: seconds that a mistake or a stored run need not wait
        )

        with executor_of(workers) as executor:
            cache = StepCache(kept, previous_inputs(kept, ask.scenario))
            worker = Worker(ask, cache, executor=executor, workers=workers, listener=listener or Silent())
            worker.go()
        result = publish(kept, worker, run_id, given=given, parent=parent, moment=moment)
        if "order_lines" in result.tables:
            kept.orders.import_plan(run_id, book_lines(run_id, result.tables["order_lines"]), moment)
    if strict and result.degraded:
        raise DegradedError(f"run {result.run_id}: " + "; ".join(result.degraded))
    return result


def _ask_again(store: Store, run_id: str, *, variant: str, moment: datetime) -> RunResult:
    """A run that is stored becomes the latest; its order lines stand again where those of another run took over."""
    result = stored_result(store, run_id, reused=True)
    becomes_plan = bool(result.variant) and not variant
    store.touch(run_id, moment, variant=variant)  # first: the order book asks whether the run is the plan
    if "order_lines" in result.tables:
        booked = store.orders.lines(run_id=run_id)
        if booked.empty or booked["status"].eq("superseded").any() or becomes_plan:
            store.orders.import_plan(run_id, book_lines(run_id, result.tables["order_lines"]), moment)
    return result if variant else replace(result, variant="")
