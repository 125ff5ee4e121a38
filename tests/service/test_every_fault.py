"""Faults of the scenario, of dataset.yaml and of every table are told in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import DataError, ScenarioError
from supplychain.service.execution import run
from supplychain.service.validate import check_data, check_scenario_and_data
from tests.small_house import write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(error: DataError) -> set[tuple[str, str]]:
    return {(problem.file.partition(":")[0].rpartition("/")[2], problem.field) for problem in error.problems}


def test_one_go_tells_scenario_dataset_and_tables(project: Path) -> None:
    data = project / "data" / "small"
    change(project / "scenarios" / "small.yaml", "policy: today", "polcy: today")
    change(project / "scenarios" / "small.yaml", "{iterations: 20}", "{iterations: 0}")
    change(data / "dataset.yaml", "time_zone:", "tme_zone:")
    change(data / "items.csv", "00123,Tea,food,30,", "00123,Tea,food,abc,")
    change(data / "sites.csv", "D1,North DC,dc,", "D1,North DC,dcc,")
    tables = {("dataset.yaml", "tme_zone"), ("items.csv", "price"), ("sites.csv", "kind")}
    for look in (check_scenario_and_data, run):
        with pytest.raises(
            ScenarioError, match=r"scenario 'small' cannot be used; data set small: 3 problems"
        ) as caught:
            look("small", project=project)
        assert told(caught.value) == tables | {("small.yaml", "replenish.polcy"), ("small.yaml", "route.iterations")}
        assert all(problem.rule and problem.fix for problem in caught.value.problems)
    with pytest.raises(DataError) as alone:
        check_data(data)
    assert told(alone.value) == tables


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("as_of: 2025-05-31", "as_of: 2025-02-31", "as_of"),
        ("as_of: 2025-05-31\n", "", "as_of"),
        ("as_of: 2025-05-31", "asof: 2025-05-31", "asof"),
        ("as_of: 2025-05-31", "as_of: 1025-05-31", "as_of"),
        ("base_currency: CNY", "base_currency: cny", "base_currency"),
        ("base_currency: CNY\n", "", "base_currency"),
        ("base_currency: CNY", "base_curency: CNY", "base_curency"),
        ("lane_rule: great_circle", "lane_rule: maybe", "lane_rule"),
        ("synthetic: true", "tables: {itms: items.csv}", "tables.itms"),
        ("synthetic: true", "tables: {rates: {file: rates.csv, colour: x}}", "tables.rates.colour"),
        ("synthetic: true", "ignore: [zz.csv]", "ignore"),
        ("synthetic: true", "ignore: {a: b}", "ignore"),
    ],
)
def test_a_fault_of_the_header_hides_no_fault_of_a_table_and_makes_none(project: Path, old, new, field) -> None:
    data = project / "data" / "small"
    change(data / "dataset.yaml", old, new)
    with pytest.raises(DataError) as caught:
        check_data(data)
    assert {name for _, name in told(caught.value)} == {field}
    change(data / "items.csv", "00123,Tea,food,30,", "00123,Tea,food,abc,")
    with pytest.raises(DataError) as both:
        check_data(data)
    assert told(both.value) == told(caught.value) | {("items.csv", "price")}


def test_a_scenario_whose_data_set_is_unknown_is_told_alone(project: Path) -> None:
    change(project / "data" / "small" / "items.csv", "00123,Tea,food,30,", "00123,Tea,food,abc,")
    change(project / "scenarios" / "small.yaml", "data: data/small", "data: ../small")
    with pytest.raises(ScenarioError) as caught:
        check_scenario_and_data("small", project=project)
    assert told(caught.value) == {("small.yaml", "data")}
