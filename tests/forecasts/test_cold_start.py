"""New rows: analogues first, then what they sold; on made-up launches with known levels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forecasts.cold_start import Traits, cold_start

from .made_up import inputs

DAYS = 400
NEW, SITES, GROUPS = 60, 3, 4


def launches(seed: int, seen: int):
    """Items whose level falls with price and depends on category and site; the last ``NEW`` were launched lately.

    Returns the history, traits and true levels; ``seen`` is how many days the new ones have sold.
    """
    random = np.random.default_rng(seed)
    rows = 400
    group, site = random.integers(0, GROUPS, rows), random.integers(0, SITES, rows)
    log_price = random.normal(2 + 0.5 * group, 0.8)
    level = np.exp(2.5 - 0.8 * (log_price - 2) + 0.4 * group + random.normal(0, 0.35, rows))
    level *= np.array([2.0, 1.0, 0.4])[site]
    quantity = random.negative_binomial(3, 3 / (3 + level), (DAYS, rows)).T.astype(np.float64)
    launched = np.zeros(rows, dtype=np.int64)
    launched[200 : rows - NEW] = random.integers(60, DAYS - 60, 200 - NEW)
    launched[rows - NEW :] = DAYS - seen
    quantity[np.arange(DAYS) < launched[:, None]] = np.nan
    history, _ = inputs(quantity, group=group)
    history = dataclasses.replace(history, unit_value=np.exp(log_price))
    return history, Traits(log_price, site, np.arange(rows)), level


def group_mean(history):
    """Recent mean of the known rows of each row's category."""
    known = np.arange(history.rows) < history.rows - NEW
    recent = np.zeros(history.rows)
    recent[known] = np.nanmean(history.quantity[known, -56:], axis=1)
    return np.array([recent[known & (history.group == group)].mean() for group in history.group])


def miss(level, true):
    return np.abs(level - true)[-NEW:].sum() / true[-NEW:].sum()


@pytest.mark.parametrize(("seen", "best"), [(0, 0.45), (1, 0.45), (3, 0.40), (7, 0.30), (14, 0.25), (28, 0.15)])
def test_the_first_weeks_of_new_rows_are_better_than_the_mean_of_their_group(seen, best):
    made = [launches(seed, seen) for seed in range(3)]
    ours = np.mean([miss(cold_start(history, traits=traits).level, true) for history, traits, true in made])
    group = np.mean([miss(group_mean(history), true) for history, _, true in made])
    assert ours < best
    assert ours < 0.7 * group
    if seen:
        alone = [np.nanmean(history.quantity[:, DAYS - seen :], axis=1) for history, _, _ in made]
        assert ours < np.mean([miss(mean, true) for mean, (_, _, true) in zip(alone, made, strict=True)])


def test_price_alone_comes_from_the_value_of_a_unit():
    made = [launches(seed, 0) for seed in range(5, 8)]
    ours = np.mean([miss(cold_start(history).level, true) for history, _, true in made])
    assert ours < 0.9 * np.mean([miss(group_mean(history), true) for history, _, true in made])


def test_days_grow_and_the_prior_fades_with_what_was_seen():
    few, many = (cold_start(launches(1, seen)[0]) for seen in (2, 40))
    assert (few.days[-NEW:] < many.days[-NEW:]).all()
    history = launches(1, 40)[0]
    own = np.nanmean(history.quantity[-NEW:], axis=1)
    assert np.corrcoef(many.level[-NEW:], own)[0, 1] > 0.99
    assert np.isnan(many.prior[:200]).all()
    assert np.isfinite(many.prior[-NEW:]).all()


def test_the_same_item_at_another_site_is_the_best_analogue():
    history, traits, true = launches(2, 0)
    copies = np.arange(NEW)  # the new rows are known items, at one site more
    quantity = history.quantity.copy()
    quantity[-NEW:] = np.nan
    twin = dataclasses.replace(
        history,
        quantity=quantity,
        group=np.concatenate([history.group[:-NEW], history.group[copies]]),
    )
    site = traits.site.copy()
    site[-NEW:] = 1
    same = Traits(
        np.concatenate([traits.log_price[:-NEW], traits.log_price[copies]]),
        site,
        np.concatenate([np.arange(true.size - NEW), copies]),
    )
    scale = np.array([2.0, 1.0, 0.4])
    wanted = np.concatenate([true[:-NEW], true[copies] / scale[traits.site[copies]]])
    knowing = miss(cold_start(twin, traits=same).level, wanted)
    unknowing = miss(cold_start(twin, traits=same._replace(item=np.arange(true.size))).level, wanted)
    assert knowing < 0.2
    assert knowing < 0.6 * unknowing


def test_factors_take_the_event_out_of_the_first_days():
    history, traits, _ = launches(3, 3)
    factor = np.ones(history.quantity.shape)
    factor[:, -3:] = 3.0
    sale = dataclasses.replace(history, quantity=history.quantity * factor)
    plain, freed = cold_start(sale, traits=traits).level, cold_start(sale, traits=traits, factor=factor).level
    calm = cold_start(history, traits=traits).level
    assert np.abs(freed - calm)[-NEW:].mean() < 0.5 * np.abs(plain - calm)[-NEW:].mean()


def test_without_analogues_a_row_has_only_its_own_days():
    quantity = np.full((3, 10), np.nan)
    quantity[1, 8:] = [2.0, 4.0]
    quantity[2] = 5.0
    history, _ = inputs(quantity, in_stock=np.array([[True], [True], [False]]).repeat(10, axis=1))
    found = cold_start(history)
    np.testing.assert_allclose(found.level, [0.0, 3.0, 5.0])  # the last was sold out: it sold at least that
    assert np.isnan(found.prior).all()
    assert found.days[0] == 0.0
    assert 0.0 < found.days[1] <= 2.0


def test_one_analogue_and_one_that_sells_nothing():
    quantity = np.full((3, 60), np.nan)
    quantity[0], quantity[1] = 0.0, 6.0
    history, _ = inputs(quantity, group=np.array([0, 1, 1]))
    found = cold_start(history)
    assert 0.0 < found.level[2] < 6.0
    assert np.isfinite(found.days).all()
    assert found.level[0] == 0.0


def test_dispersion_is_that_of_the_category():
    random = np.random.default_rng(1)
    size, group = np.array([1.0, 8.0]), np.repeat([0, 1], 80)
    k = size[group][:, None]
    quantity = random.negative_binomial(k, k / (k + 5.0), (160, 300)).astype(np.float64)
    history, _ = inputs(quantity, group=group)
    found = cold_start(history).dispersion
    np.testing.assert_allclose(found[[0, -1]], 1 / size, rtol=0.15)
