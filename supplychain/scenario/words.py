"""Texts of a scenario file -> typed values, and the nearest known name of a misspelt one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date

from supplychain.tables import nearest as tables_nearest
from supplychain.tables.cells import SMALLEST, TOO_SMALL, YEARS

__all__ = ["WordError", "nearest", "parse_boolean", "parse_date", "parse_during", "parse_integer", "parse_number"]

_LISTED = 30
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}")  # longer ones are cut off by the limits of their settings
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


class WordError(ValueError):
    """A text is not of the wanted type; carries the rule and the fix."""

    def __init__(self, rule: str, fix: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.fix = fix


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice for a misspelt name: the nearest known ones, or the list when nothing is near.

    >>> nearest("servce_level", ["service_level", "policy"])
    'did you mean service_level?'
    >>> nearest("x", ["A", "B"])
    'use one of A, B'
    """
    names = sorted(set(known))
    close = tables_nearest.nearest(word, names)
    if close:
        return f"did you mean {' or '.join(close)}?"
    if len(names) > _LISTED:
        return f"use one of the {len(names)} known names, such as {', '.join(names[:5])}"
    return f"use one of {', '.join(names)}" if names else "remove it"


def parse_boolean(text: str) -> bool:
    """true, false, yes or no."""
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise WordError("must be true, false, yes or no", "write yes or no") from None


def parse_integer(text: str) -> int:
    """A whole number without separators."""
    if not _INTEGER.fullmatch(text):
        raise WordError("must be a whole number", "write digits only, such as 7")
    return int(text)


def parse_number(text: str) -> float:
    """A finite decimal number with a point."""
    if not _NUMBER.fullmatch(text):
        raise WordError("must be a number", "write a decimal number such as 0.98 (no %, unit or separator)")
    number = float(text)
    if 0 < abs(number) < SMALLEST or (number == 0 and text.lower().partition("e")[0].strip("+-0.")):
        raise WordError(TOO_SMALL, "write 0, or a number of a size that can be meant")
    if not math.isfinite(number):
        raise WordError("must be a finite number", "write a smaller number")
    return number + 0.0  # turns -0.0 into 0.0


def parse_date(text: str) -> date:
    """A day as YYYY-MM-DD."""
    if not _DATE.fullmatch(text):
        raise WordError("must be a date", "write it as YYYY-MM-DD, such as 2025-11-01")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WordError("this day does not exist in the calendar", "correct the month or the day") from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise WordError(f"the year must be between {YEARS[0]} and {YEARS[1]}", "correct the year")
    return day


def parse_during(text: str) -> tuple[date, date]:
    """``2025-11-01..2025-11-11``, both days included, or one day."""
    first_text, dots, last_text = text.partition("..")
    first = parse_date(first_text.strip())
    last = parse_date(last_text.strip()) if dots else first
    if last < first:
        raise WordError(f"ends on {last} before it begins on {first}", "put the earlier day first")
    return first, last
