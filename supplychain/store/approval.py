"""When an order line may be approved: by whom, and not twice."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from supplychain.errors import Problem, UsageError
from supplychain.store.schema import order_events, order_lines, runs
from supplychain.tables.cells import name_fault

__all__ = [
    "DONE",
    "FIXED",
    "LONGEST_NAME",
    "OPEN",
    "approved_elsewhere",
    "check_people",
    "line_number",
    "not_approvable",
    "same_person",
]

LONGEST_NAME = 120
"""Characters of a person's name, as the plan database keeps it."""

FIXED = ("approved", "released", "confirmed")
"""A person has decided, and the goods are still to come."""
OPEN = ("proposed", "to_review")
"""No person has decided yet, so the next run plans them anew."""
DONE = (*FIXED, "received", "closed")
"""A person has ordered it."""


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: `Ann`, ` ann ` and `ANN` are."""
    first, second = (" ".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in (one, other))
    return first == second


def check_people(who: str, checked_by: str) -> None:
    """Raises UsageError with all that is wrong with the names of those who approve; the second may be empty."""
    faults = []
    if not who.strip():
        faults.append(Problem("--who", "", "", "", "must not be empty", "give the name of the person who approves"))
    for option, name in (("--who", who.strip()), ("--checked-by", checked_by.strip())):
        if (fault := name_fault(name, LONGEST_NAME)) is not None:
            faults.append(Problem(option, "", "", name, fault.rule, fault.fix))
    if faults:
        raise UsageError("nothing is approved", faults)


def line_number(line: Mapping[str, Any]) -> str:
    """The line's number in its plan: the same in every run that proposes it."""
    return str(line["line_id"]).removeprefix(f"{line['run_id']}:")


def approved_elsewhere(
    connection: Connection, run_id: str, lines: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, ...], str]:
    """Runs that approved a supplier's item for a site and day without this run knowing, or the same line number.

    A run reads what is approved before its ``made_at``; what was approved since then it could not count.
    """
    this = connection.execute(select(runs.c.data_set, runs.c.made_at).where(runs.c.run_id == run_id)).first()
    if this is None:
        return {}
    days = sorted({str(line["order_date"]) for line in lines})
    decided = select(order_events.c.line_id, func.min(order_events.c.at).label("at")).where(
        order_events.c.status.in_(DONE)
    )
    first = decided.group_by(order_events.c.line_id).subquery()
    wanted = (
        select(order_lines, first.c.at)
        .join(runs, runs.c.run_id == order_lines.c.run_id)
        .outerjoin(first, first.c.line_id == order_lines.c.line_id)
        .where(runs.c.data_set == this.data_set, order_lines.c.run_id != run_id, order_lines.c.status.in_(DONE))
        .where(order_lines.c.order_date.in_(days))
    )
    rows = [dict(row) for row in connection.execute(wanted).mappings()]
    found = {_row(row): str(row["run_id"]) for row in rows if row["at"] is None or row["at"] >= this.made_at}
    return found | {(line_number(row),): str(row["run_id"]) for row in rows}


def not_approvable(
    line_id: str, line: Mapping[str, Any] | None, twice: Mapping[tuple[str, ...], str], *, second: bool
) -> Problem | None:
    """Why the line cannot be approved, None where it can; ``twice`` as ``approved_elsewhere`` gives it."""

    def wrong(rule: str, fix: str) -> Problem:
        return Problem("order lines", f"line {line_id}", "status", "" if line is None else line["status"], rule, fix)

    if line is None:
        return wrong("the order book has no such line", "name a line that the run proposes")
    if line["status"] == "superseded":
        return wrong("a newer run of the scenario replaced it", "approve the line of the newest run")
    if line["status"] not in OPEN:
        return wrong("is decided already", "leave it out")
    if (other := twice.get((line_number(line),))) is not None:
        return wrong(f"run {other} has the same order line approved already", "leave it out; it would be ordered twice")
    rule, fix = "", ""
    if (other := twice.get(_row(line))) is not None:
        rule = f"run {other} has the item approved for the same day, which run {line['run_id']} did not know"
        fix = "run the scenario again: it orders what is still missing, if anything is"
    elif line["status"] == "to_review" and not second:
        rule = "is held for a second person"
        fix = "name that person, who must be another, with --checked-by"
    return wrong(rule, fix) if rule else None


def _row(line: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(line[name]) for name in ("supplier_id", "item_id", "site_id", "order_date"))
