"""Equal content, equal hash; different content, different hash; labels and paths take no part."""

# ruff: noqa: E501 - tables of cases read best one a line

import json
import math
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.scenario import (
    Settings,
    canonical_json,
    content_hash,
    load_scenario,
    scenario_hash,
    settings_hash,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_canonical_json_is_json_of_the_same_value(value):
    assert json.loads(canonical_json(value)) == value


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=4), st.integers(), max_size=5))
def test_the_order_of_keys_does_not_matter(value):
    assert content_hash(value) == content_hash(dict(reversed(value.items())))


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES)
def test_different_values_have_different_texts(one, other):
    if canonical_json(one) == canonical_json(other):
        assert one == other


def test_fields_that_are_not_compared_are_not_hashed():
    @dataclass(frozen=True)
    class Thing:
        value: float
        label: str = field(default="", compare=False)

    assert content_hash(Thing(1.0, "a")) == content_hash(Thing(1.0, "b"))
    assert content_hash(Thing(1.0)) != content_hash(Thing(2.0))
    assert canonical_json(-0.0) == canonical_json(0.0)


@pytest.mark.parametrize(
    "value", [{1, 2}, b"x", object(), datetime(2025, 1, 1, tzinfo=UTC), {1: 2}, Settings, math.nan, math.inf]
)
def test_values_without_one_meaning_are_refused(value):
    with pytest.raises((TypeError, ValueError)):
        canonical_json(value)


def test_dates_and_models_have_a_text():
    assert canonical_json(date(2025, 5, 31)) == '"2025-05-31"'
    assert '"policy":"today"' in canonical_json(Settings())


BODY = "replenish: {policy: optimized}\nchanges: [{set: items.price, where: {item_id: a}, multiply: 2}]\n"


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n" + BODY,
        "description: other words\n" + BODY,
        "compare: {show: [cost]}\n" + BODY,
        "data: my/data\n" + BODY,
        "changes:\n  - set: items.price\n    multiply: 2.0\n    where:\n      item_id: [a]\nreplenish:\n  policy: optimized\n",
        "seed: 1\n" + BODY,
        "shocks: [{name: any, title: Any, changes: [{set: replenish.policy, value: optimized}]}]\n"
        "changes: [{set: items.price, where: {item_id: a}, multiply: 2, allow_empty: yes}]\n",
    ],
)  # fmt: skip
def test_labels_comments_paths_and_ways_of_writing_do_not_change_the_hash(project, same):
    first = scenario_hash(project.scenario(BODY))
    assert scenario_hash(project.scenario(same)) == first


@pytest.mark.parametrize(
    "other",
    [
        BODY.replace("optimized", "textbook"),
        BODY.replace("multiply: 2", "multiply: 3"),
        BODY.replace("multiply: 2", "value: 2"),
        BODY.replace("item_id: a", "item_id: b"),
        BODY.replace("item_id: a", "category: a"),
        "seed: 2\n" + BODY,
        "as_of: 2025-05-31\n" + BODY,
        "data: china_south\n" + BODY,
        BODY.replace("}]", "}, {set: world.demand, multiply: 1.1}]"),
        BODY.replace("}]", "}, {set: outlook.demand, multiply: 1.1}]"),
        BODY.replace("}]", "}, {set: world.demand, multiply: 1.1, during: 2025-06-01}]"),
    ],
)
def test_every_change_of_content_changes_the_hash(project, other):
    contents = {scenario_hash(project.scenario(BODY)), scenario_hash(project.scenario(other))}
    assert len(contents) == 2


def test_a_project_at_another_place_has_the_same_hash(project, tmp_path_factory):

    project.write("x", BODY)
    other = tmp_path_factory.mktemp("elsewhere") / "deep"
    (other / "scenarios").mkdir(parents=True)
    Path(other / "scenarios" / "x.yaml").write_text(Path(project.root / "scenarios" / "x.yaml").read_text())
    assert scenario_hash(load_scenario("x", project=other)) == scenario_hash(project.load())


def test_the_hash_does_not_depend_on_the_seed_of_python_hashes():
    code = "from supplychain.scenario import *; print(scenario_hash(load_scenario('double11_surge')))"
    run = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert run[0] == run[1]
    assert run[0].strip() == scenario_hash(load_scenario("double11_surge"))


def test_a_section_has_its_own_hash():
    one, two = load_scenario("baseline").settings, load_scenario("optimized").settings
    assert settings_hash(one.forecast) == settings_hash(two.forecast)
    assert settings_hash(one.replenish) != settings_hash(two.replenish)
