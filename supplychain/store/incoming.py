"""Order lines as a plan hands them over, checked and turned into rows of the database."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import pandas as pd

from supplychain.errors import PlanError, Problem

__all__ = ["FIELDS", "parse_lines"]

_KEYS = ("supplier_id", "item_id", "site_id")
_DATES = ("order_date", "due_date")
_NUMBERS = ("quantity", "unit_price")
FIELDS = ("order_id", *_KEYS, *_DATES, *_NUMBERS, "currency")
_IMPORTED = ("proposed", "to_review")


def parse_lines(run_id: str, scenario: str, lines: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows of the table ``order_lines`` by line id, sorted; raises PlanError with every problem.

    A line without ``line_id`` gets a hash of run, supplier, item, site and dates; one without ``order_id`` joins the
    lines of the same supplier, site and order date. Lines with the status ``planned`` are left out.
    """
    missing = [name for name in (*_KEYS, *_DATES, *_NUMBERS) if name not in lines.columns]
    if missing:
        fix = f"give the columns {', '.join((*_KEYS, *_DATES, *_NUMBERS))}"
        raise PlanError(
            f"run {run_id}: its order lines cannot be imported",
            [Problem("order lines", "header", name, "", "the column is missing", fix) for name in missing],
        )
    rows: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for number, given in enumerate(lines.to_dict("records"), start=1):
        status = given.get("status", "proposed")
        if status == "planned":
            continue
        found: list[Problem] = []
        row: dict[str, Any] = {
            **{name: _text(given[name], name, number, found) for name in _KEYS},
            **{name: _date(given[name], name, number, found) for name in _DATES},
            **{name: _number(given[name], name, number, found) for name in _NUMBERS},
        }
        if status not in _IMPORTED:
            found.append(_problem(number, "status", status, f"must be {' or '.join(_IMPORTED)}", "leave it out"))
        row |= {"run_id": run_id, "scenario": scenario, "status": status, "version": 1}
        row["currency"] = str(given.get("currency") or "")
        row["order_id"] = str(
            given.get("order_id") or _hash(run_id, row["supplier_id"], row["site_id"], row["order_date"])
        )
        row["line_id"] = str(given.get("line_id") or _hash(run_id, *(row[name] for name in (*_KEYS, *_DATES))))
        if row["line_id"] in rows:
            found.append(_problem(number, "line_id", row["line_id"], "appears twice", "make one line of the two"))
        rows[row["line_id"]] = row
        problems += found
    if problems:
        raise PlanError(f"run {run_id}: its order lines cannot be imported", problems)
    return dict(sorted(rows.items()))


def _text(value: Any, name: str, number: int, problems: list[Problem]) -> str:
    if not isinstance(value, str) or not value:
        problems.append(_problem(number, name, value, "must be text", "give the id"))
    return str(value)


def _date(value: Any, name: str, number: int, problems: list[Problem]) -> str:
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        day = pd.NaT
    if pd.isna(day):
        problems.append(_problem(number, name, value, "must be a date", "write it as 2025-05-31"))
        return ""
    return str(day.date().isoformat())


def _number(value: Any, name: str, number: int, problems: list[Problem]) -> float:
    try:
        parsed = float(value)
    except (ValueError, TypeError):
        parsed = math.nan
    if not math.isfinite(parsed) or parsed < 0 or (name == "quantity" and parsed == 0):
        limit = "above 0" if name == "quantity" else "0 or more"
        problems.append(_problem(number, name, value, f"must be a number {limit}", "correct the plan"))
    return parsed


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def _problem(number: int, field: str, value: Any, rule: str, fix: str) -> Problem:
    return Problem("order lines", f"line {number}", field, str(value), rule, fix)
