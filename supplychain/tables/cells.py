"""One cell: from text to a value, or why not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from supplychain.tables.columns import Column
from supplychain.tables.nearest import suggestion

__all__ = [
    "SMALLEST",
    "TOO_SMALL",
    "UNSAFE",
    "YEARS",
    "CellError",
    "bound_fault",
    "limit_text",
    "name_fault",
    "parse_cell",
    "serial_date",
]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPREADSHEET_NUMBER = re.compile(r"\d(\.\d+)?E\+\d\d+", re.ASCII)
SMALLEST = 1e-30
"""Numbers nearer to 0 stand for nothing that can be counted, paid or measured, and lose digits in arithmetic."""
TOO_SMALL = f"is not 0 and smaller than {SMALLEST:g}"
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})
YEARS = (1900, 2199)
_LONGEST_KEY, _LONGEST_TEXT = 200, 4000
UNSAFE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""What changes how a terminal, a page or a table shows a text: controls, direction overrides, half a pair."""
_UNSEEN = re.compile("[\\u00ad\\u200b-\\u200f\\u2060-\\u2064\\ufeff]")  # two keys could look the same


class CellError(ValueError):
    """A cell that breaks its column's rule; says the rule and the fix."""

    def __init__(self, rule: str, fix: str) -> None:
        super().__init__(f"{rule}. Fix: {fix}")
        self.rule = rule
        self.fix = fix


def parse_cell(column: Column, text: str, *, decimal: str = ".") -> Any:
    """Value of a filled cell by the column's type; raises CellError.

    Blanks around a value do not belong to it, except in a key, where they are refused. ``decimal`` is the decimal
    mark of number cells. Returns str, float, int (integer, and time in minutes after midnight), bool, date, or tuples
    (list: str; weekdays: int, 1 is Monday; date_ranges: (first, last)).
    """
    if column.type == "key":
        return _key(text)
    if column.type in {"number", "share", "integer"}:
        return _bounded(column, _number(text.strip(), decimal))
    return _PARSERS[column.type](column, text.strip())


def bound_fault(column: Column, value: float) -> CellError | None:
    """The fault of a number outside the column's limits, if it is."""
    if column.minimum is not None and value < column.minimum:
        low = limit_text(column.minimum)
        return CellError(f"must be at least {low}", f"give a value of {low} or more")
    if column.maximum is not None and value > column.maximum:
        high = limit_text(column.maximum)
        unit = f" {column.unit}" if column.unit else ""
        return CellError(f"must be at most {high}{unit}", f"give a value of {high} or less; mind the unit")
    return None


def limit_text(limit: float) -> str:
    """A limit as people read it, with thousands marks."""
    return f"{limit:,.0f}" if abs(limit) >= 10**12 else f"{limit:,.12g}"


def serial_date(number: float) -> date | None:
    """The day that a spreadsheet's date serial means (1900 system), where it plausibly is one."""
    if 20000 <= number < 80000 and number == int(number):
        return date(1899, 12, 30) + timedelta(days=int(number))
    return None


def _key(text: str) -> str:
    if text != text.strip():
        raise CellError("a key must not begin or end with a blank", f"write {text.strip()!r}")
    _refuse_unsafe(text, _LONGEST_KEY)
    if unseen := _UNSEEN.search(text):
        raise CellError(
            f"a key must not hold the invisible character U+{ord(unseen[0]):04X}", "delete it, or type the key anew"
        )
    if _SPREADSHEET_NUMBER.fullmatch(text):
        raise CellError(
            "looks like a code that a spreadsheet turned into a number",
            "format the column as text there, enter the code again and export it anew",
        )
    return text


def _number(text: str, decimal: str) -> float:
    plain = text
    if decimal == ",":
        if "." in text:
            raise CellError("holds '.' although the file's decimal mark is ','", "write 1234,5 without thousands marks")
        plain = text.replace(",", ".")
    if _NUMBER.fullmatch(plain):
        value = float(plain)
        if 0 < abs(value) < SMALLEST or (value == 0 and plain.lower().partition("e")[0].strip("+-0.")):
            raise CellError(TOO_SMALL, "write 0, or a number of a size that can be meant")
        if math.isfinite(value):
            return value
        raise CellError("is not a finite number", "give a number that fits")
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity", "na", "n/a", "null", "none"}:
        raise CellError("is not a finite number", "give a number, or leave the cell empty where the column allows it")
    if text.endswith("%"):
        raise CellError("is a percentage", "write the share, 0.12 for 12%")
    if "," in text:
        raise CellError(
            "holds a comma: a decimal comma or a thousands mark cannot be told apart",
            "write 1234.5, or set `decimal: ','` for this table in dataset.yaml",
        )
    raise CellError("is not a number", "write digits with '.' as the decimal mark, without units")


