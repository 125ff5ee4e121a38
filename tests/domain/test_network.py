from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.domain import Lane, Network, Site, great_circle_km

DEGREES = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


def site(site_id: str, status: str = "open") -> Site:
    return Site(site_id, site_id, "hub", "city", 0.0, 0.0, status=status)


def network() -> Network:
    sites = [*(site(s) for s in ("A", "B", "C", "D", "E", "F")), site("X", "closed"), site("Y", "candidate")]
    lanes = [
        Lane("A", "B", 100, 2.0),
        Lane("A", "B", 100, 0.5, mode="air"),
        Lane("B", "C", 100, 1.0),
        Lane("A", "C", 100, 2.0),
        Lane("A", "X", 1, 0.1),
        Lane("X", "D", 1, 0.1),
        Lane("A", "Y", 1, 0.1),
        Lane("C", "D", 1, 0.1, status="closed"),
        Lane("C", "D", 1, 0.1, mode="van", departures=()),
        Lane("D", "E", 1, 0.1),
    ]
    return Network.build(sites, lanes)


def test_unreachable_names_the_component():
    found = network().unreachable(["A"], ["C", "D", "E", "F", "X", "ghost"])
    assert found == {"D": ("D", "E"), "E": ("D", "E"), "F": ("F",), "X": ("X",), "ghost": ("ghost",)}


def test_unreachable_follows_the_direction_of_lanes():
    assert network().unreachable(["C"], ["A"]) == {"A": ("A", "B", "C")}
    assert network().unreachable(["C", "A"], ["A", "B"]) == {}


def test_unreachable_from_nowhere_is_everything():
    assert set(network().unreachable(["X", "ghost"], ["A", "B"])) == {"A", "B"}


@given(DEGREES, DEGREES)
def test_great_circle_agrees_with_the_angle_between_vectors(one, two):
    def vector(point):
        lat, lon = map(math.radians, point)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    a, b = vector(one), vector(two)
    cross = math.sqrt(
        (a[1] * b[2] - a[2] * b[1]) ** 2 + (a[2] * b[0] - a[0] * b[2]) ** 2 + (a[0] * b[1] - a[1] * b[0]) ** 2
    )
    angle = math.atan2(cross, sum(x * y for x, y in zip(a, b, strict=True)))
    assert great_circle_km(*one, *two) == pytest.approx(6371.0088 * angle, abs=1e-3)
