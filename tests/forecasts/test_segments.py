"""Kinds of demand by hand."""

from __future__ import annotations

import numpy as np

from forecasts.segments import AGES, PATTERNS, SEGMENTS, age_classes, demand_traits, pattern_classes, segment_classes

from .made_up import inputs


def test_interval_and_variation_count_known_days_from_the_first_sale():
    quantity = np.array([[0.0, 2.0, 0.0, 9.0, 4.0, 0.0], [0.0] * 6, [np.nan, np.nan, 1.0, 1.0, 1.0, 1.0]])
    in_stock = np.ones(quantity.shape, dtype=bool)
    in_stock[0, 3] = False  # its sale is no known demand
    traits = demand_traits(inputs(quantity, in_stock=in_stock)[0])
    np.testing.assert_allclose(traits.interval, [4 / 2, np.nan, 1.0])
    np.testing.assert_allclose(traits.variation, [1 / 3**2, np.nan, 0.0])
    np.testing.assert_allclose(traits.rate, [6 / 4, 0.0, 1.0])
    np.testing.assert_allclose(traits.age_days, [5, np.nan, 4])
    assert [PATTERNS[n] for n in pattern_classes(traits)] == ["intermittent", "no sale yet", "smooth"]
    assert [AGES[n] for n in age_classes(traits)] == ["under 8 weeks", "no sale yet", "under 8 weeks"]


def test_every_class_is_reached():
    long = np.zeros((6, 400))
    long[0] = 3.0  # smooth
    long[1] = np.tile([1.0, 9.0], 200)  # erratic: squared coefficient of variation 0.64
    long[2, ::3] = 2.0  # intermittent
    long[3, ::4], long[3, ::8] = 1.0, 9.0  # lumpy
    long[4, 100:] = 60.0
    traits = demand_traits(inputs(long)[0])
    found = segment_classes(traits)
    names = {kind: [SEGMENTS[kind][n] for n in index] for kind, index in found.items()}
    assert names["pattern"] == ["smooth", "erratic", "intermittent", "lumpy", "smooth", "no sale yet"]
    assert names["age"] == ["over 52 weeks"] * 4 + ["8 to 52 weeks", "no sale yet"]
    assert names["rate"] == [
        "3 to 10 a day", "3 to 10 a day", "0.3 to 1 a day", "1 to 3 a day", "50 a day and more", "0 to 0.1 a day",
    ]  # fmt: skip


def test_the_cut_offs_belong_to_the_rarer_class():
    traits = demand_traits(inputs(np.ones((1, 10)))[0])
    at = type(traits)(np.ones(4), np.array([1.31, 1.32, 1.31, 1.32]), np.array([0.48, 0.48, 0.49, 0.49]), np.ones(4))
    assert [PATTERNS[n] for n in pattern_classes(at)] == ["smooth", "intermittent", "erratic", "lumpy"]
