"""What a planner is told about the days ahead: events, promotions, changes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from supplychain.handover.forecast_effects import forecast_effects

DAYS, AHEAD = 10, 8
FIRST = np.datetime64("2025-06-01")


def told(*, uplift=2.0, ratio=None, promo=None, factor=None, plus=None):
    """Effects of one row whose event is on from the third to the fifth day ahead."""
    events = np.zeros((1, 1, DAYS + AHEAD))
    events[0, 0, DAYS + 2 : DAYS + 5] = 1.0
    one, none = np.ones((1, AHEAD)), np.zeros((1, AHEAD))
    history = SimpleNamespace(first_day=FIRST - DAYS, days=DAYS, group=np.zeros(1, int))
    outlook = SimpleNamespace(
        price_ratio=one if ratio is None else ratio,
        promo=none if promo is None else promo,
        event_names=("618 peak",),
        events=events,
    )
    recipe = SimpleNamespace(
        uplift=np.array([[uplift]]), price_effect=np.array([-2.0]), promo_effect=np.array([np.log(1.5)])
    )
    frame = forecast_effects(
        [("A", "DC")],
        SimpleNamespace(history=history, outlook=outlook),
        recipe,
        factor=one if factor is None else factor,
        plus=none if plus is None else plus,
    )
    return [
        (r["kind"], r["name"], f"{r['first']:%m-%d}", f"{r['last']:%m-%d}", r["factor"])
        for r in frame.to_dict("records")
    ]


def test_an_event_has_its_days_and_its_factor():
    assert told() == [("event", "618 peak", "06-03", "06-05", 2.0)]


def test_what_moves_nothing_is_left_out():
    assert told(uplift=1.001) == []


def test_a_promotion_counts_its_price():
    ratio, promo = np.ones((1, AHEAD)), np.zeros((1, AHEAD))
    ratio[0, 6:], promo[0, 6:] = 0.5, 1.0
    kind, _, first, last, factor = told(uplift=1.0, ratio=ratio, promo=promo)[0]
    assert (kind, first, last) == ("promotion", "06-07", "06-08")
    assert factor == pytest.approx(1.5 * 0.5**-2)


def test_planners_changes_are_told_apart():
    factor, plus = np.ones((1, AHEAD)), np.zeros((1, AHEAD))
    factor[0, 0], plus[0, 7] = 1.2, 5.0
    assert told(uplift=1.0, factor=factor, plus=plus) == [
        ("planner's factor", "", "06-01", "06-01", 1.2),
        ("planner's units a day", "", "06-08", "06-08", 5.0),
    ]
