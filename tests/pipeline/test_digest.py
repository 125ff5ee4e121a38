# ruff: noqa: E501, DTZ001 - tables of cases read best as tables; a naive datetime is one of the cases

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.digest import code_version, digest
from supplychain.scenario.settings import ReplenishSettings, RouteSettings
from supplychain.store import StepResult, Store


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Box:
    size: float
    label: str


@dataclass(frozen=True)
class Crate:
    size: float
    label: str


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


# all different from each other
DIFFERENT: list[Any] = [
    None, True, False, 0, 1, "1", "", "None", b"1", 1.0, 0.5, float("nan"), float("inf"),
    date(2025, 1, 1), datetime(2025, 1, 1), "2025-01-01", Colour.RED, Colour.BLUE, "Colour.RED", Path("a.csv"), Path("b.csv"),
    [], [[]], [1, 2], [2, 1], [1, [2]], ["12"], ["1", "2"], {}, {"a": 1}, {"a": 2}, {"b": 1}, {1: "x"}, {"1": "x"}, {"a": {"b": 1}}, {"a": 1, "b": 2},
    Box(1.0, "x"), Box(2.0, "x"), Box(1.0, "y"), Crate(1.0, "x"),
    np.zeros(3), np.zeros(4), np.zeros((3, 1)), np.zeros((1, 3)), np.zeros(3, int), np.zeros(3, bool), np.zeros(3, np.float32),
    np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]), np.array(["a", "b"]), np.array(["ab", ""]), np.array(["a", None], dtype=object),
    np.array(["2025-01-01"], "datetime64[D]"), np.array(["2025-01-02"], "datetime64[D]"), np.zeros(0), np.zeros((0, 2)),
    np.float64(2.5), np.int64(2), np.bool_(True),
    frame(a=[1, 2]), frame(a=[2, 1]), frame(b=[1, 2]), frame(a=[1.0, 2.0]), frame(a=["1", "2"]), frame(a=["1", None]), frame(a=["1", "None"]),
    frame(a=["1", "NaT"]), frame(a=["x"], b=["y"]), frame(b=["y"], a=["x"]), frame(a=pd.Categorical(["x", "y"])), frame(a=pd.Categorical(["y", "x"])),
    frame(a=pd.array([1, None], "Int64")), frame(a=pd.array([1, 0], "Int64")), frame(a=pd.to_datetime(["2025-01-01", None])),
    frame(a=pd.to_datetime(["2025-01-01", "2025-01-02"])), frame(a=[(1, 2), ()]), frame(a=[(1,), (2,)]), frame(a=[True, False]),
    ReplenishSettings(), ReplenishSettings(policy="optimized"), RouteSettings(), RouteSettings(iterations=3),
]  # fmt: skip


def test_different_things_have_different_hashes():
    seen: dict[str, Any] = {}
    for thing in DIFFERENT:
        made = digest(thing)
        assert made not in seen, f"{thing!r} and {seen[made]!r}"
        seen[made] = thing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({2: "x", 1: "y"}, {1: "y", 2: "x"}),
        ((1, 2), [1, 2]),
        (0.0, -0.0),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (np.arange(10)[::2], np.array([0, 2, 4, 6, 8])),
        (frame(a=[1, 2]), frame(a=[0, 1, 2]).iloc[1:]),
        (Box(1.0, "x"), Box(1.0, "x")),
        (ReplenishSettings(), ReplenishSettings(policy="today")),
        (Path("/somewhere/a.csv"), Path("elsewhere/a.csv")),
        (frame(a=pd.array([1, None], "Int64")), frame(a=pd.array([1, None], "Int64"))),
        (pd.DataFrame({"a": ["x", None]}), pd.DataFrame({"a": ["x", float("nan")]})),
    ],
)
def test_equal_content_has_one_hash(one, other):
    assert digest(one) == digest(other)


@pytest.mark.parametrize("thing", [{1, 2}, frozenset(), object(), print, Box, iter([]), 1j, np.array([object()])])
def test_anything_else_is_refused(thing):
    with pytest.raises(TypeError, match="cannot hash a"):
        digest([thing])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")) | st.dates()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab1", max_size=3), inner, max_size=4),
    max_leaves=8,
)


