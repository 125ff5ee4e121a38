from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.domain.select import select


@dataclass(frozen=True)
class Thing:
    kind: str | None
    size: float | None


THINGS = [Thing("a", 1.0), Thing("b", 2.0), Thing(None, None), Thing("a", 3.0)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, [True] * 4),
        ({"kind": "a"}, [True, False, False, True]),
        ({"kind": ("a", "b")}, [True, True, False, True]),
        ({"kind": (None,)}, [False, False, True, False]),
        ({"size": {"from": 2.0}}, [False, True, False, True]),
        ({"size": {"to": 2.0}}, [True, True, False, False]),
        ({"size": {"from": 1.0, "to": 2.0}, "kind": ["a"]}, [True, False, False, False]),
        ({"size": {"from": None, "to": None}}, [True, True, False, True]),
        ({"other": "x"}, [True] * 4),
        ({"kind": ()}, [False] * 4),
    ],
)
def test_each_rule(where, expected):
    assert select(THINGS, where, fields=("kind", "size")).tolist() == expected


def test_columns_outside_the_fields_select_along_another_axis():
    assert select(THINGS, {"size": 1.0}, fields=("kind",)).all()


def test_nothing_to_select():
    assert select([], {"kind": "a"}, fields=("kind",)).shape == (0,)


@given(st.lists(st.builds(Thing, st.sampled_from("abc"), st.integers(0, 5))), st.sets(st.sampled_from("abc")))
def test_two_rules_meet(things, kinds):
    both = select(things, {"kind": sorted(kinds), "size": {"from": 2}}, fields=("kind", "size"))
    assert both.tolist() == [t.kind in kinds and t.size >= 2 for t in things]
