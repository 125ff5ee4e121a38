"""The schema page and the JSON Schema are current, and the schema says what the reader says."""

# ruff: noqa: E501 - tables of cases read best one a line

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from supplychain.resources import bundled
from supplychain.scenario.columns import contract
from supplychain.scenario.page import scenario_page
from supplychain.scenario.publish import PAGE, SCHEMA, json_schema, publish, schema_text
from supplychain.scenario.schema import ScenarioFile
from supplychain.scenario.targets import column_paths, sections, settings_catalogue, world_targets

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCENARIOS = sorted(file for file in Path(bundled("scenarios")).glob("*.yaml") if file.name != "shocks.yaml")


@pytest.mark.parametrize(("name", "text"), [(SCHEMA, schema_text), (PAGE, scenario_page)])
def test_the_published_files_are_current(name, text):
    hint = "run `python -m supplychain.scenario.publish docs`"
    assert (DOCS / name).read_text(encoding="utf-8") == text(), hint


def test_publishing_writes_both_files(tmp_path):
    assert sorted(file.name for file in publish(tmp_path)) == sorted([PAGE, SCHEMA])


def plain(value):
    """What an editor's YAML 1.2 reader sees: dates are text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_bundled_scenarios_keep_the_json_schema(validator, file):
    content = plain(YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")))
    assert list(validator.iter_errors(content)) == []


HEAD = {"scenario": 1, "name": "x", "title": "T"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"polcy": 1},
        {"replenish": {"polcy": "today"}},
        {"replenish": {"policy": "best"}},
        {"sweep": {}},
        {"name": "X Y"},
        {"scenario": 2},
        {"changes": [{"set": "seed"}]},
        {"changes": [{"set": "seed", "value": 1, "add": 1}]},
        {"changes": [{"set": "sits.status", "value": 1}]},
        {"changes": [{"set": "sites.status", "where": {"tir": "x"}, "value": 1}]},
        {"changes": [{"set": "sites.status", "where": {"tier": {"form": "x"}}, "value": 1}]},
        {"shocks": [{"name": "a"}]},
    ],
)
def test_the_json_schema_refuses_what_the_reader_refuses(validator, wrong):
    assert not validator.is_valid({**HEAD, **wrong})


def test_the_json_schema_takes_what_the_reader_takes(validator):
    for right in (
        {"replenish": {"service_level": {"A": 0.98}, "transfers": "no"}, "seed": 3},
        {"changes": [{"set": "sites.status", "where": {"lat": {"from": 3}, "tier": ["city"]}, "value": "open"}]},
        {"changes": [{"set": "events", "append": {"name": "x"}}], "shocks": ["a", {"name": "b", "title": "B", "changes": []}]},
    ):  # fmt: skip
        assert list(validator.iter_errors({**HEAD, **right})) == []


def test_tables_settings_and_worlds_are_disjoint():
    heads = [
        {path.partition(".")[0] for path in part} for part in (settings_catalogue(), world_targets(), column_paths())
    ]
    heads[0] |= {path.partition(".")[0] for path in sections()}
    heads[2] |= set(contract())
    for index, one in enumerate(heads):
        for other in heads[index + 1 :]:
            assert not one & other


def test_every_section_of_the_settings_is_a_key_of_the_file():
    assert {path.partition(".")[0] for path in settings_catalogue()} <= set(ScenarioFile.model_fields)


def test_every_key_and_every_path_is_in_the_schema_and_on_the_page():
    schema, page = json.dumps(json_schema()), scenario_page()
    for path in (*settings_catalogue(), *world_targets()):
        assert f'"{path}"' in schema
        assert f"`{path}`" in page
    for path in column_paths():
        assert f'"{path}"' in schema
    assert "@" not in page.replace("\\@", "")
