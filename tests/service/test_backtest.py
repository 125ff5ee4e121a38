"""A scenario's backtest: its frames against forecasts made by hand, its scores against its frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import supplychain
from forecasts import forecast
from forecasts.backtest import plan_at
from supplychain.errors import UsageError
from supplychain.handover.backtesting import make_backtest_ask
from supplychain.pipeline.steps import inputs_of
from supplychain.plans.backtest_table import BENCHMARKS, SEGMENTS, BacktestTable
from supplychain.service.backtesting import backtest
from supplychain.service.reporting import report_backtest
from supplychain.service.result import StepReport
from supplychain.store import Store
from tests.small_house import furnished, write_project

ASKED = {"origins": 3, "step_days": 20, "horizon_days": 21}


class Ear:
    def __init__(self) -> None:
        self.total, self.done, self.steps = 0, [], []

    def start(self, step: str, total: int | None) -> None:
        self.total = total or 0

    def advance(self, done: int) -> None:
        self.done.append(done)

    def finish(self, step: StepReport) -> None:
        self.steps.append(step)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("backtest"))


@pytest.fixture(scope="module")
def made(project: Path):
    ear = Ear()
    result = backtest("small", project=project, store=project / "store", listener=ear, methods=["tsb"], **ASKED)
    return result, ear


def test_days_and_intervals_are_forecasts_made_by_hand(project, made):
    result, _ = made
    house = furnished(project)
    inputs = inputs_of(house)
    assert result.view.origins == ("2025-03-31", "2025-04-20", "2025-05-10")
    origin = inputs.history.days - 21 - 20
    plan = plan_at(inputs.history, inputs.outlook, origin, inputs.request.horizon)
    by_hand = forecast(inputs.history.until(origin), plan, inputs.request)
    keys = house.sourcing.row_keys()
    for frame, values, size in (
        (result.days, {"mean": by_hand.mean[:, :21], "quantile_0.9": by_hand.day_quantile[:, :21, 2]}, 21),
        (result.intervals, {"expected": by_hand.mu[:, :4], "quantile_0.98": by_hand.quantile[:, :4, 4]}, 4),
    ):
        own = frame[frame["method"].eq("ses") & frame["origin"].eq("2025-04-20")]
        assert list(zip(own["item_id"], own["site_id"], strict=True)) == [key for key in keys for _ in range(size)]
        for name, value in values.items():
            np.testing.assert_array_equal(own[name], value.ravel())
    came = result.days[result.days["method"].eq("tsb") & result.days["origin"].eq("2025-04-20")]["actual"]
    known = np.where(inputs.history.in_stock, inputs.history.quantity, np.nan)[:, origin : origin + 21]
    np.testing.assert_array_equal(came, known.ravel())
    assert 0 < came.isna().mean() < 0.5
    assert list(result.intervals["protection_days"].unique()) == [3, 7, 14, 21]


def test_scores_come_from_the_frames_and_every_split_adds_up(made):
    result, _ = made
    days = result.days[result.days["method"].eq("ses")].dropna(subset=["actual"])
    scores = result.scores[result.scores["method"].eq("ses")]
    whole = scores[scores["segment"].eq("all")].set_index("metric")
    wape = (days["mean"] - days["actual"]).abs().sum() / days["actual"].sum()
    assert whole.loc["wape", "value"] == pytest.approx(wape)
    rows = result.rows[result.rows["method"].eq("ses")]
    assert whole.loc["rmsse", "value"] == pytest.approx(rows["rmsse"].mean())
    judged = rows.dropna(subset=["demand"])[["item_id", "site_id"]].drop_duplicates()
    assert whole.loc["rmsse", "series"] == len(judged)
    for segment, part in scores[scores["segment"].ne("all")].groupby("segment"):
        for metric, own in part.groupby("metric"):
            mean = (own["value"] * own["weight"]).sum() / own["weight"].sum()
            assert mean == pytest.approx(whole.loc[metric, "value"]), (segment, metric)
            assert own["n"].sum() == whole.loc[metric, "n"]
    assert set(scores["segment"]) == set(SEGMENTS)


def test_value_added_is_what_is_saved_of_a_benchmark(made):
    result, _ = made
    value = result.scores.set_index(["method", "segment", "name", "metric"])["value"]
    for line in result.value_added.to_dict("records"):
        where = (line["segment"], line["name"], line["metric"])
        loss, other = value[(line["method"], *where)], value[(line["against"], *where)]
        assert line["value_added"] == pytest.approx(1 - loss / other)
        assert line["method"] != line["against"]
    assert set(result.value_added["against"]) == set(BENCHMARKS)
    assert list(dict.fromkeys(result.scores["method"])) == ["ses", "tsb", *BENCHMARKS]


def test_errors_rank_rows_by_money_and_tell_bias_from_noise(project, made):
    result, _ = made
    days = result.days[result.days["method"].eq("ses")].dropna(subset=["actual"])
    window = days.assign(error=days["mean"] - days["actual"]).groupby(["item_id", "site_id", "origin"], observed=True)
    error = window["error"].sum().unstack("origin")
    cost = {item.item_id: item.unit_cost for item in furnished(project).dataset.items.values()}
    value = error.abs().sum(axis=1) * [cost[item] for item, _ in error.index]
    table = result.errors.set_index(["item_id", "site_id"])
    np.testing.assert_allclose(table["error_value"], value.loc[table.index])
    assert (np.diff(table["error_value"]) <= 0).all()
    worst = error.abs().idxmax(axis=1).loc[table.index] + pd.Timedelta(days=1)
    assert list(table["worst_window"]) == list(worst)
    t = error.mean(axis=1) / (error.std(axis=1, ddof=1) / np.sqrt(3))
    expected = np.where(t.abs() <= 2.92, "noise", np.where(t > 0, "bias, too high", "bias, too low"))
    known = error.notna().all(axis=1).to_numpy()
    assert table["finding"].loc[error.index[known]].tolist() == expected[known].tolist()
    assert {"noise"} < set(table["finding"])


def test_the_summary_names_what_a_planner_needs(made):
    result, _ = made
    text = result.summary()
    first = result.errors.iloc[0]
    assert (
        "ses: 22 series (items at sites), 3 origins from 2025-03-31 to 2025-05-10, 20 days apart, 21 days each" in text
    )
    assert f"1. {first['item_id']} at {first['site_id']}" in text
    assert f"{first['error_value']:,.0f} CNY, {first['finding']}" in text
    assert "quantiles against empirical_112" in text


def test_progress_counts_origins_of_all_methods(made):
    _, ear = made
    assert ear.total == 12
    assert ear.done == list(range(1, 13))
    assert [(step.name, step.reused) for step in ear.steps] == [("backtest", False)]


def test_what_is_known_is_reused_and_a_new_method_costs_only_itself(project, made, tmp_path):
    result, _ = made
    ear = Ear()
    again = backtest("small", project=project, store=project / "store", listener=ear, methods=["tsb"], **ASKED)
    assert ear.steps[0].reused
    assert ear.done == []
    assert again.view.key == result.view.key
    pages = [report_backtest(one, to=tmp_path / name).read_bytes() for name, one in (("a", result), ("b", again))]
    assert pages[0] == pages[1]
    one_more = Ear()
    backtest("small", project=project, store=project / "store", listener=one_more, methods=["window_average"], **ASKED)
    assert one_more.done == [4, 5, 6]  # the second method's three origins


def test_two_workers_give_the_same_frames(project, made, tmp_path):
    result, _ = made
    store = Store.open(tmp_path / "other")
    other = backtest("small", project=project, store=store, workers=2, methods=["tsb"], **ASKED)
    for name, table in result.view.table.to_tables().items():
        pd.testing.assert_frame_equal(table, other.view.table.to_tables()[name])
    assert other.view.key == result.view.key


def test_tables_survive_the_store(made):
    result, _ = made
    tables = result.view.table.to_tables()
    kept = {name: pd.read_parquet(result.path / f"{name}.parquet") for name in tables}
    for name, table in tables.items():
        assert list(kept[name].columns) == list(table.columns)
        assert len(kept[name]) == len(table)
    with pytest.raises(KeyError, match="backtest_days"):
        BacktestTable.from_tables({})


def test_defaults_follow_the_history(project):
    inputs = inputs_of(furnished(project))
    nothing = {"methods": (), "origins": None, "step_days": None, "horizon_days": None}
    ask = make_backtest_ask(inputs, **nothing)
    assert (ask.origins, ask.step_days, ask.horizon_days) == (6, 28, 28)
    assert ask.methods == ("ses", *BENCHMARKS)
    fewer = make_backtest_ask(inputs, **{**nothing, "horizon_days": 60})
    assert (fewer.origins, fewer.step_days) == (2, 60)


def test_every_wrong_option_is_named_at_once(project):
    with pytest.raises(UsageError) as caught:
        backtest("small", project=project, store=project / "store", methods=["sess", "magic"], horizon_days=90,
                 origins=0, step_days=0)  # fmt: skip
    text = str(caught.value)
    for part in ("did you mean ses?", "'magic'", "horizon: '90'", "origins: '0'", "step-days: '0'"):
        assert part in text


@pytest.mark.parametrize(
    ("days", "asked", "fix"),
    [
        (112, {"origins": 4}, "140 days of history are needed.*there are 112. Fix: lower origins to 3, or step-days"),
        (60, {"horizon_days": 60}, "there are 60. Fix: lower horizon to 32 or less, and origins to 1"),
        (20, {}, "there are 20. Fix: wait for more days"),
    ],
)
def test_a_short_history_says_what_to_lower(project, days, asked, fix):
    whole = inputs_of(furnished(project))
    short = replace(whole, history=whole.history.until(days))
    with pytest.raises(UsageError, match=fix):
        make_backtest_ask(short, **{"methods": (), "origins": None, "step_days": None, "horizon_days": None, **asked})


def test_it_is_offered_beside_run():
    assert supplychain.backtest is backtest
