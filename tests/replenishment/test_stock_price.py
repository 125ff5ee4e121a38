from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.handover.replenishment import Terms, compile_terms
from supplychain.handover.stock_price import stock_price
from supplychain.scenario.settings import ReplenishSettings
from supplychain.twin.batch import tile_terms
from tests.replenishment.small_world import data_set

TERMS = compile_terms(data_set(), ReplenishSettings())


def rule(level: float, **more: object) -> ReplenishSettings:
    return ReplenishSettings(service_level={"A": level, "B": level, "C": level}, **more)


def rule_by_class(a: float, b: float, c: float, **more: object) -> ReplenishSettings:
    return ReplenishSettings(service_level={"A": a, "B": b, "C": c}, **more)


def made_up(seed: int) -> Terms:
    """The small network's rows with other costs, margins and classes; nothing spoils."""
    random = np.random.default_rng(seed)
    rows = TERMS.rows
    return replace(
        TERMS,
        unit_cost=random.uniform(1, 900, rows),
        margin=random.uniform(1, 900, rows),
        class_index=random.integers(0, 3, rows),
        shelf_life_days=np.full(rows, np.inf),
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.6, 0.99))
def test_every_row_avoids_as_much_margin_for_its_money(seed: int, level: float) -> None:
    """At its level a row's last unit saves margin x chance of running out a cycle: the price of its level, by money.

    Classes A and C share a level, hence a price; B has its own.
    """
    terms = made_up(seed)
    price = stock_price(terms, rule_by_class(level, 0.5, level, holding_share_per_year=0.0))
    cycle = terms.calendar.cycle_days[terms.source]
    short_over_served = (1 - price.level) / price.level
    earned = terms.margin * short_over_served / (terms.unit_cost * cycle / 365.0)
    for rows in (terms.class_index != 1, terms.class_index == 1):
        if not rows.any():
            continue
        weight = (terms.unit_cost * cycle / terms.margin)[rows]
        inside = (weight < 8 * np.median(weight)) & (weight > np.median(weight) / 8)
        assert earned[rows][inside] == pytest.approx(price.share_per_year[rows][inside])
        assert np.unique(price.share_per_year[rows].round(12)).size == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.6, 0.99))
def test_a_typical_row_has_its_class_level_and_no_row_is_given_up(seed: int, level: float) -> None:
    terms = made_up(seed)
    found = stock_price(terms, rule_by_class(level, 0.3, level)).level
    other = stock_price(terms, rule(level)).level
    widest = 8.0 * (1 - level) / level
    assert (other >= 1 / (1 + widest) - 1e-12).all()
    assert (found < 1).all()
    for rows, asked in ((terms.class_index != 1, level), (terms.class_index == 1, 0.3)):
        if rows.sum() % 2:
            assert np.median(found[rows]) == pytest.approx(asked)


def test_dear_to_hold_gets_less_and_a_higher_level_means_a_lower_price() -> None:
    terms = replace(made_up(3), class_index=np.zeros(TERMS.rows, np.int64), margin=np.full(TERMS.rows, 40.0))
    found = stock_price(terms, rule(0.95))
    cycle = terms.calendar.cycle_days[terms.source]
    order = np.argsort(terms.unit_cost * cycle)
    assert (np.diff(found.level[order]) <= 1e-12).all()
    higher = stock_price(terms, rule(0.98))
    assert (higher.share_per_year < found.share_per_year).all()
    assert (higher.level > found.level).all()


def test_price_is_never_below_the_cost_of_holding() -> None:
    assert (stock_price(TERMS, rule(0.999999, holding_share_per_year=0.3)).share_per_year == 0.3).all()


def test_goods_that_spoil_and_goods_without_margin() -> None:
    spoils = np.isfinite(TERMS.shelf_life_days)
    found = stock_price(TERMS, rule(0.95)).level
    newsvendor = TERMS.margin / (TERMS.margin + TERMS.unit_cost)
    assert (found[spoils] < newsvendor[spoils]).all()
    assert (found[spoils] > 0.5 * newsvendor[spoils]).all()
    nothing = stock_price(replace(TERMS, margin=np.zeros(TERMS.rows)), rule(0.95))
    assert np.isfinite(nothing.level).all()
    assert (nothing.level > 0.5).all()


@pytest.mark.parametrize("lives", [2, 3])
def test_lives_side_by_side_do_not_change_the_price(lives: int) -> None:
    """Byte for byte: a life may not depend on how many others run beside it."""
    for seed in range(20):
        terms = made_up(seed)
        alone, beside = stock_price(terms, rule(0.95)), stock_price(tile_terms(terms, lives), rule(0.95))
        assert np.array_equal(np.tile(alone.level, lives), beside.level)
        assert np.array_equal(np.tile(alone.share_per_year, lives), beside.share_per_year)
