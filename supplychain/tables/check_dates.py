"""Dates fit the planning day, and ranges run forward."""

from __future__ import annotations

import pandas as pd

from supplychain.errors import Problem
from supplychain.tables.checking import Checking

__all__ = ["check_dates"]

_PAST = (
    ("demand", "date", "move the row to actuals, or plan on a later as_of"),
    ("returns", "date", "remove the row, or plan on a later as_of"),
    ("receipts", "received", "goods still to come belong in open_orders"),
    ("open_orders", "ordered", "remove the order, or plan on a later as_of"),
    ("transfers", "shipped", "remove the transfer, or plan on a later as_of"),
)
_NEAR = (
    ("demand", "date"),
    ("actuals", "date"),
    ("receipts", "ordered"),
    ("receipts", "promised"),
    ("receipts", "received"),
    ("open_orders", "ordered"),
    ("open_orders", "due"),
    ("transfers", "shipped"),
    ("transfers", "due"),
)
_REACH_DAYS = 7305
"""20 years; one mistyped century would make a history of some ten thousand days, or a lead time of as many."""

_RANGES = (
    ("items", "introduced", "ended"),
    ("item_sites", "min_units", "max_units"),
    ("overrides", "from", "to"),
    ("pins", "from", "to"),
    ("promotions", "from", "to"),
    ("events", "from", "to"),
    ("open_orders", "ordered", "due"),
    ("transfers", "shipped", "due"),
    ("receipts", "ordered", "promised"),
    ("receipts", "ordered", "received"),
    ("vehicles", "shift_start", "shift_end"),
    ("deliveries", "promised_from", "promised_to"),
    ("deliveries", "window_start", "window_end"),
    ("constants", "low", "high"),
)
_AMOUNTS = ("min_units", "low")  # ranges of figures; the others are of days and times

MOST_ROWS = 100
"""Rows with a wrong date up to which each is told."""


def check_dates(checking: Checking) -> None:
    """The past lies before as_of, actuals behind it, and no range is reversed."""
    if "as_of" not in checking.told.header:
        _check_as_of(checking)
    for table, first, last in _RANGES:
        frame = checking.frame(table)
        reversed_rows = (frame[first] > frame[last]).fillna(False)
        word = "is above" if first in _AMOUNTS else "lies after"
        checking.add(table, reversed_rows, f"{first}, {last}", f"{first} {word} {last}", "swap or correct the two")


def _check_as_of(checking: Checking) -> None:
    as_of = checking.tables.as_of
    day = pd.Timestamp(as_of)
    for table, column, fix in _PAST:
        late = checking.frame(table)[column] > day
        _add_dates(checking, table, late, column=column, rule=f"lies after as_of {as_of}", fix=fix)
    for table, column in _NEAR:
        far = (checking.frame(table)[column] - day).abs() > pd.Timedelta(days=_REACH_DAYS)
        rule = f"lies more than 20 years from as_of {as_of}"
        fix = "correct the date or as_of, or leave such old rows out"
        _add_dates(checking, table, far, column=column, rule=rule, fix=fix)
    early = checking.frame("actuals")["date"] <= day
    rule = f"does not lie after as_of {as_of}"
    fix = "move the row to demand, or plan on an earlier as_of"
    _add_dates(checking, "actuals", early, column="date", rule=rule, fix=fix)


def _add_dates(checking: Checking, table: str, wrong: pd.Series, *, column: str, rule: str, fix: str) -> None:
    """Each row with a wrong date; very many of them are one fault, of as_of, and are told as one."""
    count = int(wrong.sum())
    if count <= MOST_ROWS:
        checking.add(table, wrong, column, rule, fix)
        return
    dates = checking.frame(table)[column][wrong]
    value = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
    checking.problems.append(Problem(checking.file(table), f"{count:,} rows", column, value, rule, fix))
