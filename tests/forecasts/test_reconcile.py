"""Sums add up, nothing is negative, and nearest means nearest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from scipy.optimize import nnls

from forecasts.reconcile import bottom_up, hierarchy, min_trace, scaled_quantiles


def tree_of(rows: int, seed: int = 0, *, categories: int = 3, regions: int = 4):
    random = np.random.default_rng(seed)
    return hierarchy(
        {
            "nation": ["all"] * rows,
            "region": [f"region {r}" for r in random.integers(0, regions, rows)],
            "category": [f"category {c}" for c in random.integers(0, categories, rows)],
        }
    )


def test_nodes_are_named_and_summed():
    tree = hierarchy({"nation": ["CN"] * 3, "category": ["b", "a", "b"]})
    assert (tree.level, tree.name) == (("nation", "category", "category"), ("CN", "a", "b"))
    rows = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    np.testing.assert_array_equal(bottom_up(tree, rows)[:, 0], [7.0, 2.0, 5.0, 1.0, 2.0, 4.0])
    np.testing.assert_array_equal(bottom_up(tree, rows)[3:], rows)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 12), st.integers(0, 99))
def test_reconciled_means_add_up_and_are_not_negative(data, rows, seed):
    tree = tree_of(rows, seed)
    nodes = tree.sums.shape[0]
    mean = data.draw(st_numpy.arrays(float, (nodes, 2), elements=st.just(0.0) | st.floats(1e-3, 1e4)))
    variance = data.draw(st_numpy.arrays(float, nodes, elements=st.just(0.0) | st.floats(1e-3, 1e6)))
    made = min_trace(tree, mean, variance)
    assert (made >= 0).all()
    np.testing.assert_allclose(made, tree.sums @ made[-rows:], atol=1e-6)


def test_means_that_add_up_stay():
    tree = tree_of(30)
    mean = bottom_up(tree, np.random.default_rng(1).gamma(1.0, 5.0, (30, 3)))
    np.testing.assert_allclose(min_trace(tree, mean, mean.mean(axis=1)), mean, rtol=1e-5, atol=1e-5)


def test_it_is_the_nearest_by_an_independent_solver():
    random = np.random.default_rng(3)
    tree = tree_of(8, 3)
    mean = random.gamma(0.4, 5.0, (tree.sums.shape[0], 1))
    variance = random.gamma(1.0, 3.0, mean.shape[0]) + 0.1
    weight = 1 / np.sqrt(variance)
    best, _ = nnls(weight[:, None] * tree.sums.toarray(), weight * mean[:, 0])
    np.testing.assert_allclose(min_trace(tree, mean, variance)[-8:, 0], best, atol=1e-4)
    assert (best == 0).any()  # the case needs the limit at zero


def test_a_sure_sum_moves_its_rows():
    tree = hierarchy({"nation": ["CN"] * 4})
    mean = np.array([[40.0], [5.0], [5.0], [5.0], [5.0]])
    sure = np.array([1e-4, 5.0, 5.0, 5.0, 5.0])
    np.testing.assert_allclose(min_trace(tree, mean, sure)[:, 0], [40.0, 10.0, 10.0, 10.0, 10.0], rtol=1e-3)
    np.testing.assert_allclose(min_trace(tree, mean, np.array([1e6, 1.0, 1.0, 1.0, 1.0]))[0], 20.0, rtol=1e-3)


def test_noisy_rows_gain_from_sure_sums():
    random = np.random.default_rng(5)
    tree = tree_of(200, 5)
    true = bottom_up(tree, random.gamma(2.0, 2.0, (200, 1)))
    deviation = np.where(np.arange(true.shape[0]) < true.shape[0] - 200, 0.02, 0.5) * true[:, 0]
    base = np.maximum(0.0, true + deviation[:, None] * random.standard_normal(true.shape))
    made = min_trace(tree, base, deviation**2)
    sums = slice(0, true.shape[0] - 200)
    plain = bottom_up(tree, base[-200:])
    assert np.abs(made - true)[sums].sum() < 0.5 * np.abs(plain - true)[sums].sum()
    assert np.abs(made - true)[-200:].sum() <= np.abs(base - true)[-200:].sum()


def test_some_thousand_rows():
    tree = tree_of(3000, 7, categories=20, regions=15)
    random = np.random.default_rng(7)
    mean = bottom_up(tree, random.gamma(0.5, 4.0, (3000, 2))) * random.uniform(0.8, 1.2, (tree.sums.shape[0], 1))
    made = min_trace(tree, mean, mean.mean(axis=1) + 0.1)
    np.testing.assert_allclose(made, tree.sums @ made[-3000:], atol=1e-6)


def test_no_demand_at_all():
    tree = tree_of(5)
    nothing = np.zeros((tree.sums.shape[0], 3))
    np.testing.assert_array_equal(min_trace(tree, nothing, nothing[:, 0]), nothing)


def test_quantiles_follow_their_mean():
    quantile = np.array([[[2.0, 4.0]], [[0.0, 1.0]]])
    made = scaled_quantiles(quantile, np.array([[2.0], [0.0]]), np.array([[3.0], [0.5]]))
    np.testing.assert_allclose(made, [[[3.0, 6.0]], [[0.5, 0.5]]])


def test_faults_are_named():
    tree = tree_of(3)
    nodes = tree.sums.shape[0]
    with pytest.raises(ValueError, match=rf"\[{nodes},H\]"):
        min_trace(tree, np.zeros((2, 1)), np.zeros(nodes))
    with pytest.raises(ValueError, match="variance: every value"):
        min_trace(tree, np.zeros((nodes, 1)), np.full(nodes, np.nan))
    with pytest.raises(ValueError, match="one label a row"):
        hierarchy({"nation": ["CN"], "category": ["a", "b"]})
