"""Moving and fixed holidays of countries as events: a phase of each is the same distance from it in every year."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

import numpy as np

from forecasts.festivals import FESTIVALS, SALES_DAYS, Festival, SalesDay, Span, fixed_date
from forecasts.protocol import Floats

__all__ = ["holiday_events"]

_SAME_DAYS = 20
"""Holidays of a festival that are nearer to each other belong to one date; Eid comes every 354 days."""
_BESIDE = 3
"""Days off so near to a festival's own only stretch it."""
_ESTIMATED = " (estimated)"
_OTHER = (Span("eve", -1, -1), Span("holiday", 0, 0))

_Events = dict[tuple[str, str], list[tuple[date, date]]]


def holiday_events(
    countries: Sequence[str], first_day: np.datetime64, days: int, *, without: Collection[str] = ()
) -> tuple[tuple[str, ...], Floats]:
    """Names of E events (``Spring Festival before_1_7``) and on which of ``days`` days they are active [E,D].

    ``countries`` are codes of the package ``holidays`` such as CN. ``without`` names festivals to leave out, by any
    name they are known by. Names depend on the countries and the year of ``first_day`` only, never on ``days``, so a
    longer outlook has the same events. Public holidays that are no festival are one event a country. Raises
    ValueError for an unknown country.
    """
    start = first_day.astype("datetime64[D]").astype(date)
    years = range(start.year - 1, (start + timedelta(days=days)).year + 2)
    known = {_plain(name) for name in without}
    events: _Events = {}
    for country in dict.fromkeys(countries):
        _add_country(events, country, years, known)
    names = sorted(events)
    activity = np.zeros((len(names), days))
    for number, name in enumerate(names):
        for first, last in events[name]:
            a, b = (first - start).days, (last - start).days + 1
            activity[number, max(0, a) : max(0, b)] = 1.0
    return tuple(f"{name} {phase}" for name, phase in names), activity


def _add_country(events: _Events, country: str, years: range, known: set[str]) -> None:
    """Write the events of one country; a festival that its calendar has in no year near the first is none of its."""
    named, public = _calendar(country, years)
    taken: set[date] = set()
    for festival in FESTIVALS:
        if festival.countries and country not in festival.countries:
            continue
        dates = _dates(festival, named)
        if not any(day.year <= years.start + 2 for day in dates):
            continue
        for day in dates:
            taken |= {day + timedelta(days=d) for span in festival.spans for d in _stretched(span)}
        if known.isdisjoint(_names(festival)):
            _write(events, festival.name, festival.spans, dates)
    for sale in SALES_DAYS:
        if country in sale.countries and known.isdisjoint(_names(sale)):
            _write(events, sale.name, sale.spans, [fixed_date(sale, year) for year in years])
    other = f"Public holiday {country}"
    if _plain(other) not in known:
        _write(events, other, _OTHER, sorted(public - taken))


def _calendar(country: str, years: range) -> tuple[dict[str, list[date]], set[date]]:
    """Dates by the name of the day, in all the country's categories, and the days that are off for everybody."""
    import holidays

    try:
        off = holidays.country_holidays(country, years=years, language="en_US")
    except NotImplementedError:
        raise ValueError(f"country: {country!r} has no known holidays; use a code such as CN or US") from None
    every = holidays.country_holidays(country, years=years, language="en_US", categories=off.supported_categories)
    named: dict[str, list[date]] = {}
    for day in sorted(every):
        for name in every.get_list(day):
            named.setdefault(name.removesuffix(_ESTIMATED), []).append(day)
    return named, set(off)


def _dates(festival: Festival, named: dict[str, list[date]]) -> list[date]:
    """The festival's date in each year: the first of days that lie together."""
    found = sorted(
        day + timedelta(days=shift) for name, shift in festival.anchors.items() for day in named.get(name, ())
    )
    dates: list[date] = []
    for day in found:
        if not dates or (day - dates[-1]).days > _SAME_DAYS:
            dates.append(day)
    return dates


def _write(events: _Events, name: str, spans: Iterable[Span], dates: Iterable[date]) -> None:
    days = list(dates)
    for span in spans:
        found = [(day + timedelta(days=span.first), day + timedelta(days=span.last)) for day in days]
        events.setdefault((name, span.phase), []).extend(found)


def _stretched(span: Span) -> range:
    """Distances of the festival's own days off and those that stretch them."""
    return range(span.first - _BESIDE, span.last + _BESIDE + 1) if span.phase == "holiday" else range(0)


def _names(thing: Festival | SalesDay) -> set[str]:
    return {_plain(name) for name in (thing.name, *thing.also)}


def _plain(name: str) -> str:
    """A name without case, spaces and marks: ``Singles' Day`` is ``singlesday``."""
    return re.sub(r"[\W_]+", "", name.casefold())
