"""Holidays come back at their distances, in every year and country, and are learnt across years."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forecasts
from forecasts.festivals import FESTIVALS, SALES_DAYS, fourth_thursday
from forecasts.holidays_ import holiday_events

from .made_up import ask, inputs

FIRST = np.datetime64("2022-06-01")


def active(countries, first, days, *, without=()):
    """First and last day of each stretch of each event."""
    names, activity = holiday_events(countries, np.datetime64(first), days, without=without)
    found = {}
    for name, on in zip(names, activity, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[0.0], on, [0.0]])))
        found[name] = [
            (str(np.datetime64(first) + a), str(np.datetime64(first) + b - 1)) for a, b in edges.reshape(-1, 2)
        ]
    return found


def test_the_spring_festival_moves_and_its_phases_with_it():
    found = active(["CN"], "2022-06-01", 1100)
    assert found["Spring Festival holiday"] == [
        ("2023-01-21", "2023-01-28"),
        ("2024-02-09", "2024-02-16"),
        ("2025-01-28", "2025-02-04"),
    ]
    assert found["Spring Festival before_8_14"][0] == ("2023-01-07", "2023-01-13")
    assert found["Spring Festival before_1_7"][1] == ("2024-02-02", "2024-02-08")
    assert found["Spring Festival after_1_7"][2] == ("2025-02-05", "2025-02-11")


# dates of 2024 from the calendars of the countries
@pytest.mark.parametrize(
    ("country", "event", "first", "last"),
    [
        ("CN", "Mid-Autumn Festival holiday", "2024-09-17", "2024-09-17"),
        ("HK", "Mid-Autumn Festival holiday", "2024-09-17", "2024-09-17"),
        ("KR", "Mid-Autumn Festival holiday", "2024-09-17", "2024-09-17"),
        ("CN", "National Day holiday", "2024-10-01", "2024-10-07"),
        ("CN", "Labour Day before_1_7", "2024-04-24", "2024-04-30"),
        ("VN", "Spring Festival holiday", "2024-02-09", "2024-02-16"),
        ("ID", "Ramadan second_half", "2024-03-26", "2024-04-09"),
        ("ID", "Eid al-Fitr holiday", "2024-04-10", "2024-04-12"),
        ("TR", "Eid al-Adha holiday", "2024-06-16", "2024-06-19"),
        ("US", "Easter holiday", "2024-03-29", "2024-04-01"),
        ("DE", "Easter holiday", "2024-03-29", "2024-04-01"),
        ("GR", "Easter holiday", "2024-05-03", "2024-05-06"),
        ("US", "Thanksgiving holiday", "2024-11-28", "2024-11-28"),
        ("CA", "Thanksgiving holiday", "2024-10-14", "2024-10-14"),
        ("GB", "Black Friday peak", "2024-11-29", "2024-12-01"),
        ("GB", "Cyber Monday peak", "2024-12-02", "2024-12-02"),
        ("DE", "Christmas holiday", "2024-12-24", "2024-12-26"),
        ("IN", "Diwali before_1_7", "2024-10-24", "2024-10-30"),
    ],
)
def test_dates_of_2024(country, event, first, last):
    assert active([country], "2024-01-01", 366)[event] == [(first, last)]


def test_a_leap_day_does_not_shift_what_comes_after_it():
    found = active(["US"], "2024-02-28", 60)
    assert found["Easter before_8_14"] == [("2024-03-15", "2024-03-21")]


def test_eid_comes_twice_in_a_gregorian_year():
    found = active(["ID"], "2033-01-01", 365)
    first, second = (np.datetime64(span[0]) for span in found["Eid al-Fitr holiday"])
    assert 353 <= (second - first).astype(int) <= 356  # a lunar year


def test_days_off_that_stretch_a_festival_are_no_holiday_of_their_own():
    found = active(["CN"], "2024-09-01", 60)
    assert found["Public holiday CN holiday"] == []
    assert active(["CN"], "2024-06-01", 30)["Public holiday CN holiday"] == [("2024-06-10", "2024-06-10")]


def test_two_countries_share_a_festival_and_keep_their_own_days():
    us, gb, both = (active(countries, "2024-01-01", 366) for countries in (["US"], ["GB"], ["US", "GB"]))
    assert set(both) == set(us) | set(gb)
    assert both["Christmas holiday"] == us["Christmas holiday"] == gb["Christmas holiday"]
    assert ("2024-07-04", "2024-07-04") in both["Public holiday US holiday"]
    assert both["Public holiday GB holiday"] == gb["Public holiday GB holiday"]


def test_no_country_has_no_event():
    names, activity = holiday_events([], FIRST, 30)
    assert names == ()
    assert activity.shape == (0, 30)


def test_an_unknown_country_is_named():
    with pytest.raises(ValueError, match="'XX'"):
        holiday_events(["XX"], FIRST, 30)


@pytest.mark.parametrize("name", ["Spring Festival", "spring_festival", "Chinese New Year", "CNY"])
def test_a_festival_that_is_known_already_is_left_out_by_any_of_its_names(name):
    left = active(["CN"], "2024-01-01", 90, without=[name])
    assert not any("Spring" in event for event in left)
    # its days off do not come back as other holidays
    assert left["Public holiday CN holiday"] == [("2024-01-01", "2024-01-01")]
    assert "11.11 peak" in left
    assert not any("11.11" in event for event in active(["CN"], "2024-01-01", 90, without=["Singles' Day"]))


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(0, 500), st.integers(0, 500))
def test_a_longer_outlook_has_the_same_events(first, days, more):
    names, short = holiday_events(["CN", "ID"], np.datetime64(first), days)
    same, long = holiday_events(["CN", "ID"], np.datetime64(first), days + more)
    assert names == same
    np.testing.assert_array_equal(short, long[:, :days])


@given(st.integers(1900, 2100))
def test_black_friday_lies_between_the_23rd_and_29th(year):
    day = fourth_thursday(year)
    assert (day.month, day.weekday()) == (11, 3)
    assert 22 <= day.day <= 28


def test_names_of_festivals_do_not_collide():
    names = [name.casefold() for thing in (*FESTIVALS, *SALES_DAYS) for name in (thing.name, *thing.also)]
    assert len(names) == len(set(names))


def test_a_festival_is_learnt_once_and_applied_at_its_new_date():
    days, ahead = 730, 120  # 2022-12-01 to 2024-11-29: the festivals of 2023 and 2024; that of 2025 lies ahead
    first = np.datetime64("2022-12-01")
    names, activity = holiday_events(["CN"], first, days + ahead)
    lift = np.where(activity[names.index("Spring Festival before_1_7")] > 0, 3.0, 1.0)
    lift *= np.where(activity[names.index("Spring Festival holiday")] > 0, 0.25, 1.0)
    random = np.random.default_rng(5)
    mean = np.exp(random.uniform(0, 3, 60))[:, None] * lift
    quantity = random.negative_binomial(4, 4 / (4 + mean)).astype(np.float64)

    history, without = inputs(quantity[:, :days], ahead, first_day=str(first))
    outlook = forecasts.Outlook(without.price_ratio, without.promo, names, activity[None])
    request = ask(60, horizon=ahead, protection_days=(7, 28), method="combination")
    error = {}
    for label, given_outlook in (("with", outlook), ("without", without)):
        made = forecasts.forecast(history, given_outlook, request).mean
        busy = lift[days:] != 1.0
        assert np.flatnonzero(busy)[0] == (np.datetime64("2025-01-21") - first - days).astype(int)
        error[label] = np.abs(made - mean[:, days:])[:, busy].sum() / mean[:, days:][:, busy].sum()
    assert error["with"] < 0.25
    assert error["with"] < 0.5 * error["without"]