def same(one: Any, other: Any) -> bool:
    """Equality that knows True from 1 and takes nan for nan."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (one != one and other != other)
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


@given(VALUES, VALUES)
def test_hashes_differ_where_values_do(one, other):
    assert (digest(one) == digest(other)) == same(one, other)


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=6), st.randoms())
def test_order_of_keys_takes_no_part(mapping, random):
    keys = list(mapping)
    random.shuffle(keys)
    assert digest({key: mapping[key] for key in keys}) == digest(mapping)


@given(st.lists(st.integers(0, 3), max_size=5), st.lists(st.integers(0, 3), max_size=5))
def test_frames_differ_where_cells_do(one, other):
    assert (digest(frame(a=one)) == digest(frame(a=other))) == (one == other)


def test_several_things_are_not_their_concatenation():
    assert digest("a", "b") != digest("ab")
    assert digest("a", "b") != digest("b", "a")
    assert digest([1], [2]) != digest([1, 2])


SCRIPT = """
import numpy as np, pandas as pd
from datetime import date
from supplychain.pipeline.digest import digest
from supplychain.scenario.settings import Settings
things = {name: [name, 1.5, date(2025, 1, 1)] for name in {"b", "a", "zz", "q"}}
print(digest(things, Settings(), pd.DataFrame({"a": pd.Categorical(["x", "y"])}), np.arange(3)))
"""


def test_independent_of_the_hash_seed():
    made = set()
    for seed in ("0", "1", "12345"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True)
        made.add(done.stdout)
    assert len(made) == 1


def test_code_version_is_one_word():
    assert len(code_version()) == 16
    assert code_version() == code_version()


def cache_of(tmp_path: Path, previous: dict[str, dict[str, str]] | None = None) -> StepCache:
    return StepCache(Store.open(tmp_path), previous or {})


def make(key: str) -> StepResult:
    return StepResult("bake", key, {"cakes": frame(a=[1, 2])}, {"n": 2}, {"x": np.arange(3)})


def test_a_step_is_made_once(tmp_path):
    first = cache_of(tmp_path)
    made = first.step("bake", {"flour": 1, "eggs": [2, 3]}, make)
    again = cache_of(tmp_path)

    def never(_key: str) -> StepResult:
        raise AssertionError("made again")

    reused = again.step("bake", {"eggs": [2, 3], "flour": 1}, never)
    pd.testing.assert_frame_equal(reused.tables["cakes"], made.tables["cakes"])
    assert reused.meta == {"n": 2}
    assert reused.arrays["x"].tolist() == [0, 1, 2]
    assert [one.reused for one in (*first.made, *again.made)] == [False, True]
    assert again.made[0].why == "inputs unchanged"
    assert again.made[0].key == first.made[0].key


def test_why_names_what_changed(tmp_path):
    first = cache_of(tmp_path)
    first.step("bake", {"flour": 1, "eggs": 2, "milk": 3}, make)
    assert first.made[0].why == "first run with these inputs"
    then = cache_of(tmp_path, {"bake": dict(first.made[0].inputs)})
    then.step("bake", {"flour": 9, "eggs": 2, "milk": 9}, make)
    assert then.made[0].why == "changed: flour, milk"
    assert not then.made[0].reused
    lost = cache_of(tmp_path / "other", {"bake": dict(first.made[0].inputs)})
    lost.step("bake", {"flour": 1, "eggs": 2, "milk": 3}, make)
    assert lost.made[0].why == "no stored result"


def test_other_steps_with_the_same_inputs_have_other_keys(tmp_path):
    cache = cache_of(tmp_path)
    cache.step("bake", {"flour": 1}, make)
    cache.step("fry", {"flour": 1}, lambda key: StepResult("fry", key))
    assert cache.made[0].key != cache.made[1].key


def test_other_code_makes_a_step_again(tmp_path, monkeypatch):
    before = cache_of(tmp_path)
    before.step("bake", {"flour": 1}, make)
    monkeypatch.setattr("supplychain.pipeline.cache.code_version", lambda: "other")
    after = cache_of(tmp_path, {"bake": dict(before.made[0].inputs)})
    after.step("bake", {"flour": 1}, make)
    assert after.made[0].why == "changed: the toolkit's own code"


def test_why_says_what_the_planner_changed(tmp_path):
    def again(previous, *, terms=1, forecast=1, **causes):
        cache = cache_of(tmp_path, previous)
        cache.step("order", {"terms": terms, "forecast": forecast}, make, causes=causes)
        return cache.made[0]

    before = again({}, items=[1], stock=[1])
    known = {"order": dict(before.inputs)}
    assert again(known, terms=2, items=[2], stock=[1]).why == "changed: items"
    assert again(known, terms=2, forecast=2, items=[2], stock=[3]).why == "changed: items, stock, forecast"
    assert again(known, forecast=3, items=[1], stock=[2]).why == "changed: forecast"
    assert again(known, terms=4, items=[1], stock=[1]).why == "changed: terms"
    assert again(known, terms=1, items=[9], stock=[9]).key == before.key


def test_a_step_that_fails_is_not_kept(tmp_path):
    cache = cache_of(tmp_path)

    def fail(_key: str) -> StepResult:
        raise ValueError("burnt")

    with pytest.raises(ValueError, match="burnt"):
        cache.step("bake", {"flour": 1}, fail)
    assert cache.made == []
    cache.step("bake", {"flour": 1}, make)
    assert not cache.made[0].reused
