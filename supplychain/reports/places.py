"""Small tables that a run carries so that its report needs no data set: places, names, events, promotions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from supplychain.domain import DataSet

__all__ = ["about_of", "currency_of", "delivery_place_table", "names_of", "place_table", "report_tables"]

_PLACES = ("site_id", "name", "kind", "tier", "status", "remote", "lat", "lon", "feeds_from")
_DELIVERIES = ("delivery_id", "depot_id", "site_id", "kind", "lat", "lon")


def report_tables(dataset: DataSet) -> dict[str, pd.DataFrame]:
    """Tables by the names under which a run keeps them.

    ``about`` (key, value as text): name, title, base_currency, country, synthetic (yes or no) and assumed (how many
    cells of the data set are marked as assumed). ``places``, ``delivery_places``, ``item_names`` (item_id, name,
    category), ``supplier_names`` (supplier_id, name), ``events`` (name, phase, first, last) and ``promotions``
    (item_id, first, last, price).
    """
    return {
        "about": _about(dataset),
        "places": place_table(dataset),
        "delivery_places": delivery_place_table(dataset),
        "item_names": _frame(
            ("item_id", "name", "category"), [(i.item_id, i.name, i.category) for i in dataset.items.values()]
        ),
        "supplier_names": _frame(
            ("supplier_id", "name"), [(s.supplier_id, s.name) for s in dataset.suppliers.values()]
        ),
        "events": _dated(
            ("name", "phase", "first", "last"),
            [(e.name, e.phase, e.first, e.last) for e in dataset.events if e.country in (None, dataset.country)],
        ),
        "promotions": _dated(
            ("item_id", "first", "last", "price"),
            [(p.item_id, p.first, p.last, float(p.price)) for p in dataset.promotions],
        ),
    }


def names_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Names of the items, suppliers and sites of a run, by id."""
    keyed = (("item_names", "item_id"), ("supplier_names", "supplier_id"), ("places", "site_id"))
    return {
        str(key): str(name)
        for table, column in keyed
        if table in tables
        for key, name in zip(tables[table][column], tables[table]["name"], strict=True)
    }


def about_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """What a run records about its data set, by key; empty where it records nothing."""
    if "about" not in tables:
        return {}
    about = tables["about"]
    return {str(key): str(value) for key, value in zip(about["key"], about["value"], strict=True)}


def currency_of(tables: Mapping[str, pd.DataFrame]) -> str:
    """Currency of the money figures of a run."""
    return about_of(tables).get("base_currency", "base currency")


def place_table(dataset: DataSet) -> pd.DataFrame:
    """Every site: site_id, name, kind, tier, status, remote, lat and lon (degrees WGS-84), feeds_from.

    ``feeds_from`` is the hub whose lane ends at a zone (parcels pass through it), or empty.
    """
    hubs = {site.site_id for site in dataset.sites.values() if site.kind == "hub"}
    through = {lane.destination_id: lane.origin_id for lane in dataset.lanes if lane.origin_id in hubs}
    rows = [
        (s.site_id, s.name, s.kind, s.tier, s.status, s.remote, float(s.lat), float(s.lon), through.get(s.site_id, ""))
        for s in dataset.sites.values()
    ]
    return _frame(_PLACES, rows)


def delivery_place_table(dataset: DataSet) -> pd.DataFrame:
    """Where each delivery of the day goes: delivery_id, depot_id, site_id, kind, lat and lon (degrees WGS-84)."""
    rows = [(d.delivery_id, d.depot_id, d.site_id, d.kind, float(d.lat), float(d.lon)) for d in dataset.deliveries]
    return _frame(_DELIVERIES, rows)


def _about(dataset: DataSet) -> pd.DataFrame:
    marked: Sequence[Any] = [*dataset.sites.values(), *dataset.items.values(), *dataset.suppliers.values()]
    marked = [*marked, *dataset.supply, *dataset.vehicles, *dataset.stock]
    assumed = sum(len(getattr(record, "assumed", ())) for record in marked)
    values: Mapping[str, str] = {
        "name": dataset.name,
        "title": dataset.title,
        "base_currency": dataset.base_currency,
        "country": dataset.country,
        "synthetic": "yes" if dataset.synthetic else "no",
        "assumed": str(assumed),
    }
    return _frame(("key", "value"), list(values.items()))


def _frame(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def _dated(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = _frame(columns, [tuple(_day(value) for value in row) for row in rows])
    return frame.astype(dict.fromkeys(("first", "last"), "datetime64[s]"))


def _day(value: Any) -> Any:
    return pd.Timestamp(value) if isinstance(value, date) else value
