"""Shrinkage to classes against formulas written out by hand and against simulated groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.replenishment.credibility import Groups, prior_degrees, shrunk_means, spread_between


def groups(mean, count, variance=0.04, classes=None, seen=None):
    mean, count = np.asarray(mean, float), np.asarray(count, float)
    cells = np.zeros(mean.size, np.int64) if classes is None else np.asarray(classes, np.int64)
    return Groups(mean, count, count if seen is None else np.asarray(seen, float), np.full(mean.size, variance), cells)


def test_spread_between_is_the_formula_of_dersimonian_and_laird():
    mean, error2 = np.array([0.9, 1.1, 1.4, 1.0]), np.array([0.01, 0.02, 0.04, 0.01])
    weight = 1 / error2
    middle = (weight * mean).sum() / weight.sum()
    q = (weight * (mean - middle) ** 2).sum()
    expected = (q - 3) / (weight.sum() - (weight**2).sum() / weight.sum())
    assert spread_between(mean, error2, np.zeros(4, np.int64), floor=0.0) == pytest.approx(expected)


def test_spread_between_pools_classes_and_never_falls_below_its_floor():
    alike = spread_between(np.array([1.0, 1.0, 2.0, 2.0]), np.full(4, 0.1), np.array([0, 0, 1, 1]), floor=0.05)
    assert alike == pytest.approx(0.05**2)
    unknown = spread_between(np.array([1.0, 5.0]), np.array([0.1, np.inf]), np.zeros(2, np.int64), floor=0.05)
    assert unknown == pytest.approx(0.05**2)
    assert spread_between(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), floor=0.3) == pytest.approx(0.09)


def test_spread_between_finds_what_groups_were_drawn_with():
    rng = np.random.default_rng(3)
    truth, error = 0.2, 0.1
    mean = 1 + truth * rng.standard_normal(4000) + error * rng.standard_normal(4000)
    found = spread_between(mean, np.full(4000, error**2), rng.integers(0, 40, 4000), floor=0.0)
    assert np.sqrt(found) == pytest.approx(truth, rel=0.05)


def test_prior_degrees_finds_what_variances_were_drawn_with():
    rng = np.random.default_rng(4)
    d0, degrees = 12.0, rng.integers(5, 60, 3000).astype(float)
    true = d0 / rng.chisquare(d0, 3000)
    sample = true * rng.chisquare(degrees) / degrees
    found = prior_degrees(sample, degrees, np.ones(3000), least=1.0, most=1000.0)
    assert found == pytest.approx(d0, rel=0.1)


def test_prior_degrees_of_equal_and_of_wild_variances():
    rng = np.random.default_rng(5)
    degrees = np.full(200, 20.0)
    equal = rng.chisquare(20.0, 200) / 20.0
    assert prior_degrees(equal, degrees, np.ones(200), least=4.0, most=100.0) > 60
    assert prior_degrees(equal * np.exp(4 * rng.standard_normal(200)), degrees, np.ones(200), least=4, most=100) == 4
    assert prior_degrees(np.ones(1), np.ones(1), np.ones(1), least=4.0, most=100.0) == 100


def test_a_group_without_values_gets_the_mean_of_its_class_and_a_class_without_any_the_prior():
    found = shrunk_means(groups([1.5, 1.5, 9.0, 9.0], [4000, 4000, 0, 0], classes=[0, 0, 0, 1]), floor=0.05)
    assert found.mean[2] == pytest.approx(found.class_mean[0])
    assert 1.4 < found.mean[2] < 1.5  # the class is shrunk to 1 as well
    assert found.mean[3] == found.class_mean[1] == 1.0
    assert list(found.credibility[2:]) == [0.0, 0.0]
    assert found.error[3] > found.error[2] > found.error[0]


def test_credibility_is_n_over_n_and_k():
    one = groups([1.2, 1.2], [30, 30])
    found = shrunk_means(one, floor=0.05)
    assert found.credibility == pytest.approx(30 / (30 + 0.04 / 0.05**2))


def test_what_is_merely_expected_moves_its_own_group_alone():
    seen = shrunk_means(groups([1.0, 1.0], [50, 0]), floor=0.05)
    waits = shrunk_means(groups([1.0, 3.0], [50, 2], seen=[50, 0]), floor=0.05)
    assert waits.class_mean == pytest.approx(seen.class_mean)
    assert waits.mean[1] > seen.mean[1]


@given(
    st.lists(st.tuples(st.floats(0.2, 5), st.integers(0, 200), st.integers(0, 2)), min_size=1, max_size=12),
    st.floats(0.001, 1.0),
)
def test_every_mean_lies_between_its_own_and_its_class(values, variance):
    mean, count, classes = (np.array(part) for part in zip(*values, strict=True))
    found = shrunk_means(groups(mean, count, variance, classes), floor=0.05)
    low, high = (side(mean, found.class_mean[classes]) for side in (np.minimum, np.maximum))
    has = count > 0
    assert (found.mean[has] >= low[has] - 1e-9).all()
    assert (found.mean[has] <= high[has] + 1e-9).all()
    assert ((found.credibility >= 0) & (found.credibility <= 1)).all()
    assert np.isfinite(found.error).all()
