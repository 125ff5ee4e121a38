"""Runs whose folder is lost or damaged are made again, from what they were made of."""

from __future__ import annotations

import logging
from dataclasses import replace

from supplychain.pipeline.cache import StepCache
from supplychain.scenario import scenario_hash
from supplychain.service.approved import with_approved
from supplychain.service.asking import Ask
from supplychain.service.listen import UNTIL, Listener
from supplychain.service.publishing import publish
from supplychain.service.record import parent_of, previous_inputs, run_key
from supplychain.service.workers import executor_of
from supplychain.store import RunRecord, Store, StoredRun
from supplychain.tables import Tables

__all__ = ["remake_damaged"]

_log = logging.getLogger(__name__)


def remake_damaged(store: Store, ask: Ask, *, workers: int, listener: Listener) -> None:
    """Make damaged runs of this scenario, data set and day again; their order lines and events stay as they are.

    ``ask`` holds the tables without approved lines: a run counted those that were approved before it was made. A run
    that comes out as another one, since data, program or approvals are not what they were, is told in a warning.
    """
    wanted = (ask.scenario.name, scenario_hash(ask.scenario), ask.tables.name, ask.tables.as_of)
    for record in store.runs():
        if (record.scenario, record.scenario_hash, record.data_set, record.as_of) != wanted:
            continue
        damage = store.damage(record.run_id)
        if not damage:
            continue
        found = _as_it_was(store, ask, record)
        if found is None:
            _log.warning(
                "run %s cannot be made again: %s, and the data, the program or what was approved before it are no "
                "longer the same; its order lines stand in the plan database, and approved ones count as before",
                record.run_id,
                damage,
            )
            continue
        _log.warning("run %s is made again: %s", record.run_id, damage)
        _remake(store, found[0], record, given=ask.tables, parent=found[1], workers=workers, listener=listener)


def _as_it_was(store: Store, ask: Ask, record: RunRecord) -> tuple[Ask, StoredRun | None] | None:
    """What the run was asked for and what it was compared with; None where its id comes out as another."""
    tables = with_approved(ask.tables, store, before=record.made_at)
    for until in UNTIL:
        then = replace(ask, tables=tables, until=until, variant=record.variant)
        parent = parent_of(store, then)
        if run_key(then, parent) == record.run_id:
            return then, parent
    return None


def _remake(
    store: Store,
    ask: Ask,
    record: RunRecord,
    *,
    given: Tables,
    parent: StoredRun | None,
    workers: int,
    listener: Listener,
) -> None:
    from supplychain.service.worker import Worker  # the engines: seconds that whole stores need not wait

    with executor_of(workers) as executor:
        cache = StepCache(store, previous_inputs(store, ask.scenario))
        worker = Worker(ask, cache, executor=executor, workers=workers, listener=listener)
        worker.go()
    publish(store, worker, record.run_id, given=given, parent=parent, moment=record.made_at)
