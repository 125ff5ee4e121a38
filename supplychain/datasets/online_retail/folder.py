"""The small files beside ``dataset.yaml`` that steer the mapping."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from supplychain.errors import DataError, Problem
from supplychain.resources import bundled
from supplychain.tables import read_header
from supplychain.tables.constants import bundled_constants, overlay
from supplychain.tables.header import Header
from supplychain.tables.parse import row_label
from supplychain.tables.paths import file_fault, shown_path
from supplychain.tables.raw import RawTable
from supplychain.tables.read_csv import read_csv

__all__ = ["Country", "Figures", "MappingFolder", "Place", "read_folder", "read_raw"]

_BYTES = 8
_LOCAL = ("constants.csv", "countries.csv", "places.csv", "sites.csv", "vehicles.csv")


@dataclass(frozen=True)
class Figures:
    """Constants, and uniform numbers that depend on nothing but the seed and a key."""

    values: Mapping[str, float]

    def constant(self, name: str) -> float:
        """Value of a constant; raises KeyError, naming it."""
        return self.values[name]

    def uniform(self, purpose: str, key: str) -> float:
        """A number in [0, 1) drawn by hash from the seed, the purpose and the key: the same on every machine."""
        text = f"{int(self.constant('online_retail_seed'))}\x1f{purpose}\x1f{key}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:_BYTES], "big") / float(1 << 8 * _BYTES)

    def spread(self, name: str, purpose: str, key: str) -> float:
        """A constant times 1 +- at most ``online_retail_spread``, by key."""
        share = self.constant("online_retail_spread")
        return self.constant(name) * (1.0 + share * (2.0 * self.uniform(purpose, key) - 1.0))


@dataclass(frozen=True, slots=True)
class Country:
    """A country as the order lines write it; ``reach`` is home, road or air."""

    country: str
    country_code: str
    reach: str


@dataclass(frozen=True, slots=True)
class Place:
    """A town; ``stands_for`` persons live in the zone that it stands for."""

    place_id: str
    name: str
    country_code: str
    tier: str
    lat: float
    lon: float
    population: float
    stands_for: float
    reach: str


@dataclass(frozen=True)
class MappingFolder:
    """Everything that the folder of a mapping says, and the constants with the folder's own laid over them.

    ``columns`` maps a field of an order line to (column names, formats). ``not_goods`` holds (code, match).
    """

    path: Path
    columns: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    not_goods: tuple[tuple[str, str], ...]
    countries: tuple[Country, ...]
    places: tuple[Place, ...]
    constants: pd.DataFrame
    figures: Figures


def read_folder(path: Path, header: Header) -> MappingFolder:
    """Read the folder. Files that it lacks are those of the bundled ``online_retail``.

    Raises DataError with every problem, also when the folder lacks places, warehouses or constants and the bundled
    ones belong to another country or currency.
    """
    _check_bundled_fits(path, header)
    columns = _rows(path, "order_columns.csv", ("field", "column", "format"))
    goods = _rows(path, "not_goods.csv", ("code", "match"))
    countries = _rows(path, "countries.csv", ("country", "country_code", "reach"))
    places = _rows(path, "places.csv", tuple(Place.__dataclass_fields__))
    frame = _constants(path)
    return MappingFolder(
        path=path,
        columns={row["field"]: (_parts(row["column"]), _parts(row["format"])) for row in columns},
        not_goods=tuple((row["code"], row["match"]) for row in goods),
        countries=tuple(Country(row["country"], row["country_code"], row["reach"]) for row in countries),
        places=_places(path, places),
        constants=frame,
        figures=Figures(dict(zip(frame["name"], frame["value"].astype(float).tolist(), strict=True))),
    )


def read_raw(path: Path, name: str) -> RawTable:
    """A file of the folder, or the bundled one when the folder has none; raises DataError."""
    file = path / name if os.path.lexists(path / name) else _bundled() / name
    fault = file_fault(file)
    if fault:
        raise DataError(f"data set {path.name}: {name} cannot be read", [Problem(shown_path(file), "", "", "", *fault)])
    raw = read_csv(file, shown_path(file))
    if raw.problems:
        raise DataError(f"data set {path.name}: {name} cannot be read", raw.problems)
    return raw


def _bundled() -> Path:
    return bundled("data") / "online_retail"


def _check_bundled_fits(path: Path, header: Header) -> None:
    """Nobody gets British towns or costs in pounds without being told."""
    own = read_header(_bundled())
    if (header.country, header.base_currency) == (own.country, own.base_currency):
        return
    rule = f"is missing, and the bundled one is for {own.country} in {own.base_currency}"
    fix = f"write one for {header.country} in {header.base_currency}, after the bundled one"
    missing = [shown_path(path / name) for name in _LOCAL if not os.path.lexists(path / name)]
    problems = [Problem(file, "", "", "", rule, fix) for file in missing]
    if problems:
        raise DataError(f"data set {path.name}: {len(problems)} problems", problems)


def _rows(path: Path, name: str, needed: tuple[str, ...]) -> list[dict[str, str]]:
    raw = read_raw(path, name)
    missing = [column for column in needed if column not in raw.columns]
    if missing:
        problems = [Problem(raw.file, "header", column, "", "the column is missing", "add it") for column in missing]
        raise DataError(f"data set {path.name}: {name} cannot be used", problems)
    cells = [raw.columns[column].to_pylist() for column in needed]
    return [dict(zip(needed, (cell or "" for cell in row), strict=True)) for row in zip(*cells, strict=True)]


def _constants(path: Path) -> pd.DataFrame:
    frame, problems = overlay(bundled_constants()[0], read_raw(path, "constants.csv"), fitted=False)
    if problems:
        raise DataError(f"data set {path.name}: constants.csv cannot be used", problems)
    return frame


def _places(path: Path, rows: Sequence[Mapping[str, str]]) -> tuple[Place, ...]:
    places, problems = [], []
    for position, row in enumerate(rows):
        try:
            places.append(_place(row))
        except ValueError as fault:
            file, place = shown_path(path / "places.csv"), row_label("places.csv", position)
            fix = "write lat, lon, population and stands_for as numbers with a decimal point"
            problems.append(Problem(file, place, "", row["place_id"], str(fault), fix))
    if problems:
        raise DataError(f"data set {path.name}: places.csv cannot be used", problems)
    return tuple(places)


def _place(row: Mapping[str, str]) -> Place:
    text = (row["place_id"], row["name"], row["country_code"], row["tier"])
    lat, lon, population, stands_for = (float(row[name]) for name in ("lat", "lon", "population", "stands_for"))
    return Place(*text, lat, lon, population, stands_for, row["reach"])


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
