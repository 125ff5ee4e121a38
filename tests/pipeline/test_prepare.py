# ruff: noqa: SIM300 - cases read best one a line

from __future__ import annotations

import numpy as np
import pytest

from supplychain.errors import DataError, ScenarioError
from supplychain.pipeline.prepare import furnish, prepare
from tests.small_house import RATE, add_scenario, furnished, load, small_tables, write_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("prepare"))


def test_demand_of_a_year_by_hand(project):
    prepared = prepare(*load(project))
    for zone, made in zip(prepared.fulfilment.zone_ids, prepared.demand_per_year, strict=True):
        units = sum(float(line["quantity"] or 0) for line in small_tables()["demand"] if line["site_id"] == zone)
        assert made == pytest.approx(units * 365 / 200)


def test_covers_of_todays_rule_come_from_the_constants(project):
    prepared = prepare(*load(project))
    constant = prepared.dataset.constant
    covers = prepared.settings.replenish.today
    assert covers.min_days.B == constant("today_min_cover_days")
    assert covers.max_days.A == pytest.approx(constant("today_max_cover_days") * constant("today_class_a_factor"))
    assert covers.max_days.C == pytest.approx(constant("today_max_cover_days") * constant("today_class_c_factor"))


def test_a_cover_that_the_scenario_sets_stands_and_the_others_come_from_the_constants(project):
    prepared = prepare(*load(project, sets=["replenish.today.min_days.A=3"]))
    constant = prepared.dataset.constant
    assert prepared.settings.replenish.today.min_days.A == 3
    assert prepared.settings.replenish.today.min_days.B == constant("today_min_cover_days")


def test_covers_that_cross_are_refused(project):
    """89.9 days are below the default of max_days.C, but above what the constants make of it."""
    with pytest.raises(ScenarioError, match="exceeds max_days 87") as caught:
        prepare(*load(project, sets=["replenish.today.min_days.C=89.9"]))
    (problem,) = caught.value.problems
    assert (problem.file, problem.field) == ("--set replenish.today.min_days.C=89.9", "replenish.today.min_days.C")


def test_changes_that_break_the_contract_are_refused(project):
    add_scenario(project, "broken", "changes:\n  - {set: suppliers.lead_time_mean_days, add: -50}\n")
    with pytest.raises((DataError, ScenarioError), match="lead_time_mean_days"):
        prepare(*load(project, "broken"))


def test_rows_and_classes_by_annual_value(project):
    house = furnished(project)
    assert list(zip(house.terms.item_ids, house.terms.site_ids, strict=True)) == house.sourcing.row_keys()
    assert house.terms.service_class[house.terms.row_of("soap", "D2")] == "C"
    assert set(house.terms.items) == set(RATE)
    assert {"A", "B", "C"} == set(house.terms.service_class)


def test_a_placement_moves_zones_to_their_dc(project):
    prepared = prepare(*load(project))
    usual = furnish(prepared, prepared.dataset, {})
    moved = furnish(prepared, prepared.dataset, {"ZT": "D2"})
    zone, item = usual.sourcing.zone_ids.index("ZT"), usual.sourcing.item_ids.index("1E5")
    assert usual.sourcing.row_keys()[usual.sourcing.zone_row[zone, item]] == ("1E5", "D1")
    assert moved.sourcing.row_keys()[moved.sourcing.zone_row[zone, item]] == ("1E5", "D2")
    others = [z for z in range(len(usual.sourcing.zone_ids)) if z != zone]
    np.testing.assert_array_equal(usual.sourcing.zone_row[others], moved.sourcing.zone_row[others])
