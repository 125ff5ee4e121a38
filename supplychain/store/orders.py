"""Order lines of published runs, and what happened to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, func, insert, select, update

from supplychain.errors import PlanError, Problem
from supplychain.store.approval import (
    DONE,
    FIXED,
    OPEN,
    approved_elsewhere,
    check_people,
    line_number,
    not_approvable,
    same_person,
)
from supplychain.store.chain import FIRST_HASH, OrderEvent, check_links, link
from supplychain.store.database import Database
from supplychain.store.incoming import FIELDS, parse_lines
from supplychain.store.schema import STATUS_WORDS, audit, order_events, order_lines, runs, time_text

__all__ = ["ImportReport", "OrderBook"]

_NOTED = ("import_plan", "approve")
_SYSTEM = "run"
_CHUNK = 500  # databases limit the values in one statement


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts of one import: lines new, back from superseded, as before, and older ones that they supersede."""

    added: int
    restored: int
    unchanged: int
    superseded: int


class OrderBook:
    """Order lines with an append-only, hash-chained record of every change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def import_plan(self, run_id: str, lines: pd.DataFrame, at: datetime) -> ImportReport:
        """Enter the proposed lines of a published run; those of the runs that it replaces become superseded.

        A plain run replaces every other run of its scenario; a variant (what-if) those of the same variant only, never
        the plan.

        Columns: supplier_id, item_id, site_id, order_date, due_date, quantity, unit_price, and if there are any
        line_id, order_id, currency, status (``proposed``; ``to_review`` for held lines; ``planned`` lines are left
        out). Lines that somebody adjusted, approved or took further stay as they are. Importing a run again changes
        nothing, or brings its superseded lines back. Raises PlanError with every problem, and then changes nothing.
        """
        moment = time_text(at)
        with self._database.writing() as connection:
            made = connection.execute(select(runs.c.scenario, runs.c.variant).where(runs.c.run_id == run_id)).first()
            if made is None:
                raise PlanError(f"run {run_id}: not published; publish a run before its order lines are imported")
            new = parse_lines(run_id, str(made.scenario), lines)
            known = _read_lines(connection, order_lines.c.run_id == run_id)
            _check_known(connection, run_id, new, known)
            others = [order_lines.c.run_id != run_id, order_lines.c.scenario == made.scenario]
            if made.variant:
                same = select(runs.c.run_id).where(runs.c.scenario == made.scenario, runs.c.variant == made.variant)
                others.append(order_lines.c.run_id.in_(same))
            old = _read_lines(connection, *others, order_lines.c.status.in_(OPEN))
            added = [row for line_id, row in new.items() if line_id not in known]
            back = [row for line_id, row in new.items() if known.get(line_id, row)["status"] == "superseded"]
            changes = [_change(row, "superseded", {}) for row in old.values()]
            changes += [_change(known[row["line_id"]], row["status"], {}) for row in back]
            if added:
                connection.execute(insert(order_lines), added)
            _move(connection, changes)
            _append(connection, [_change(row, row["status"], _content(row)) for row in added] + changes, moment)
            report = ImportReport(len(added), len(back), len(new) - len(added) - len(back), len(old))
            _note(connection, moment, run_id, asdict(report))
        return report

    def approve(
        self, run_id: str, line_ids: Sequence[str], *, who: str, at: datetime, checked_by: str = ""
    ) -> pd.DataFrame:
        """Approve proposed lines of a run, all of them or none; returns them as ``lines`` has them.

        ``checked_by`` is the second person whom lines that wait for review need. Raises PlanError with every line that
        does not exist, is no longer proposed, needs a second person (another name, whatever its case and blanks), or
        whose item was approved for the same supplier, site and order day after this run had read what is approved: in
        another run of the same data set, which makes the line one that would order it twice. A line beside one that
        its run knew of comes on top of it, and may be approved. Raises UsageError for names that cannot be kept.
        """
        check_people(who, checked_by)
        moment = time_text(at)
        with self._database.writing() as connection:
            known = _read_lines(connection, order_lines.c.run_id == run_id)
            wanted = list(dict.fromkeys(line_ids))
            twice = approved_elsewhere(connection, run_id, [known[one] for one in wanted if one in known])
            second = bool(checked_by.strip()) and not same_person(checked_by, who)
            faults = [fault for one in wanted if (fault := not_approvable(one, known.get(one), twice, second=second))]
            if faults:
                raise PlanError(f"run {run_id}: nothing is approved", faults)
            text = json.dumps({"checked_by": checked_by} if checked_by else {}, ensure_ascii=False)
            changes = [OrderEvent(0, one, known[one]["version"] + 1, "approved", "", who, text) for one in wanted]
            _move(connection, changes)
            _append(connection, changes, moment)
            _note(connection, moment, run_id, {"approved": len(changes)}, action="approve", who=who)
            rows = _read_lines(connection, order_lines.c.run_id == run_id)
        return pd.DataFrame([rows[one] for one in wanted], columns=[column.name for column in order_lines.columns])

    def lines(self, *, run_id: str | None = None, statuses: Sequence[str] = ()) -> pd.DataFrame:
        """Order lines by line id, of one run and of some statuses only when said.

        Raises ValueError for a word that is no status.
        """
        if unknown := [word for word in statuses if word not in STATUS_WORDS]:
            raise ValueError(f"statuses {unknown}: use {', '.join(STATUS_WORDS)}")
        wanted = [order_lines.c.run_id == run_id] if run_id is not None else []
        wanted += [order_lines.c.status.in_(statuses)] if statuses else []
        with self._database.reading() as connection:
            rows = list(_read_lines(connection, *wanted).values())
        return pd.DataFrame(rows, columns=[column.name for column in order_lines.columns])

    def decisions(self) -> pd.DataFrame:
        """What people have decided: run_id, number (of the line in its plan), order_id, item_id, site_id, status.

        And of the approval who, checked_by, at (UTC, ISO 8601). Lines that were decided without an approval, such as
        rejected ones, have the latter empty; oldest approval first.
        """
        decided = (*DONE, "rejected")
        wanted = select(order_events).where(order_events.c.status == "approved").order_by(order_events.c.sequence)
        with self._database.reading() as connection:
            lines = _read_lines(connection, order_lines.c.status.in_(decided))
            events = {row["line_id"]: dict(row) for row in connection.execute(wanted).mappings()}
        rows = []
        for line_id, line in lines.items():
            event = events.get(line_id, {})
            second = str(_parsed(event.get("content", "{}")).get("checked_by", ""))
            names = ("run_id", "order_id", "item_id", "site_id", "status")
            about = {"who": event.get("who", ""), "checked_by": second, "at": event.get("at", "")}
            rows.append({"number": line_number(line), **{name: line[name] for name in names}, **about})
        columns = ["run_id", "number", "order_id", "item_id", "site_id", "status", "who", "checked_by", "at"]
        rows.sort(key=lambda row: (row["at"], row["run_id"], row["number"]))
        return pd.DataFrame(rows, columns=columns)

    def fixed_receipts(self, data_set: str, as_of: date, *, before: datetime | None = None) -> pd.DataFrame:
        """Lines that are approved and not yet received, placed up to ``as_of`` by runs on the data set of this name.

        Columns of ``lines``. A line number stands once: where several runs got it approved, the line of the run made
        last counts. ``before`` leaves out lines that were first decided at that moment or later.
        """
        wanted = (
            select(order_lines, runs.c.made_at)
            .join(runs, runs.c.run_id == order_lines.c.run_id)
            .where(runs.c.data_set == data_set, order_lines.c.status.in_(FIXED))
            .where(order_lines.c.order_date <= as_of.isoformat())
        )
        if before is not None:
            late = select(order_events.c.line_id).where(order_events.c.status.in_(DONE))
            late = late.group_by(order_events.c.line_id).having(func.min(order_events.c.at) >= time_text(before))
            wanted = wanted.where(order_lines.c.line_id.not_in(late))
        with self._database.reading() as connection:
            rows = sorted(
                (dict(row) for row in connection.execute(wanted).mappings()),
                key=lambda row: (row["made_at"], row["line_id"]),
            )
        newest = {line_number(row): row for row in rows}
        found = sorted(newest.values(), key=lambda row: str(row["line_id"]))
        return pd.DataFrame(found, columns=[column.name for column in order_lines.columns])

    def events(self, line_id: str) -> tuple[OrderEvent, ...]:
        """What happened to a line, oldest first; raises PlanError for a line that does not exist."""
        wanted = select(order_events).where(order_events.c.line_id == line_id).order_by(order_events.c.version)
        with self._database.reading() as connection:
            events = tuple(OrderEvent(**row) for row in connection.execute(wanted).mappings())
        if not events:
            raise PlanError(f"order line {line_id}: there is none with this id; `supplychain plan ls` shows them")
        return events

    def verify_chain(self) -> tuple[Problem, ...]:
        """Every trace of tampering with events or order lines; empty when there is none.

        Checks the hash chain, that no event after the last audited one is missing, and that replaying the events
        gives the order lines as they stand.
        """
        with self._database.reading() as connection:
            rows = connection.execute(select(order_events).order_by(order_events.c.sequence)).mappings()
            events = [OrderEvent(**row) for row in rows]
            lines = _read_lines(connection)
            heads = select(audit.c.content).where(audit.c.action.in_(_NOTED)).order_by(audit.c.sequence)
            notes = [json.loads(text) for text in connection.execute(heads).scalars()]
        return (*check_links(events), *_check_heads(events, notes), *_check_replay(events, lines))


def _read_lines(connection: Connection, *wanted: Any) -> dict[str, dict[str, Any]]:
    rows = connection.execute(select(order_lines).where(*wanted)).mappings()
    # Sorted here: databases order text by the rules of their language.
    return {row["line_id"]: dict(row) for row in sorted(rows, key=lambda row: str(row["line_id"]))}


def _check_known(
    connection: Connection,
    run_id: str,
    new: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
) -> None:
    """Line ids belong to one run, and a run's lines never change their content."""
    owners: dict[str, str] = {}
    for start in range(0, len(fresh := [line_id for line_id in new if line_id not in known]), _CHUNK):
        wanted = order_lines.c.line_id.in_(fresh[start : start + _CHUNK])
        rows = connection.execute(select(order_lines.c.line_id, order_lines.c.run_id).where(wanted))
        owners.update((row.line_id, row.run_id) for row in rows)
    problems = [
        Problem(
            "order lines", f"line {line_id}", "line_id", line_id, f"belongs to run {owner}", "use ids unique to a run"
        )
        for line_id, owner in sorted(owners.items())
    ]
    for line_id, row in known.items():
        given = new.get(line_id)
        if given is None or any(given[field] != row[field] for field in FIELDS):
            rule = f"differs from what run {run_id} proposed before"
            problems.append(
                Problem("order lines", f"line {line_id}", "", "", rule, "a changed plan needs a new run id")
            )
    if problems:
        raise PlanError(f"run {run_id}: its order lines cannot be imported", problems)


