"""Past origins know nothing of what came after them."""

from __future__ import annotations

import dataclasses

import numpy as np

from forecasts.trials import method_trials, trial_plan

from .made_up import ask, inputs, tried, weekly_demand


def test_plan_keeps_to_the_last_year_and_to_intervals_that_ended():
    plan = trial_plan(730, ask(1))
    origins = np.concatenate(plan.blocks)
    assert len(plan.blocks) == 4
    assert origins[-1] == 730 - 7
    assert origins[0] == 730 - 7 - 364
    assert trial_plan(7, ask(1)).blocks == ()


def test_means_of_an_origin_do_not_see_what_followed():
    quantity, _ = weekly_demand(6, 300, seed=1)
    request = ask(6)
    plan = trial_plan(300, request)
    other = quantity.copy()
    origin = int(plan.blocks[2][1])
    other[:, origin:] = 9 * other[:, origin:] + 30
    one, two = (tried(*inputs(world), plan) for world in (quantity, other))
    seen = one.origins <= origin
    assert seen.sum() > 4
    np.testing.assert_array_equal(one.mu[:, seen], two.mu[:, seen])
    assert not np.array_equal(one.mu[:, ~seen], two.mu[:, ~seen])
    one, two = (
        method_trials("ses", *inputs(world), plan, group_level=np.ones(6), came=world) for world in (quantity, other)
    )
    np.testing.assert_array_equal(one.mu[:, one.origins <= origin], two.mu[:, one.origins <= origin])


def test_actuals_are_sums_of_the_days_after_the_origin():
    quantity, _ = weekly_demand(3, 200, seed=2)
    trials = tried(*inputs(quantity), trial_plan(200, ask(3)))
    for number, origin in enumerate(trials.origins):
        np.testing.assert_allclose(trials.actual[:, number, 1], quantity[:, origin : origin + 7].sum(axis=1))
    assert np.isnan(trials.actual[:, -1, 2]).all()


def test_intervals_of_mostly_empty_shelves_are_no_trial_and_others_count_what_was_hidden():
    quantity, _ = weekly_demand(2, 200, seed=3)
    history, outlook = inputs(quantity)
    in_stock = history.in_stock.copy()
    plan = trial_plan(200, ask(2))
    last = int(plan.blocks[-1][-1])
    in_stock[0, last : last + 6] = False
    quantity[0, last : last + 6] = 0.0
    in_stock[1, last] = False
    history = dataclasses.replace(history, quantity=quantity, in_stock=in_stock)
    trials = tried(history, outlook, plan)
    assert np.isnan(trials.actual[0, -1, 1])
    assert trials.actual[1, -1, 1] >= quantity[1, last : last + 7].sum()
