"""Parts of the builder: shelves against a slow oracle, places, calendar, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.datasets.china_south import places
from supplychain.datasets.china_south.calendar import build_events, build_promotions
from supplychain.datasets.china_south.items import build_catalogue
from supplychain.datasets.china_south.lanes import inner_km
from supplychain.datasets.china_south.sales import SalesTables
from supplychain.datasets.china_south.shelves import Shelves
from supplychain.datasets.china_south.sources import AS_OF, days, parameter
from supplychain.errors import DataError

DAYS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 25)), min_size=1, max_size=30)


@given(DAYS, st.integers(1, 9))
@settings(deadline=None, max_examples=60)
def test_shelves_sell_first_expired_first_as_a_list_of_units_does(story: list[tuple[int, int]], life: int) -> None:
    shelves = Shelves(np.array([life, 0]))
    units: list[int] = []  # remaining days of each perishable unit
    lasting = 0
    for received, wanted in story:
        shelves.receive(np.array([received, received], dtype=float))
        units += [life] * received
        lasting += received
        take = np.minimum(shelves.on_hand, wanted)
        shelves.take(take)
        units = sorted(units)[min(wanted, len(units)) :]
        lasting -= min(wanted, lasting)
        assert shelves.on_hand.tolist() == [len(units), lasting]
        wasted = shelves.age()
        assert wasted.tolist() == [units.count(1)]
        units = [left - 1 for left in units if left > 1]
    assert shelves.by_age[0].tolist() == [units.count(left + 1) for left in range(life + 1)]


def test_day_axis() -> None:
    axis = days()
    assert str(axis.date[axis.history]) == "2023-06-01"
    assert axis.date[axis.actuals - 1] == AS_OF
    assert axis.actuals - axis.history == 731
    assert axis.count - axis.actuals == 183
    assert axis.weekday[axis.index("2025-05-31")] == 6
    assert axis.day_of_year[axis.index("2024-12-31")] == 366


def test_unknown_parameter_is_named() -> None:
    with pytest.raises(KeyError, match="no_such"):
        parameter("no_such")


def test_unknown_place_stops_the_build_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_places", lambda: {"1796236": ("Shanghai", 31.2, 121.5)})
    with pytest.raises(DataError) as fault:
        places.build_sites(places.read_census())
    problem = fault.value.problems[0]
    assert (problem.record, problem.field, problem.value) == ("CN440111-C", "geonameid", "1809858")
    assert len(fault.value.problems) == 113


def test_rural_last_km_follows_the_stated_formula() -> None:
    census = places.read_census()
    rural = census[census["tier"] == "rural"]
    assert [round(inner_km(area), 1) for area in rural["area_km2"]] == pytest.approx(list(rural["last_km"]), abs=0.06)


def test_promotions_do_not_overlap_and_known_ones_end_after_as_of() -> None:
    axis = days()
    catalogue = build_catalogue(axis, np.random.default_rng(3))
    plan = build_promotions(catalogue, axis, np.random.default_rng(4))
    assert (plan.table["to"] > str(AS_OF)).all()
    for _, group in plan.table.groupby("item_id"):
        assert (group["from"].iloc[1:].to_numpy() > group["to"].iloc[:-1].to_numpy()).all()
    cheaper = np.nan_to_num(plan.price / catalogue.price[:, None], nan=0.9)
    assert cheaper.max() < 0.95
    promoted = np.isfinite(plan.price[:, axis.history :]).mean()
    assert 0.08 < promoted < 0.3
    again = build_promotions(catalogue, axis, np.random.default_rng(4))
    pd.testing.assert_frame_equal(plan.table, again.table)


def test_event_phases_do_not_overlap_inside_an_event() -> None:
    for _, group in build_events().groupby("name"):
        ordered = group.sort_values("from")
        assert (ordered["from"].iloc[1:].to_numpy() > ordered["to"].iloc[:-1].to_numpy()).all()
    assert set(build_events()["name"]) == {"618", "11.11", "12.12", "Spring Festival"}


def test_sales_table_keeps_zero_rows_of_sold_out_days_only() -> None:
    axis = days()
    tables = SalesTables(axis, ["a"], ["x", "y"])
    units = np.array([[0, 2, 0], [1, 0, 0]], dtype=np.int16)
    empty = np.array([[False, False, True], [False, False, True]])
    price = np.full(axis.count, np.nan)
    price[11] = 5.0
    tables.add(0, units, price, first=10, empty=empty)
    frame = tables.table(with_stock=True).to_pandas()
    assert frame["quantity"].tolist() == [1, 2, 0, 0]
    assert frame["site_id"].tolist() == ["y", "x", "x", "y"]
    assert frame["in_stock"].tolist() == [True, True, False, False]
    assert frame["promo"].tolist() == [False, True, False, False]