def _content(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("run_id", "scenario", *FIELDS)}


def _change(row: Mapping[str, Any], status: str, content: Mapping[str, Any]) -> OrderEvent:
    version = row["version"] if content else row["version"] + 1
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return OrderEvent(0, row["line_id"], version, status, "", _SYSTEM, text)


def _move(connection: Connection, changes: Sequence[OrderEvent]) -> None:
    if not changes:
        return
    row = (order_lines.c.line_id == bindparam("of_line"), order_lines.c.version == bindparam("of_version"))
    statement = update(order_lines).where(*row).values(status=bindparam("to_status"), version=bindparam("to_version"))
    rows = [
        {"of_line": c.line_id, "of_version": c.version - 1, "to_status": c.status, "to_version": c.version}
        for c in changes
    ]
    if connection.execute(statement, rows).rowcount != len(rows):
        raise PlanError("order lines: somebody changed one of them meanwhile; try again")


def _append(connection: Connection, changes: Sequence[OrderEvent], at: str) -> None:
    newest = select(order_events.c.sequence, order_events.c.hash).order_by(order_events.c.sequence.desc()).limit(1)
    row = connection.execute(newest).first()
    sequence, previous_hash = (row.sequence, row.hash) if row else (0, FIRST_HASH)
    rows = []
    for number, change in enumerate(changes, start=sequence + 1):
        event = link(
            OrderEvent(number, change.line_id, change.version, change.status, at, change.who, change.content),
            previous_hash,
        )
        previous_hash = event.hash
        rows.append(asdict(event))
    if rows:
        connection.execute(insert(order_events), rows)


