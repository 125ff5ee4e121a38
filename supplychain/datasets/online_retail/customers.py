"""Customers live in real towns, drawn by population; nobody knows where the real ones live."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence

import pandas as pd

from supplychain.datasets.online_retail.folder import Figures, MappingFolder, Place

__all__ = ["place_lines", "zones_of"]


def place_lines(lines: pd.DataFrame, folder: MappingFolder) -> pd.Series:
    """The place_id of each line.

    A customer keeps one home town, drawn by hash of the customer's number and weighted by the persons that the towns
    stand for; a line without customer is drawn by its order number. Customers abroad are in their country's largest
    city; a country that countries.csv does not know counts as home.
    """
    reach = {country.country: country for country in folder.countries}
    abroad = {place.country_code: place.place_id for place in folder.places if place.reach != "home"}
    home = [place for place in folder.places if place.reach == "home"]
    known = {name: abroad.get(country.country_code) for name, country in reach.items() if country.reach != "home"}
    foreign = lines["country"].map(known)
    who = lines["customer_id"].where(lines["customer_id"].notna(), "order " + lines["order_id"])
    drawn = _draw(who[foreign.isna()].unique().tolist(), home, folder.figures)
    return foreign.where(foreign.notna(), who.map(drawn)).astype(object)


def zones_of(folder: MappingFolder) -> dict[str, Place]:
    """Places by id: each is a zone of its own."""
    return {place.place_id: place for place in folder.places}


def _draw(keys: Sequence[str], places: Sequence[Place], figures: Figures) -> dict[str, str]:
    sums = list(itertools.accumulate(place.stands_for for place in places))
    return {key: places[bisect.bisect_right(sums, figures.uniform("place", key) * sums[-1])].place_id for key in keys}
