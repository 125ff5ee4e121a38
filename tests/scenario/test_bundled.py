"""The bundled scenarios resolve, differ from their parents as their titles say, and carry distinct content."""

import re
from pathlib import Path

import pytest

from supplychain.errors import ScenarioError
from supplychain.resources import bundled
from supplychain.scenario import apply_changes, difference, list_scenarios, load_scenario, scenario_hash
from supplychain.scenario.find import Places
from supplychain.scenario.load import load_shocks
from supplychain.scenario.typed import SchemaReader
from supplychain.tables import read_tables

NAMES = [
    "baseline",
    "best_sites",
    "double11_surge",
    "four_dcs",
    "online_retail",
    "online_retail_optimized",
    "online_retail_textbook",
    "optimized",
    "service_99",
    "textbook",
    "tight_budget",
]
SHOCKS = ["capacity_crisis", "double11_rush", "double11_surprise", "lane_closed", "s01_late", "site_closed"]


def test_the_bundled_scenarios_are_listed_and_sound():
    entries = list_scenarios()
    assert [entry.name for entry in entries] == NAMES
    assert [entry.problem for entry in entries] == [""] * len(NAMES)
    assert {entry.where for entry in entries} == {"bundled"}


def test_an_empty_set_takes_the_budget_of_a_file_away():
    assert load_scenario("tight_budget").settings.replenish.budget_per_month is not None
    without = load_scenario("tight_budget", sets=("replenish.budget_per_month=",))
    assert without.settings.replenish.budget_per_month is None
    with pytest.raises(ScenarioError) as caught:
        load_scenario("tight_budget", sets=("replenish.review_days=",))
    assert "must not be empty" in caught.value.problems[0].rule


def test_scenarios_of_different_content_have_different_hashes():
    assert len({scenario_hash(load_scenario(name)) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("optimized", ["replenish.policy", *(f"replenish.service_level.{one}" for one in "ABC")]),
        ("textbook", ["replenish.policy"]),
        ("four_dcs", ["sites.status"]),
        ("service_99", ["replenish.service_level.A"]),
        ("tight_budget", ["replenish.budget_per_month"]),
        ("double11_surge", ["world.demand", "world.throughput"]),
        ("online_retail_optimized", ["replenish.policy"]),
    ],
)
def test_each_scenario_differs_from_its_parent_only_as_it_says(name, paths):
    scenario = load_scenario(name)
    rows = difference(scenario, load_scenario(scenario.chain[-1]))
    assert [row.path for row in rows] == paths
    assert all(re.fullmatch(r"scenarios/\w+\.yaml:\d+:\d+", row.origin) for row in rows)


def test_a_surprise_is_a_change_of_the_world_without_its_outlook():
    scenario = load_scenario("double11_surge")
    assert scenario.outlook == ()
    assert [change.target for change in scenario.world] == ["demand", "throughput"]


def test_every_scenario_file_is_named_after_its_scenario():
    for file in sorted(Path(bundled("scenarios")).glob("*.yaml")):
        if file.name != "shocks.yaml":
            assert load_scenario(file.stem).name == file.stem


@pytest.fixture(scope="module")
def china_south():
    return read_tables(bundled("data") / "china_south")


def test_the_bundled_scenarios_and_every_shock_fit_the_bundled_data(china_south, tmp_path):
    shocks = load_shocks(Places(None), SchemaReader(""))
    assert sorted(shocks) == SHOCKS
    (tmp_path / "scenarios").mkdir()
    names = [entry.name for entry in list_scenarios() if entry.data == "china_south"]
    for shock in sorted(shocks):
        body = f"scenario: 1\nname: {shock}\ntitle: T\nextends: baseline\nshocks: [{shock}]\n"
        (tmp_path / "scenarios" / f"{shock}.yaml").write_text(body, encoding="utf-8")
        names.append(shock)
    for name in names:
        _, applied = apply_changes(china_south, load_scenario(name, project=tmp_path))
        assert all(done.matched > 0 for done in applied), (name, applied)


def test_shocks_of_the_world_fall_into_the_days_that_the_twin_lives(china_south):
    last = china_south.frames["actuals"]["date"].max().date()
    for shock in load_shocks(Places(None), SchemaReader("")).values():
        for change in shock.changes:
            assert china_south.as_of < change.first <= change.last <= last
