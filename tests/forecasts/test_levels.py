"""Our own level models against statsforecast on series without structure."""

from __future__ import annotations

import numpy as np
import pytest
from statsforecast import models

from forecasts.intermittent import Adida, CrostonSba, Imapa, Tsb
from forecasts.levels import CANDIDATES, levels
from forecasts.naive import SeasonalNaive, WindowAverage
from forecasts.smoothing import Ses

from .made_up import inputs

PAIRS = [
    (Ses(), models.SimpleExponentialSmoothingOptimized(), 2e-3),
    (Adida(), models.ADIDA(), 2e-3),
    (Imapa(), models.IMAPA(), 2e-3),
    (CrostonSba(), models.CrostonSBA(), 1e-9),
    (Tsb(), models.TSB(alpha_d=0.1, alpha_p=0.1), 1e-9),
    (SeasonalNaive(), models.SeasonalNaive(season_length=7), 1e-9),
    (WindowAverage(window=28), models.WindowAverage(window_size=28), 1e-9),
]


@pytest.mark.parametrize(("ours", "theirs", "tolerance"), PAIRS, ids=[pair[0].name for pair in PAIRS])
@pytest.mark.parametrize("rate", [0.08, 0.6, 9.0])
def test_agrees_with_statsforecast(ours, theirs, tolerance, rate):
    quantity = np.random.default_rng(3).poisson(rate, (12, 200)).astype(np.float64)
    history, outlook = inputs(quantity)
    mine = ours.predict(history, outlook, 14)
    reference = np.stack([theirs.forecast(y=row, h=14)["mean"] for row in quantity])
    np.testing.assert_allclose(mine, reference, rtol=tolerance, atol=1e-9)


def test_candidates_inside_the_combination_agree_with_statsforecast():
    quantity = np.random.default_rng(4).poisson(0.5, (8, 150)).astype(np.float64)
    stops = np.array([90, 150])
    found, _, known = levels(quantity, np.ones(quantity.shape), stops, np.full((8, 1), 0.2))
    assert (known == stops).all()
    for number, stop in enumerate(stops):
        for row in range(8):
            past = quantity[row, :stop]
            ses = models.SimpleExponentialSmoothing(alpha=0.2).forecast(y=past, h=1)["mean"][0]
            tsb = models.TSB(alpha_d=0.1, alpha_p=0.05).forecast(y=past, h=1)["mean"][0]
            assert found[row, number, CANDIDATES.index("ses")] == pytest.approx(ses)
            assert found[row, number, CANDIDATES.index("tsb")] == pytest.approx(tsb)
            assert found[row, number, CANDIDATES.index("window_28")] == pytest.approx(past[-28:].mean())


def test_levels_divide_by_the_factor():
    factor = np.tile(np.array([1.0, 3.0]), (1, 60))
    found, _, _ = levels(5.0 * factor, factor, np.array([120]), np.full((1, 1), 0.2))
    np.testing.assert_allclose(np.delete(found[0, 0], CANDIDATES.index("tsb")), 5.0)
    np.testing.assert_allclose(found[0, 0, CANDIDATES.index("tsb")], 5.0)