def _note(
    connection: Connection,
    at: str,
    run_id: str,
    report: Mapping[str, Any],
    *,
    action: str = "import_plan",
    who: str = _SYSTEM,
) -> None:
    newest = select(order_events.c.sequence, order_events.c.hash).order_by(order_events.c.sequence.desc()).limit(1)
    head = connection.execute(newest).first()
    content = {**report, "events": head.sequence if head else 0, "head": head.hash if head else FIRST_HASH}
    row = {"at": at, "who": who, "action": action, "subject": run_id}
    connection.execute(insert(audit), [{**row, "content": json.dumps(content, sort_keys=True)}])


def _check_heads(events: Sequence[OrderEvent], notes: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """The audit trail notes how long the chain was after each import and approval: a cut tail shows."""
    hashes = {0: FIRST_HASH, **{event.sequence: event.hash for event in events}}
    fix = "restore the database from a copy made before the change"
    return [
        Problem(
            "order_events", f"event {note['events']}", "hash", "", "is not the event that the audit trail noted", fix
        )
        for note in notes
        if hashes.get(note["events"]) != note["head"]
    ]


def _check_replay(events: Sequence[OrderEvent], lines: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    state: dict[str, dict[str, Any]] = {}
    for event in events:
        line = state.setdefault(event.line_id, {"line_id": event.line_id})
        line.update(_parsed(event.content), status=event.status, version=event.version)
    fix = "restore the database from a copy made before the change"
    problems = []
    for line_id in sorted(state.keys() | lines.keys()):
        said, found = state.get(line_id), lines.get(line_id)
        if said is None or found is None:
            rule = "has no events" if said is None else "has events but is gone"
            problems.append(Problem("order_lines", f"line {line_id}", "", "", rule, fix))
            continue
        for name, value in found.items():
            if said.get(name) != value:
                rule = f"its events say {said.get(name)!r}"
                problems.append(Problem("order_lines", f"line {line_id}", name, str(value), rule, fix))
    return problems


def _parsed(content: str) -> dict[str, Any]:
    try:
        return dict(json.loads(content))
    except (ValueError, TypeError):
        return {}  # altered: the chain check has said so
