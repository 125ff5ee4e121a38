"""Festivals and sales days that move demand, and the days around them as distances from their date.

Names of holidays are those of the package ``holidays``; retail phases are common practice of shops and platforms
(618 and 11.11: presale, opening days, final days, cool-down), which move theirs by some days every year.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

__all__ = ["FESTIVALS", "SALES_DAYS", "Festival", "SalesDay", "Span", "fixed_date", "fourth_thursday"]


class Span(NamedTuple):
    """Days ``first`` to ``last``, both counted from the festival's date, that make (a part of) a phase."""

    phase: str
    first: int
    last: int


class Festival(NamedTuple):
    """A holiday that people shop for.

    ``anchors`` gives the distance in days from a holiday of that name to the festival's date; ``also`` lists other
    names that people give the festival; ``countries`` limits it where a name means something else elsewhere.
    """

    name: str
    anchors: dict[str, int]
    spans: tuple[Span, ...]
    also: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


class SalesDay(NamedTuple):
    """A day that shops made: ``day`` is (month, day), or None for the day after the fourth Thursday of November."""

    name: str
    day: tuple[int, int] | None
    shift: int
    spans: tuple[Span, ...]
    countries: tuple[str, ...]
    also: tuple[str, ...] = ()


def _around(first: int, last: int, *, weeks_before: int = 1, week_after: bool = False) -> tuple[Span, ...]:
    """The holiday itself from ``first`` to ``last``, one or two weeks before it and perhaps the week after."""
    spans = [Span("before_1_7", first - 7, first - 1), Span("holiday", first, last)]
    if weeks_before == 2:
        spans.insert(0, Span("before_8_14", first - 14, first - 8))
    if week_after:
        spans.append(Span("after_1_7", last + 1, last + 7))
    return tuple(spans)


FESTIVALS = (
    Festival(
        "Spring Festival",
        {
            "Chinese New Year (Spring Festival)": 0,
            "Chinese New Year": 0,
            "Chinese New Year's Day": 0,
            "Lunar New Year": 0,
            "Korean New Year": 0,
        },
        _around(-1, 6, weeks_before=2, week_after=True),  # from the eve on, as the official week off
        also=("Chinese New Year", "CNY", "Lunar New Year", "Korean New Year", "Seollal", "Tet", "春节"),
    ),
    Festival(
        "Labour Day",
        {"Labor Day": 0},
        _around(0, 4),
        also=("Labor Day", "May Day", "劳动节", "五一"),
        countries=("CN",),
    ),
    Festival(
        "Mid-Autumn Festival",
        {"Mid-Autumn Festival": 0, "Chuseok": 0, "The Day following Mid-Autumn Festival": -1},
        _around(0, 0),
        also=("Mid-Autumn", "Chuseok", "Mooncake Festival", "中秋节"),
    ),
    Festival(
        "National Day",
        {"National Day": 0},
        _around(0, 6),
        also=("National Day week", "Golden Week", "国庆节", "国庆"),
        countries=("CN",),
    ),
    Festival(
        "Ramadan",
        {"Eid al-Fitr": 0, "Eid al-Fitr Holiday": 0, "Eid-ul-Fitr": 0},
        (Span("before_1_7", -37, -31), Span("first_half", -30, -16), Span("second_half", -15, -1)),
    ),
    Festival(
        "Eid al-Fitr",
        {"Eid al-Fitr": 0, "Eid al-Fitr Holiday": 0, "Eid-ul-Fitr": 0},
        (Span("holiday", 0, 2), Span("after_1_7", 3, 9)),  # the days before it are Ramadan's
        also=("Eid", "Eid ul-Fitr", "Hari Raya", "Hari Raya Puasa", "Lebaran"),
    ),
    Festival(
        "Eid al-Adha",
        {"Eid al-Adha": 0, "Eid al-Adha Holiday": 0, "Eid-ul-Adha": 0},
        _around(0, 3),
        also=("Eid ul-Adha", "Hari Raya Haji"),
    ),
    Festival("Diwali", {"Diwali": 0, "Deepavali": 0}, _around(0, 1, weeks_before=2), also=("Deepavali",)),
    Festival(
        "Easter",
        {"Good Friday": 2, "Easter Sunday": 0, "Easter": 0, "Easter Monday": -1},
        _around(-2, 1, weeks_before=2),
        also=("Easter Sunday", "Good Friday", "Easter Monday"),
    ),
    Festival("Thanksgiving", {"Thanksgiving Day": 0}, _around(0, 0), also=("Thanksgiving Day",)),
    Festival(
        "Christmas",
        {"Christmas Day": 0, "Christmas": 0, "Catholic Christmas Day": 0},
        _around(-1, 1, weeks_before=2, week_after=True),  # Christmas Eve to the second day
        also=("Christmas Day", "Xmas"),
    ),
)

_EAST = ("CN", "HK", "ID", "MY", "PH", "SG", "TH", "TW", "VN")
_WEST = (
    *("AT", "AU", "BE", "BR", "CA", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT"),
    *("NL", "NO", "NZ", "PL", "PT", "SE", "US", "ZA"),
)

SALES_DAYS = (
    SalesDay(
        "618",
        (6, 18),
        0,
        (Span("presale", -25, -18), Span("peak", -17, -15), Span("peak", -3, 0), Span("cooldown", 1, 10)),
        ("CN",),
        also=("6.18",),
    ),
    SalesDay(
        "11.11",
        (11, 11),
        0,
        (Span("presale", -22, -11), Span("peak", -10, -8), Span("peak", -2, 0), Span("cooldown", 1, 13)),
        _EAST,
        also=("Double 11", "Double Eleven", "Singles Day", "双11", "双十一"),
    ),
    SalesDay(
        "12.12",
        (12, 12),
        0,
        (Span("presale", -4, -2), Span("peak", -1, 0), Span("cooldown", 1, 7)),
        _EAST,
        also=("Double 12", "Double Twelve", "双12", "双十二"),
    ),
    SalesDay("Black Friday", None, 0, (Span("presale", -4, -1), Span("peak", 0, 2), Span("cooldown", 4, 10)), _WEST),
    SalesDay("Cyber Monday", None, 3, (Span("peak", 0, 0),), _WEST),
)


def fourth_thursday(year: int) -> date:
    """Thanksgiving of the United States, the day before Black Friday."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def fixed_date(sale: SalesDay, year: int) -> date:
    """Date of a sales day in a year."""
    day = date(year, *sale.day) if sale.day else fourth_thursday(year) + timedelta(days=1)
    return day + timedelta(days=sale.shift)
