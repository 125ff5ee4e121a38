"""Lead times from receipts and open orders: limits, censoring, faults."""

import numpy as np
import pytest

from solvers.replenishment.supplier_lead_time import Orders, estimate_lead_times


def orders(ratio, received=None, supplier=None, classes=(0,), agreed=0.04):
    ratio = np.asarray(ratio, float)
    return Orders(
        ratio,
        np.ones(ratio.size, bool) if received is None else np.asarray(received, bool),
        np.zeros(ratio.size, np.int64) if supplier is None else np.asarray(supplier, np.int64),
        np.asarray(classes, np.int64),
        np.full(len(classes), agreed),
    )


def gamma(rng, mean, cv, size):
    return rng.gamma(1 / cv**2, mean * cv**2, size)


def test_without_orders_the_agreed_lead_time_stands():
    found = estimate_lead_times(orders([], classes=(0, 1)))
    assert found.mean == pytest.approx([1.0, 1.0])
    assert found.sd == pytest.approx([0.2, 0.2])
    assert np.isnan(found.measured_mean).all()
    assert list(found.credibility) == [0.0, 0.0]


def test_many_orders_are_believed_few_are_not():
    rng = np.random.default_rng(1)
    ratio = np.r_[gamma(rng, 1.4, 0.3, 400), gamma(rng, 1.4, 0.3, 3), gamma(rng, 1.0, 0.2, 400)]
    found = estimate_lead_times(orders(ratio, supplier=np.repeat([0, 1, 2], [400, 3, 400]), classes=(0, 1, 2)))
    assert found.mean[0] == pytest.approx(1.4, rel=0.04)
    assert found.sd[0] == pytest.approx(0.42, rel=0.12)
    assert 1.0 < found.mean[1] < found.measured_mean[1]
    assert found.mean[2] == pytest.approx(1.0, rel=0.04)
    assert found.error[1] > found.error[0]


def test_a_supplier_of_few_orders_follows_its_class():
    rng = np.random.default_rng(2)
    ratio = np.r_[gamma(rng, 1.3, 0.2, 900), 1.0]
    found = estimate_lead_times(orders(ratio, supplier=[*np.repeat([0, 1, 2], 300), 3], classes=(0, 0, 0, 0)))
    assert 1.15 < found.mean[3] < 1.32


def test_open_orders_count_as_censored():
    """Of 600 orders whoever takes longer than the mean is still open: the mean of what came is far too short."""
    rng = np.random.default_rng(3)
    truth = gamma(rng, 1.2, 0.25, 600)
    cut = np.full(600, 1.2)
    received = truth <= cut
    found = estimate_lead_times(orders(np.minimum(truth, cut), received=received))
    naive = truth[received].mean()
    assert naive < 1.05
    assert found.mean[0] == pytest.approx(1.2, abs=0.03)
    assert found.sd[0] == pytest.approx(0.3, rel=0.12)


def test_an_order_placed_today_tells_nothing_and_an_overdue_one_does():
    rng = np.random.default_rng(4)
    came = gamma(rng, 1.0, 0.2, 30)
    means = [
        estimate_lead_times(orders(np.r_[came, more], received=[True] * 30 + [False] * len(more))).mean[0]
        for more in ([], [0.0], [1.0], [2.5])
    ]
    assert means[1] == pytest.approx(means[0], abs=1e-4)
    assert means[0] + 1e-3 < means[2] < means[3]


def test_overdue_orders_of_a_supplier_without_receipts_make_it_later():
    found = estimate_lead_times(orders([2.0, 2.5], received=[False, False]))
    assert found.mean[0] > 1.05
    assert np.isnan(found.measured_mean[0])


def test_a_spread_that_was_not_agreed_comes_from_the_receipts():
    rng = np.random.default_rng(5)
    ratio = gamma(rng, 1.0, 0.5, 300)
    found = estimate_lead_times(orders(ratio, agreed=0.0))
    assert found.sd[0] == pytest.approx(ratio.std(ddof=1), rel=0.2)


def test_one_order_has_no_spread_of_its_own():
    found = estimate_lead_times(orders([3.0]))
    assert np.isnan(found.measured_sd[0])
    assert found.sd[0] == pytest.approx(0.2, rel=0.05)


def test_the_order_of_the_orders_does_not_matter():
    rng = np.random.default_rng(6)
    ratio, supplier = gamma(rng, 1.1, 0.3, 90), rng.integers(0, 3, 90)
    shuffled = rng.permutation(90)
    a = estimate_lead_times(orders(ratio, supplier=supplier, classes=(0, 0, 1)))
    b = estimate_lead_times(orders(ratio[shuffled], supplier=supplier[shuffled], classes=(0, 0, 1)))
    assert a.mean == pytest.approx(b.mean)
    assert a.sd == pytest.approx(b.sd)


def test_every_fault_is_named():
    bad = Orders(np.array([0.0, np.nan]), np.array([True, False]), np.array([0, 7]), np.array([-1]), np.array([-0.1]))
    with pytest.raises(ValueError, match=r"ratio.*agreed_variance.*supplier: must lie in 0..0.*supplier_class"):
        estimate_lead_times(bad)
    short = Orders(np.ones(2), np.ones(1, bool), np.zeros(2, np.int64), np.zeros(2, np.int64), np.ones(1))
    with pytest.raises(ValueError, match=r"received has shape \(1,\): must be \(2,\); supplier_class has shape"):
        estimate_lead_times(short)


@pytest.mark.parametrize("agreed", [0.04, 60.0, 8000.0])
def test_an_order_that_nobody_closed_leaves_finite_figures(agreed):
    """Estimates of an order open for many lead times, or of a huge agreed spread, fed on themselves without end."""
    received = np.array([True, True, True, False, False])
    found = estimate_lead_times(orders([1.0, 0.9, 1.1, 35.0, 0.1], received, agreed=agreed))
    only_open = estimate_lead_times(orders([35.0, 0.1], np.zeros(2, bool), agreed=agreed))
    for one in (found, only_open):
        assert np.isfinite([*one.mean, *one.sd, *one.error]).all()
        assert one.mean[0] < 60.0
