"""The forecasting benchmark: figures recomputed by hand, and every suite on a small made-up folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.forecasting.__main__ import SUITE_NAMES, main
from benchmarks.forecasting.beside import beside_text
from benchmarks.forecasting.case import FINE_LEVELS, JUDGED_LEVELS, Answer, Case
from benchmarks.forecasting.censoring import censoring_cases, stock_path
from benchmarks.forecasting.daily import m5_daily_cases, scale_cases
from benchmarks.forecasting.library_peers import series_of
from benchmarks.forecasting.made_up import write_folder
from benchmarks.forecasting.measures import figures
from benchmarks.forecasting.naive2 import is_seasonal, naive2, seasonal_indices
from benchmarks.forecasting.peers import PEERS, SUITE_PEERS
from benchmarks.forecasting.periods import rossmann_cases
from benchmarks.forecasting.plain import plain
from benchmarks.forecasting.simple_peers import empirical_112, textbook_normal, weekday_promo_mean
from benchmarks.forecasting.suites import SUITES
from benchmarks.table import BenchmarkRow
from forecasts.metrics import sum_scale

SLOW = {"auto_ets", "auto_ces", "dynamic_optimized_theta", "mstl", "auto_arima", "statsmodels_ets", "prophet"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demand")
    write_folder(path, 1)
    return path


@pytest.fixture
def without_slow_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    for suite, names in SUITE_PEERS.items():
        monkeypatch.setitem(SUITE_PEERS, suite, tuple(name for name in names if name not in SLOW))


def rows_of(text: str) -> dict[tuple[str, str, str, str], dict[str, object]]:
    document = json.loads(text)
    assert document["schema_version"] == 1
    return {(row["suite"], row["instance"], row["method"], row["metric"]): row for row in document["rows"]}


def small(quantity, **changes):
    made = plain(
        [f"s{row}" for row in range(len(quantity))],
        np.asarray(quantity, dtype=np.float64),
        step="day",
        season=7,
        horizon=2,
        first_day=np.datetime64("2024-01-01"),
    )
    return replace(made, **changes)


@pytest.mark.slow
def test_every_suite_runs_and_names_what_it_cannot_do(folder, without_slow_peers, capsys):
    assert main(["--instances", str(folder), "--series", "20", "--peers", "--json"]) == 0
    out = capsys.readouterr()
    rows = rows_of(out.out)
    assert {suite for suite, *_ in rows} == set(SUITE_NAMES) == set(SUITES) == set(SUITE_PEERS)
    for suite, names in SUITE_PEERS.items():
        ours = [row for key, row in rows.items() if key[0] == suite and key[2] == "supplychain"]
        assert ours
        assert set(names) <= {key[2] for key in rows if key[0] == suite}
        for row in ours:
            if row["n"] == 0:
                assert row["value"] is None
                assert f"{suite} " in out.err
            else:
                assert np.isfinite(row["value"])
    assert rows["m5_daily", "all_origins", "supplychain", "wrmsse"]["target"] == 0.815
    assert rows["scale", "20_series_x_800_days", "supplychain", "wall_seconds"]["n"] == 20
    assert rows["m3", "monthly", "naive2", "owa"]["value"] == pytest.approx(1.0)
    assert "times the i-th of exp(0.5 z)" in out.err


def test_figures_can_be_recomputed_from_the_written_forecasts(folder, tmp_path, capsys):
    assert main(["--instances", str(folder), "--suite", "rossmann", "--json", "--write", str(tmp_path)]) == 0
    row = rows_of(capsys.readouterr().out)["rossmann", "origin_2015-04-07", "supplychain", "wape"]
    table = pd.read_parquet(tmp_path / "rossmann_origin_2015-04-07_supplychain.parquet").dropna(subset="actual")
    assert len(table) == 3 * 35  # of 42 days six are Sundays, and the first of May is a holiday
    wape = (table["actual"] - table["mean"]).abs().sum() / table["actual"].sum()
    assert row["value"] == pytest.approx(wape)
    assert row["n"] == 3


def test_lead_times_are_written_as_sums(folder, tmp_path, capsys):
    assert main(["--instances", str(folder), "--suite", "m5_lead_time", "--write", str(tmp_path)]) == 0
    table = pd.read_parquet(tmp_path / "m5_lead_time_origin_2016-02-29_supplychain.parquet")
    one = table[table["unique_id"] == table["unique_id"][0]]
    sums, steps = one[one["step"] == 0].set_index("lead_time"), one[one["step"] > 0]
    assert sums.loc[7, "actual"] == steps["actual"][:7].sum()
    assert sums.loc[14, "mean"] == pytest.approx(steps["mean"].sum())
    assert "<= 0.26" in capsys.readouterr().out


def test_ratio_to_a_sampled_peer_is_over_its_series(folder, monkeypatch, capsys):
    # A peer that is given two series: our figure of the ratio is of the same two.
    monkeypatch.setitem(PEERS, "adida", replace(PEERS["adida"], sample=2))
    monkeypatch.setitem(SUITE_PEERS, "m5_daily", ("adida",))
    assert main(["--instances", str(folder), "--suite", "m5_daily", "--peers", "--json"]) == 0
    rows = rows_of(capsys.readouterr().out)
    assert rows["m5_daily", "origin_2016-01-18", "adida", "rmsse"]["n"] == 2
    ours, theirs = (rows["m5_daily", "origin_2016-01-18", name, "rmsse"]["value"] for name in ("supplychain", "adida"))
    ratio = rows["m5_daily", "origin_2016-01-18", "supplychain", "rmsse_over_adida"]
    assert ratio["target"] == 0.98
    assert ratio["value"] != pytest.approx(ours / theirs)


def test_a_folder_that_lacks_files(folder, tmp_path, capsys):
    (tmp_path / "carparts_monthly.parquet").write_bytes((folder / "carparts_monthly.parquet").read_bytes())
    with pytest.raises(SystemExit) as stopped:
        main(["--instances", str(tmp_path), "--suite", "m3"])
    assert stopped.value.code == 2
    assert "lacks m3.parquet, m3_published_forecasts.parquet" in capsys.readouterr().err
    assert main(["--instances", str(tmp_path), "--json"]) == 0
    out = capsys.readouterr()
    assert {suite for suite, *_ in rows_of(out.out)} == {"carparts"}
    assert "rossmann left out" in out.err


def test_scaled_pinball_and_coverage_of_lead_times_by_hand():
    # Sums of two days: 3, 3, 7, 7; sums two days apart differ by 4 and 4 (3 to 7, 3 to 7).
    history = np.array([[1.0, 2.0, 1.0, 6.0, 1.0]])
    np.testing.assert_allclose(sum_scale(history, 2), [4.0])
    np.testing.assert_allclose(sum_scale(np.array([[0.0, 2.0, 5.0], [3.0, 3.0, 3.0]]), 1), [3.0, np.nan])
    known = small(history, lead_times=(2,))
    case = Case("m5_lead_time", "x", ("two",), known, np.array([[4.0, 6.0]]), ("scaled_pinball",))
    quantile = np.full((1, 1, len(FINE_LEVELS)), 8.0)
    found = {name: value for _, name, value in figures(case, Answer(np.zeros((1, 2)), quantile, np.arange(1)), 1)}
    # Demand 10, each quantile 8: the loss is 2 times the level, over the scale of 4.
    assert found["scaled_pinball"] == pytest.approx(np.mean(JUDGED_LEVELS) * 2 / 4)
    assert found["coverage_0.95"] == 0.0
    assert found["pit_error_0.95"] == pytest.approx(-0.95)


def test_origins_know_nothing_of_what_came(folder):
    first, second = m5_daily_cases(folder, 1, 0)
    assert first.known.quantity.shape == (8, 800 - 56)
    np.testing.assert_array_equal(second.known.quantity[:, 800 - 56 :], first.actual)
    assert first.known.price.shape == (8, 800 - 28)
    assert np.isnan(first.known.quantity[0, :140]).all()
    recent = np.nansum(first.known.quantity[:, -28:] * first.known.price[:, 716:744], axis=1)
    np.testing.assert_allclose(first.known.value, recent)


def test_tiled_series_follow_the_printed_rule(folder):
    (case,) = scale_cases(folder, 5, 20)
    (again,) = scale_cases(folder, 5, 20)
    np.testing.assert_array_equal(case.known.quantity, again.known.quantity)
    factor = np.exp(0.5 * np.random.default_rng(5).standard_normal(20))
    source = next(iter(m5_daily_cases(folder, 1, 0))).known.quantity[17 % 8]
    tiled = case.known.quantity[17, : source.size]
    assert np.all((tiled == np.floor(source * factor[17])) | (tiled == np.floor(source * factor[17]) + 1))


def test_stock_path_hides_a_fifth_of_the_days_and_only_lowers():
    demand = np.random.default_rng(2).poisson(6.0, (5, 700)).astype(np.float64)
    demand[0, :30] = np.nan
    sold, empty = stock_path(demand, 1)
    assert empty.mean(axis=1) == pytest.approx([0.2] * 5, abs=0.03)
    assert np.all(sold[1:] <= demand[1:])
    np.testing.assert_array_equal(sold[~empty & np.isfinite(demand)], demand[~empty & np.isfinite(demand)])
    assert np.isnan(sold[0, :30]).all()


def test_lost_sales_by_hand(folder):
    known = small([[2.0] * 9])
    case = Case(
        "censoring", "x", ("all",), known, np.array([[6.0, 3.0]]), ("bias_pct",), sold=np.array([[4.0, np.nan]])
    )
    # Demand is 2 or 8 with equal chance; at or above the 4 that were sold it is 8. Lost are 6 - 4, estimated 8 - 4.
    values = np.where(np.asarray(FINE_LEVELS) <= 0.5, 2.0, 8.0)
    answer = Answer(np.array([[5.0, 5.0]]), np.broadcast_to(values, (1, 2, values.size)), np.arange(1))
    found = {name: value for _, name, value in figures(case, answer, 1)}
    assert found["lost_sales_error_pct"] == pytest.approx(100.0)
    assert found["bias_pct"] == pytest.approx(100 / 9)
    hidden = next(iter(censoring_cases(folder, 1, 0)))
    assert hidden.fully_known().in_stock.all()
    assert np.nansum(hidden.known.quantity) < np.nansum(hidden.fully_known().quantity)


def test_naive2_repeats_the_season_of_a_seasonal_series():
    index = np.array([0.5, 1.5, 1.2, 0.8])
    series = 100.0 * np.tile(index, 6)
    np.testing.assert_allclose(seasonal_indices(series, 4), index)
    assert is_seasonal(series, 4)
    padded = np.concatenate([np.full(3, np.nan), series[:-1]])[None]
    np.testing.assert_allclose(naive2(padded, 5, 4)[0], 100.0 * index[[3, 0, 1, 2, 3]])
    flat = np.random.default_rng(1).normal(100.0, 1.0, 60)
    assert not is_seasonal(flat, 4)
    np.testing.assert_allclose(naive2(flat[None], 3, 4)[0], flat[-1])


def test_simple_peers_by_hand():
    quantity = np.concatenate([np.full(50, 99.0), np.tile([0.0, 2.0], 56)])[None]
    known = small(quantity, lead_times=(1, 2))
    normal = textbook_normal(known, (0.5, 0.975), 1)
    np.testing.assert_allclose(normal.quantile[0], [[1.0, 1 + 1.95996], [2.0, 2 + 1.95996 * np.sqrt(2)]], rtol=1e-5)
    np.testing.assert_allclose(empirical_112(known, (0.25, 0.75), 1).quantile[0], [[0.0, 2.0], [2.0, 2.0]])


def test_weekday_promo_mean_by_hand():
    steps = 28
    promo = np.zeros((1, steps + 2))
    promo[0, [0, 7, 28]] = 1.0  # the first day ahead has the weekday of days 0, 7, 14 and 21
    quantity = np.ones((1, steps))
    quantity[0, [0, 7, 14, 21]] = [10.0, 12.0, 4.0, np.nan]
    made = weekday_promo_mean(small(quantity, promo=promo), (), 1)
    np.testing.assert_allclose(made.mean, [[11.0, 1.0]])


def test_gaps_take_the_value_of_a_season_before():
    series = np.array([[np.nan, 5.0, np.nan, *np.arange(1.0, 7.0), np.nan]])
    np.testing.assert_array_equal(series_of(small(series))[0], [5, 0, 1, 2, 3, 4, 5, 6, 0])


def test_library_peers_serve_short_series_and_say_where_they_fail(monkeypatch, capsys):
    known = small([[*[np.nan] * 5, 4.0, 6.0, 5.0, 5.0, 4.0, 6.0, 5.0, 4.0, 5.0, 5.0]], horizon=3)
    made = PEERS["mstl"].method(known, FINE_LEVELS, 1)
    assert np.all((made.mean > 3.0) & (made.mean < 7.0))
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("benchmarks.forecasting.library_peers._model", lambda *given: None)
    fallen = PEERS["auto_ets"].method(known, FINE_LEVELS, 1)
    np.testing.assert_array_equal(fallen.mean, [[5.0, 4.0, 6.0]])
    assert "AutoETS: no forecast of 1 series" in capsys.readouterr().err


def test_stores_know_closed_days_ahead(folder):
    (case,) = rossmann_cases(folder, 1, 0)
    known = case.known
    day = (np.datetime64("2014-05-01") - known.first_day).astype(int)
    assert np.isnan(known.quantity[:, day]).all()
    before = known.event_names.index("day_before_closed")
    np.testing.assert_array_equal(known.events[:, before, day - 1 : day + 1], [[1.0, 0.0]] * 3)
    assert known.promo.shape == known.events[:, 0].shape == (3, 500)
    assert case.actual.shape == (3, 42)


def test_table_shows_peers_beside_ours_and_marks_targets_that_are_met():
    rows = [
        BenchmarkRow("m3", "monthly", method, "owa", value, 1.0, 1.0, 1, n, target)
        for method, value, n, target in (("supplychain", 0.81, 9, 0.815), ("prophet", 0.97, 4, None))
    ]
    head, line = beside_text(rows).splitlines()
    assert head.split() == ["m3", "(n", "9)", "metric", "target", "supplychain", "prophet", "(4)"]
    assert line.split() == ["monthly", "owa", "<=", "0.815*", "0.81", "0.97"]
