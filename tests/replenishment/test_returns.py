"""Demand net of returns: the formula against units sold and sent back one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from solvers.replenishment.returns import net_deviation

LEVELS = np.array([0.1, 0.5, 0.8, 0.9, 0.95, 0.98])
SCORES = ndtri(LEVELS)


@settings(max_examples=20, deadline=None)
@given(
    daily=st.floats(0.5, 12.0), dispersion=st.sampled_from([1.0, 2.5]), rate=st.floats(0.0, 0.6),
    days=st.integers(3, 40), return_days=st.integers(1, 20), sold=st.integers(0, 150), seed=st.integers(0, 2**16),
)  # fmt: skip
def test_net_quantiles_are_those_of_units_sent_back_one_by_one(
    daily: float, dispersion: float, rate: float, days: int, return_days: int, sold: int, seed: int
) -> None:
    rng, lives = np.random.default_rng(seed), 10_000
    rest = daily / max(dispersion - 1.0, 1e-9)  # negative binomial with this variance over mean
    sales = rng.poisson(daily, (lives, days)) if dispersion == 1.0 else rng.poisson(
        rng.gamma(rest, daily / rest, (lives, days))
    )  # fmt: skip
    first = max(days - return_days, 0)
    early = sales[:, :first].sum(axis=1)
    back = rng.binomial(sold, rate, lives) + rng.binomial(early, rate)
    demand = sales.sum(axis=1)
    gross = (np.quantile(demand, LEVELS) - demand.mean())[None]
    found = net_deviation(
        gross, SCORES, rate=np.array([rate]), share=np.array([first / days]),
        returned=np.array([rate * (sold + daily * first)]),
    )[0]  # fmt: skip
    net = demand - back
    real = np.quantile(net, LEVELS) - net.mean()
    # what is allowed: whole units, sampling, and the normal shape of the binomial part
    assert np.abs(found - real).max() <= 1.0 + 0.1 * net.std()


def test_the_correction_matters() -> None:
    """Half of all units come back: 40 days of sales return a part of themselves, 200 past units are pure chance."""
    rng, lives, daily, rate = np.random.default_rng(5), 200_000, 10.0, 0.5
    demand = rng.poisson(daily * 40, lives)
    late = rng.poisson(daily * 10, lives)
    early = rng.poisson(daily * 30, lives)
    alike = early + late - rng.binomial(early, rate)  # sales of the first 30 days come back within the 40
    chance = demand - rng.binomial(200, rate, lives)
    gross = (np.quantile(demand, LEVELS) - demand.mean())[None]
    own = net_deviation(gross, SCORES, rate=np.array([rate]), share=np.array([0.75]), returned=np.array([150.0]))
    past = net_deviation(gross, SCORES, rate=np.array([rate]), share=np.array([0.0]), returned=np.array([100.0]))
    for found, net in ((own, alike), (past, chance)):
        real = np.quantile(net, LEVELS) - net.mean()
        assert np.abs(found[0] - real).max() < 1.0
        assert np.abs(gross[0] - real).max() > 2.0


def test_no_returns_change_nothing() -> None:
    deviation = np.array([[-3.0, 0.5, 4.0]])
    none = np.zeros(1)
    found = net_deviation(deviation, np.array([-1.0, 0.0, 1.0]), rate=none, share=none, returned=none)
    np.testing.assert_allclose(found, deviation)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"rate": np.array([1.5])}, "rate"),
        ({"rate": np.array([np.nan])}, "rate"),
        ({"share": np.array([-0.1])}, "share"),
        ({"returned": np.array([-1.0])}, "returned"),
        ({"returned": np.zeros(2)}, "returned"),
        ({"scores": np.zeros(2)}, "scores"),
        ({"deviation": np.array([[np.inf]])}, "deviation"),
    ],
)
def test_faults_are_told_by_name(change: dict[str, np.ndarray], name: str) -> None:
    parts = {"deviation": np.ones((1, 1)), "scores": np.ones(1), "rate": np.ones(1), "share": np.ones(1),
             "returned": np.ones(1)} | change  # fmt: skip
    with pytest.raises(ValueError, match=name):
        net_deviation(parts.pop("deviation"), parts.pop("scores"), **parts)
