"""Quantities in messages: never more decimals than people read."""

from __future__ import annotations

import pytest

from supplychain.plans.amounts import amount, counted, first_names, rate, signed, units


@pytest.mark.parametrize(
    ("value", "text"), [(219.9636334, "220"), (1288.603139, "1,288.6"), (24, "24"), (1234567.04, "1,234,567")]
)
def test_a_quantity_has_one_decimal_at_most(value: float, text: str) -> None:
    assert amount(value) == text
    assert units(value) == f"{text} units"


def test_one_is_a_unit() -> None:
    assert units(1.04) == "1 unit"
    assert units(1.06) == "1.1 units"


def test_some_names_and_how_many_more() -> None:
    assert first_names(["a", "b"]) == "a, b"
    assert first_names(list("abcdef")) == "a, b, c, d, e and 1 more"
    assert first_names(list("abc"), most=1) == "a and 2 more"


def test_lines_are_counted_and_nothing_has_no_minus() -> None:
    assert [counted(number, "line") for number in (1, 2, 1200)] == ["1 line", "2 lines", "1,200 lines"]
    assert [signed(value) for value in (-0.04, 0.0, -0.06, 3.0)] == ["+0.0", "+0.0", "-0.1", "+3.0"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.00123, "less than 0.01"), (0.1234, "0.12"), (9.8765, "9.88"), (56.78, "56.8"), (1500.4, "1,500")],
)
def test_an_average_has_three_figures_and_no_exponent(value: float, text: str) -> None:
    assert rate(value) == text
