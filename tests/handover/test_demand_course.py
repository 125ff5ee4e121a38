"""Demand and supply until one day of each row's own are those of the course day by day."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.handover.demand_course import demand_course, demand_until
from supplychain.handover.look import look
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

_RULE = ReplenishSettings(policy="optimized", review_days=7, outlook_days=10)


@cache
def small(returned: float) -> Situation:
    """The small world, of whose sales a share comes back within a week."""
    terms = compile_terms(data_set(), _RULE)
    daily = daily_means(terms)
    state = state_from_dataset(data_set(), terms, recent_daily_sales=daily)
    if returned:
        terms = replace(terms, return_rate=np.full(terms.rows, returned), return_days=7)
        state = replace(state, returning=np.tile(returned * daily[:, None], (1, 7)))
    return look(state, forecast(daily), AS_OF, terms=terms, settings=_RULE)


@pytest.mark.parametrize("returned", [0.0, 0.3])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_one_day_of_each_row_is_that_day_of_its_course(returned: float, data: st.DataObject) -> None:
    situation = small(returned)
    most = 70
    rows = np.array(data.draw(st.lists(st.integers(0, situation.terms.rows - 1), max_size=12)), np.int64)
    days = np.array([data.draw(st.integers(1, most)) for _ in rows], np.int64)
    quantile, supply = demand_until(situation, rows, days)
    course = demand_course(situation, rows, days=most)
    at = np.arange(rows.size)
    np.testing.assert_allclose(quantile, course.quantile[at, days - 1], rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(supply, course.supply[at, days - 1], rtol=1e-12, atol=1e-9)


def test_the_small_world_feeds_some_rows_from_a_dc() -> None:
    assert (small(0.0).terms.origin_row >= 0).any()