def _bounded(column: Column, value: float) -> float | int:
    fault = bound_fault(column, value)
    if fault is not None:
        raise fault
    if column.type != "integer":
        return value
    if value != int(value) or abs(value) > 2**53:
        raise CellError("must be a whole number", "write it without decimals")
    return int(value)


def name_fault(text: str, longest: int) -> CellError | None:
    """Why a text cannot be kept as a name of a person or thing, on the rule of texts in tables; None where it can."""
    try:
        _refuse_unsafe(text, longest)
    except CellError as fault:
        return CellError(fault.rule, fault.fix.replace("from the cell", "from it"))
    if unseen := _UNSEEN.search(text):
        return CellError(f"holds the invisible character U+{ord(unseen[0]):04X}", "delete it, or type the name anew")
    return None


def _refuse_unsafe(text: str, longest: int) -> None:
    if len(text) > longest:
        raise CellError(f"has {len(text):,} characters, more than {longest:,}", "shorten it; mind missing line ends")
    if unsafe := UNSAFE.search(text):
        rule = f"holds the control character U+{ord(unsafe[0]):04X}"
        raise CellError(rule, "remove line breaks, tabs and other control characters from the cell")


def _text(_column: Column, text: str) -> str:
    _refuse_unsafe(text, _LONGEST_TEXT)
    return text


def _choice(column: Column, text: str) -> str:
    if text in column.choices:
        return text
    allowed = ", ".join(column.choices)
    raise CellError(f"must be one of {allowed}", suggestion(text, column.choices, "write one of these words"))


def _boolean(_column: Column, text: str) -> bool:
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise CellError("must be yes or no", "write yes or no (true, false, 1 and 0 are read too)")


def _day(text: str) -> date:
    if not _DATE.fullmatch(text):
        day = serial_date(float(text)) if re.fullmatch(r"\d{5}", text, re.ASCII) else None
        hint = f"write {day}, if this date serial means that day" if day else "write it as YYYY-MM-DD"
        raise CellError("must be a date such as 2025-05-31", hint)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CellError("this day does not exist in the calendar", "correct the month or the day") from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise CellError(f"the year must be between {YEARS[0]} and {YEARS[1]}", "leave the cell empty for no limit")
    return day


def _date(_column: Column, text: str) -> date:
    return _day(text)


def _time(_column: Column, text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise CellError("must be a time between 00:00 and 23:59", "write it as HH:MM")
    return int(match[1]) * 60 + int(match[2])


def _weekdays(_column: Column, text: str) -> tuple[int, ...]:
    if text.lower() == "none":
        return ()
    days = tuple(int(letter) for letter in text) if re.fullmatch("[1-7]{1,7}", text) else ()
    if not days or list(days) != sorted(set(days)):
        raise CellError(
            "must be weekdays such as 135 (1 is Monday), ascending, each once, or none", "write for example 12345"
        )
    return days


def _date_ranges(_column: Column, text: str) -> tuple[tuple[date, date], ...]:
    ranges = []
    for part in text.split("|"):
        first, dots, last = part.strip().partition("..")
        if not dots:
            raise CellError("must be ranges such as 2026-02-10..2026-02-24", "join several ranges by |")
        begin, end = _day(first.strip()), _day(last.strip())
        if begin > end:
            raise CellError("a range ends before it begins", "swap the two days")
        ranges.append((begin, end))
    return tuple(ranges)


def _list(_column: Column, text: str) -> tuple[str, ...]:
    _refuse_unsafe(text, _LONGEST_TEXT)
    parts = tuple(part.strip() for part in text.split("|"))
    if not all(parts) or len(set(parts)) < len(parts):
        raise CellError("must be different words joined by |", "remove empty or repeated words")
    return parts


_PARSERS: dict[str, Callable[[Column, str], Any]] = {
    "text": _text,
    "choice": _choice,
    "boolean": _boolean,
    "date": _date,
    "time": _time,
    "weekdays": _weekdays,
    "date_ranges": _date_ranges,
    "list": _list,
}
