"""What a scenario does differently from another, as rows for ``scenario plan``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from supplychain.scenario.changes import (
    AppliedChange,
    TableChange,
    WorldChange,
    describe,
    describe_during,
    describe_where,
)
from supplychain.scenario.hashing import canonical_json
from supplychain.scenario.scenario import Scenario
from supplychain.scenario.targets import settings_catalogue

__all__ = ["Difference", "difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row: ``kind`` is setting, table, outlook or world; ``matched`` is None where nothing was counted."""

    kind: str
    path: str
    where: str
    during: str
    before: str
    after: str
    matched: int | None
    origin: str


def difference(scenario: Scenario, parent: Scenario, *, applied: Sequence[AppliedChange] = ()) -> list[Difference]:
    """Rows by which ``scenario`` differs from ``parent``: settings in the order of the schema, then changes in order.

    ``applied`` from `apply_changes` adds the matched row counts. A change of the parent that the scenario lacks is
    listed with the operation under ``before``.
    """
    rows = [
        _row("setting", path, before=getattr_path(parent, path), after=getattr_path(scenario, path))
        for path in ("data", "as_of")
        if getattr(parent, path) != getattr(scenario, path)
    ]
    for path in settings_catalogue():
        before, after = setting(parent, path), setting(scenario, path)
        if before != after:
            row = _row("setting", path, before=describe(before), after=describe(after))
            rows.append(_with_origin(row, scenario.origins.get(path, "")))
    counts = {(done.path, done.origin, done.where, done.during): done.matched for done in applied}
    ours, theirs = _changes(scenario), _changes(parent)
    left = Counter(canonical_json(change) for change in theirs)
    for change in ours:
        key = canonical_json(change)
        if left[key]:
            left[key] -= 1
            continue
        rows.append(_change_row(change, counts, gone=False))
    for change in theirs:
        key = canonical_json(change)
        if left[key]:
            left[key] -= 1
            rows.append(_change_row(change, {}, gone=True))
    return rows


def setting(scenario: Scenario, path: str) -> object:
    """The value of one setting by path."""
    value: object = scenario.settings
    for part in path.split("."):
        value = getattr(value, part)
    return value


def getattr_path(scenario: Scenario, name: str) -> str:
    """A top-level value for people."""
    return describe(getattr(scenario, name))


def _changes(scenario: Scenario) -> list[TableChange | WorldChange]:
    return [*scenario.table_changes, *scenario.outlook, *scenario.world]


def _change_row(
    change: TableChange | WorldChange, counts: dict[tuple[str, str, str, str], int], *, gone: bool
) -> Difference:
    kind = "table" if isinstance(change, TableChange) else change.scope
    text = f"{change.operation} {describe(change.value)}"
    where, during = describe_where(change.where), describe_during(change.first, change.last)
    return Difference(
        kind=kind,
        path=change.path,
        where=where,
        during=during,
        before=text if gone else "",
        after="" if gone else text,
        matched=counts.get((change.path, change.origin, where, during)),
        origin=change.origin,
    )


def _row(kind: str, path: str, *, before: str, after: str) -> Difference:
    return Difference(kind, path, "", "", before, after, None, "")


def _with_origin(row: Difference, origin: str) -> Difference:
    return Difference(row.kind, row.path, row.where, row.during, row.before, row.after, row.matched, origin)
