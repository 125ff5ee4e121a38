"""The benchmark of the methods beside each other, on a small made-up folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forecasting.by_method import main
from benchmarks.forecasting.daily import m5_daily_cases
from benchmarks.forecasting.made_up import write_folder
from forecasts import metrics


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demand")
    write_folder(path, 1)
    return path


def test_methods_are_judged_on_one_sample_and_a_figure_can_be_recomputed(folder, capsys):
    arguments = ["--instances", str(folder), "--series", "5", "--json"]
    assert main([*arguments, "--method", "seasonal_naive", "--method", "window_average"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    found = {(row["method"], row["metric"]): row for row in rows}
    assert {method for method, _ in found} == {"seasonal_naive", "window_average"}
    assert {row["n"] for row in rows} == {10}
    assert found["window_average", "fell_back"]["value"] == 0.0
    assert found["window_average", "ms_per_series"]["value"] >= 0.0
    assert 0 < found["seasonal_naive", "scaled_pinball"]["value"] < 5
    wape = []
    for case in m5_daily_cases(folder, 1, 0):
        sample = np.sort(np.random.default_rng(1).choice(case.actual.shape[0], 5, replace=False))
        past = case.known.quantity[sample]
        week = past[:, -7:]
        assert np.isfinite(week).all()
        wape.append(metrics.wape(case.actual[sample], np.tile(week, 4)))
    assert found["seasonal_naive", "wape"]["value"] == pytest.approx(np.mean(wape))


def test_a_folder_that_lacks_the_files_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--instances", str(tmp_path)])
    assert "lacks m5_daily.parquet" in capsys.readouterr().err
