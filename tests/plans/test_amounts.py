"""Quantities in messages: never more decimals than people read."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.words import rate_text
from supplychain.plans.amounts import amount, counted, first_names, signed, significant, units


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


@pytest.mark.parametrize("text_of", [significant, rate_text])
@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.05134, "0.0513"), (99.96, "100"), (12.0, "12"), (1811234.5, "1,811,234"), (3650.0, "3,650"),
     (1e-5, "0.00001"), (math.inf, "inf"), (-0.25, "-0.25")],
)  # fmt: skip
def test_a_rate_has_three_digits_and_all_before_the_point(
    text_of: Callable[[float], str], value: float, text: str
) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("text_of", [significant, rate_text])
@given(value=st.floats(1e-9, 1e15), digits=st.integers(2, 6))
def test_a_rate_is_never_a_power_of_ten_and_right_to_its_digits(
    text_of: Callable[[float, int], str], value: float, digits: int
) -> None:
    text = text_of(value, digits)
    assert set(text) <= set("0123456789.,")
    places = digits - 1 - math.floor(math.log10(value))
    assert abs(float(text.replace(",", "")) - value) <= 0.5000001 * 10.0 ** -max(min(places, 12), 0) + 1e-12 * value
