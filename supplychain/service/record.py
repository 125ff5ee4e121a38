"""Runs as the store keeps them: their key, and the runs before them that matter to them."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec

from supplychain.errors import PlanError
from supplychain.pipeline.digest import code_version, digest
from supplychain.scenario import Scenario, load_scenario, scenario_hash
from supplychain.service.asking import Ask
from supplychain.store import RunRecord, Store, StoredRun

__all__ = ["parent_of", "previous_inputs", "run_key", "undamaged", "versions"]

_log = logging.getLogger(__name__)

_LIBRARIES = (
    "highspy", "lightgbm", "numpy", "ortools", "pandas", "prophet", "pulp", "pyvrp", "scipy", "statsforecast",
    "statsmodels",
)  # fmt: skip


def run_key(ask: Ask, parent: StoredRun | None) -> str:
    """Hash of all that a run depends on: resolved scenario, files, code, libraries, and the run it is compared with."""
    scenario, tables = ask.scenario, ask.tables
    files = dict(sorted(tables.fingerprints.items()))
    against = parent.record.run_id if parent else None
    parts = [scenario.name, scenario_hash(scenario), tables.name, tables.as_of, files, ask.until, against]
    return digest(*parts, code_version(), versions())[:16]


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that can change a result."""
    return {name: version(name) for name in _LIBRARIES if _installed(name)} | {"python": platform.python_version()}


def _installed(name: str) -> bool:
    return find_spec(name) is not None


def parent_of(store: Store, ask: Ask) -> StoredRun | None:
    """The newest full run to compare with: of ``compare.against``, or of the parent, on the same data and day.

    It must have been run as its file says, or under the same ``sets`` as this run; the latter goes first.
    """
    scenario, tables = ask.scenario, ask.tables
    against = scenario.compare.against or (scenario.chain[-1] if scenario.chain else None)
    if against is None:
        return None
    wanted = [scenario_hash(load_scenario(against, project=ask.project, sets=sets)) for sets in (ask.sets, ())]
    files = dict(sorted(tables.fingerprints.items()))
    fitting = [
        record
        for record in store.runs()
        if record.scenario == against
        and record.scenario_hash in wanted
        and record.as_of == tables.as_of
        and record.status == "complete"
    ]
    for record in sorted(fitting, key=lambda record: wanted.index(record.scenario_hash)):
        stored = undamaged(store, record)
        if stored is not None and stored.manifest["files"] == files:
            return stored
    return None


def previous_inputs(store: Store, scenario: Scenario) -> Mapping[str, Mapping[str, str]]:
    """Input hashes by step of the newest run of the same scenario, or else of its nearest ancestor."""
    records = store.runs()
    for name in (scenario.name, *reversed(scenario.chain)):
        for record in records:
            stored = undamaged(store, record, quiet=True) if record.scenario == name else None
            if stored is not None:
                return {step["name"]: step["inputs"] for step in stored.manifest["steps"]}
    return {}


def undamaged(store: Store, record: RunRecord, *, quiet: bool = False) -> StoredRun | None:
    """A run; None, with a warning unless ``quiet``, when its folder is lost or its manifest damaged."""
    try:
        return store.read_run(record.run_id)
    except PlanError as error:
        level = logging.DEBUG if quiet else logging.WARNING
        _log.log(level, "run %s (%s) is passed over: %s", record.run_id, record.label, error)
        return None
