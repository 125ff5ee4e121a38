"""One cell at a time."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.tables.cells import CellError, parse_cell, serial_date
from supplychain.tables.columns import Column

ANY = Column("t", "c", "text", "", False, False, "", None, None, (), None, "")


def column(kind: str, **changes: object) -> Column:
    return dataclasses.replace(ANY, type=kind, **changes)


@pytest.mark.parametrize("text", ["00123", "NA", "1E5", "no", "null", "nan", "1e400", "0", "-", "None", "2025-05-31"])
def test_keys_stay_what_they_are(text: str) -> None:
    assert parse_cell(column("key"), text) == text


@pytest.mark.parametrize(
    ("text", "rule", "fix"),
    [
        (" A1", "blank", "'A1'"),
        ("A1 ", "blank", "'A1'"),
        ("A\n1", "control", "line breaks"),
        ("1.23E+11", "spreadsheet", "text"),
        ("1E+05", "spreadsheet", "text"),
    ],
)
def test_a_bad_key_is_refused(text: str, rule: str, fix: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_cell(column("key"), text)
    assert rule in caught.value.rule
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("-0.5", -0.5), ("+3", 3.0), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), (" 7 ", 7.0), ("007", 7.0)],
)
def test_numbers(text: str, value: float) -> None:
    assert parse_cell(column("number"), text) == value


@pytest.mark.parametrize(
    ("text", "rule", "fix"),
    [
        ("1,5", "decimal comma or a thousands mark", "decimal: ','"),
        ("1,234.5", "decimal comma or a thousands mark", "1234.5"),
        ("nan", "finite", "empty"),
        ("inf", "finite", "empty"),
        ("-Infinity", "finite", "empty"),
        ("1e999", "finite", "fits"),
        ("12%", "percentage", "0.12"),
        ("1_000", "not a number", "digits"),
        ("12 kg", "not a number", "units"),
        ("\u0661\u0662", "not a number", "digits"),
        ("0x10", "not a number", "digits"),
        ("1e99999", "not a number", "digits"),
    ],
)
def test_what_is_no_number(text: str, rule: str, fix: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_cell(column("number"), text)
    assert rule in caught.value.rule
    assert fix in caught.value.fix


def test_decimal_comma_by_an_explicit_rule() -> None:
    assert parse_cell(column("number"), "1,5", decimal=",") == 1.5
    with pytest.raises(CellError, match="decimal mark is ','"):
        parse_cell(column("number"), "1.234,5", decimal=",")


def test_limits_are_included() -> None:
    share = column("share", minimum=0.0, maximum=1.0)
    assert [parse_cell(share, text) for text in ("0", "1")] == [0.0, 1.0]
    with pytest.raises(CellError, match="at least 0"):
        parse_cell(share, "-0.001")
    with pytest.raises(CellError, match="at most 1"):
        parse_cell(share, "1.001")


def test_integers_are_whole() -> None:
    assert parse_cell(column("integer"), "3.0") == 3
    assert isinstance(parse_cell(column("integer"), "3.0"), int)
    with pytest.raises(CellError, match="whole number"):
        parse_cell(column("integer"), "3.5")


def test_booleans() -> None:
    words = ("yes", "TRUE", "1", "no", "False", "0")
    assert [parse_cell(column("boolean"), word) for word in words] == [True, True, True, False, False, False]
    with pytest.raises(CellError, match="yes or no"):
        parse_cell(column("boolean"), "y")


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("31.05.2025", "YYYY-MM-DD"),
        ("2025-5-31", "YYYY-MM-DD"),
        ("20250531", "YYYY-MM-DD"),
        ("2025-W22-6", "YYYY-MM-DD"),
        ("45808", "2025-05-31"),
        ("2025-02-29", "month or the day"),
        ("0001-01-01", "no limit"),
        ("9999-12-31", "no limit"),
    ],
)
def test_what_is_no_date(text: str, fix: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_cell(column("date"), text)
    assert fix in caught.value.fix


def test_leap_day_and_week_53() -> None:
    assert parse_cell(column("date"), "2024-02-29") == date(2024, 2, 29)
    assert parse_cell(column("date"), "2020-12-31").isocalendar().week == 53


@given(st.integers(20000, 79999))
def test_serial_dates_follow_the_1900_system(number: int) -> None:
    day = serial_date(number)
    assert day is not None
    assert (day - date(2025, 5, 31)).days == number - 45808  # 45808 is 2025-05-31 in Excel


def test_times() -> None:
    assert [parse_cell(column("time"), text) for text in ("00:00", "08:30", "23:59")] == [0, 510, 1439]
    for text in ("24:00", "8:30", "08:60", "08:30:00"):
        with pytest.raises(CellError, match="between 00:00 and 23:59"):
            parse_cell(column("time"), text)


def test_weekdays() -> None:
    assert parse_cell(column("weekdays"), "135") == (1, 3, 5)
    assert parse_cell(column("weekdays"), "none") == ()
    for text in ("531", "118", "11", "0", "Mon"):
        with pytest.raises(CellError, match="1 is Monday"):
            parse_cell(column("weekdays"), text)


def test_date_ranges() -> None:
    ranges = parse_cell(column("date_ranges"), "2026-02-10..2026-02-24|2026-10-01..2026-10-01")
    assert ranges == ((date(2026, 2, 10), date(2026, 2, 24)), (date(2026, 10, 1), date(2026, 10, 1)))
    with pytest.raises(CellError, match="ends before it begins"):
        parse_cell(column("date_ranges"), "2026-02-24..2026-02-10")
    with pytest.raises(CellError, match="ranges such as"):
        parse_cell(column("date_ranges"), "2026-02-24")
    with pytest.raises(CellError, match="calendar"):
        parse_cell(column("date_ranges"), "2026-02-24..2026-02-30")


def test_lists_and_choices() -> None:
    assert parse_cell(column("list"), "a| b c |d") == ("a", "b c", "d")
    for text in ("a||b", "a|a", "|"):
        with pytest.raises(CellError, match="different words"):
            parse_cell(column("list"), text)
    kinds = column("choice", choices=("open", "closed"))
    assert parse_cell(kinds, "open") == "open"
    with pytest.raises(CellError) as caught:
        parse_cell(kinds, "Opne")
    assert "did you mean open?" in caught.value.fix


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_can_be_meant_survives_being_written(value: float) -> None:
    if 0 < abs(value) < 1e-30:
        with pytest.raises(CellError, match="smaller than 1e-30"):
            parse_cell(column("number"), repr(value))
    else:
        assert parse_cell(column("number"), repr(value)) == value


@pytest.mark.parametrize(("text", "value"), [("1e-320", None), ("-1e-9999", None), ("0e-9999", 0.0), ("-0.00", 0.0)])
def test_a_number_too_small_to_mean_anything_is_refused_and_zero_is_not(text: str, value: float | None) -> None:
    if value is None:
        with pytest.raises(CellError, match="is not 0 and smaller than 1e-30"):
            parse_cell(column("number"), text)
    else:
        assert parse_cell(column("number"), text) == value


@given(st.sets(st.integers(1, 7), min_size=1), st.integers(0, 1439))
def test_weekdays_and_times_survive_being_written(days: set[int], minutes: int) -> None:
    assert parse_cell(column("weekdays"), "".join(map(str, sorted(days)))) == tuple(sorted(days))
    assert parse_cell(column("time"), f"{minutes // 60:02d}:{minutes % 60:02d}") == minutes
