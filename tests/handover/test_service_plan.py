"""Segments and the curve of stock against service: formulas against simulation, sums, judge."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from supplychain.handover.look import look
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.handover.segments import error_cv, segment_frame, xyz_index
from supplychain.handover.stock_levels import StockLevels, expected_outcome, in_steady_state, stock_levels
from supplychain.handover.trade_off import CURVE_LEVELS, Sold, service_curve, trade_off_frame
from supplychain.plans.judge.service import judge_service
from supplychain.plans.service_plan import ServicePlan
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

POLICIES = ("today", "textbook", "optimized")


@cache
def seen(policy="optimized", review_days=7):
    settings = ReplenishSettings(policy=policy, review_days=review_days)
    terms = compile_terms(data_set(), settings)
    daily = daily_means(terms)
    state = state_from_dataset(data_set(), terms, recent_daily_sales=daily)
    situation = in_steady_state(look(state, forecast(daily), AS_OF, terms=terms, settings=settings))
    sold = Sold(state.on_hand * terms.unit_cost, daily * 91, np.full(terms.rows, 5.0))
    return settings, situation, sold


def made(policy="optimized"):
    settings, situation, sold = seen(policy)
    curve = service_curve(situation, settings)
    return ServicePlan(segment_frame(curve, sold, settings), trade_off_frame(curve, sold, settings))


def test_stock_and_shortage_are_those_of_a_simulated_review_cycle():
    """A row bought by a dc that feeds nobody: Poisson demand, backlog, a position anywhere above its level."""
    _, situation, _ = seen()
    row = situation.terms.row_of("coat", "CDU")
    assert row is not None
    assert situation.terms.lead_sd[row] > 0
    steady = expected_outcome(situation, StockLevels(situation.demand.copy(), np.full(situation.terms.rows, 6.0)))
    rng = np.random.default_rng(1)
    lead, days, daily = int(situation.lead[row]), int(situation.days[row]), float(situation.daily[row])
    n = 200_000
    late = rng.normal(0.0, situation.terms.lead_sd[row], n) * daily  # as the plan sees a lead time's spread
    first = rng.poisson(daily * lead, n) + late
    y = situation.demand[row] + rng.uniform(0, 6.0, n)
    last = first + rng.poisson(daily * (days - lead), n)
    short = (np.maximum(last - y, 0) - np.maximum(first - y, 0)).mean() / (days - lead)
    on_hand = (np.maximum(y - last, 0) + np.maximum(y - first, 0)).mean() / 2
    assert steady.short[row] == pytest.approx(short, rel=0.15)
    assert steady.on_hand[row] == pytest.approx(on_hand, rel=0.1)


@pytest.mark.parametrize("policy", POLICIES)
def test_more_level_holds_more_and_loses_less(policy):
    settings, situation, _ = seen(policy)
    levels = stock_levels(situation, settings)
    less, more = (expected_outcome(situation, StockLevels(levels.level * f, levels.lot)) for f in (1.0, 1.5))
    own = situation.terms.origin_row < 0
    assert (more.short <= less.short + 1e-9).all()
    # A dc's stock is what its system holds less what lies at the sites it feeds; those hold more as well.
    total = [(one.on_hand * situation.terms.unit_cost).sum() for one in (less, more)]
    assert total[1] > total[0]
    assert (less.short <= less.demand + 1e-9).all()
    assert own.any()


@pytest.mark.parametrize("policy", POLICIES)
def test_a_plan_of_any_policy_passes_its_judge(policy):
    plan = made(policy)
    assert judge_service(data_set(), plan) == ()
    points = plan.trade_off.groupby("group")["point"].value_counts()
    for group in plan.trade_off["group"].unique():
        assert points[group].to_dict() == {
            "curve": len(CURVE_LEVELS), "plan": 1, "lower": 1, "higher": 1, "today": 1
        }  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
def test_neighbours_lie_to_either_side_of_the_plan(policy):
    own = made(policy).trade_off.query("group == 'all'").set_index("point")
    lower, plan, higher = (own.loc[point] for point in ("lower", "plan", "higher"))
    assert lower["stock_value"] < plan["stock_value"] < higher["stock_value"]
    assert lower["fill_rate"] <= plan["fill_rate"] <= higher["fill_rate"]


def test_the_plan_of_optimized_lies_on_the_curve():
    own = made().trade_off.query("group == 'all'")
    plan = own.query("point == 'plan'").iloc[0]
    same = own.query("point == 'curve'").set_index("service_level").loc[plan["service_level"]]
    assert same["stock_value"] == pytest.approx(plan["stock_value"])
    assert same["fill_rate"] == pytest.approx(plan["fill_rate"])


def test_today_is_what_lies_there_and_what_was_served():
    today = made().trade_off.query("group == 'all' and point == 'today'").iloc[0]
    _, situation, sold = seen()
    assert today["stock_value"] == pytest.approx(sold.stock_value.sum())
    served = sold.served.sum()
    assert today["fill_rate"] == pytest.approx(served / (served + 5.0 * situation.terms.rows))
    assert today["basis"] == "measured"


def test_xyz_goes_by_the_spread_of_the_forecast_over_the_interval():
    _, situation, _ = seen()
    cv, mean = error_cv(situation), situation.own_demand
    busy = mean > 30
    assert busy.any()
    assert cv[busy] == pytest.approx(1 / np.sqrt(mean[busy]), rel=0.25)  # Poisson
    assert np.isinf(cv[mean <= 0]).all()
    assert list(xyz_index(np.array([0.0, 0.5, 0.51, 1.0, 1.01, np.inf]))) == [0, 0, 1, 1, 2, 2]


def test_segments_hold_each_row_once_and_say_how_service_is_set():
    for policy, by in (("today", "days of cover"), ("textbook", "class"), ("optimized", "economics")):
        frame = made(policy).segments
        assert list(frame["segment"]) == [a + x for a in "ABC" for x in "XYZ"]
        assert frame["item_sites"].sum() == seen(policy)[1].terms.rows
        assert set(frame["service_by"]) == {by}
        assert frame.loc[frame["item_sites"].gt(0), "service_level"].isna().all() == (policy == "today")
    level = made("textbook").segments["service_level"].dropna()
    assert level.to_numpy() == pytest.approx(0.98)


def test_steps_between_large_amounts_are_judged_by_what_floats_can_hold():
    """One item of 3e9 CNY, with the same stock at the next higher service, among others that hardly sell."""
    plain = data_set()
    items = {**plain.items, "phone": replace(plain.items["phone"], price=3e9, unit_cost=3e9)}
    supply = tuple(replace(one, unit_price=4e8 / 0.96) if one.item_id == "phone" else one for one in plain.supply)
    dataset = replace(plain, items=items, supply=supply)
    settings = ReplenishSettings(policy="optimized", review_days=7)
    terms = compile_terms(dataset, settings)
    terms = replace(terms, class_index=np.zeros_like(terms.class_index))
    dear = np.array(terms.item_ids) == "phone"
    daily = daily_means(terms) * np.where(dear, 1.0, 1e-5)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
    situation = in_steady_state(look(state, forecast(daily), AS_OF, terms=terms, settings=settings))
    sold = Sold(state.on_hand * terms.unit_cost, daily * 91, np.full(terms.rows, 5.0))
    curve = service_curve(situation, settings)
    steps = [(*one, replace(outcome, on_hand=np.where(dear, curve.plan.on_hand, outcome.on_hand)))
             for *one, outcome in curve.neighbours]  # fmt: skip
    curve = replace(curve, neighbours=tuple(steps))
    plan = ServicePlan(segment_frame(curve, sold, settings), trade_off_frame(curve, sold, settings))
    assert plan.trade_off["stock_value"].max() > 1e9 * plan.segments["stock_for_more"].max() > 0
    assert judge_service(dataset, plan) == ()
    wrong = plan.segments.copy()
    wrong.loc[0, "stock_for_more"] += 1e-6 * plan.trade_off["stock_value"].max()
    assert "stock_for_more" in {fault.field for fault in judge_service(dataset, replace(plan, segments=wrong))}


def test_the_next_higher_service_takes_stock_and_saves_no_more_margin_than_is_lost():
    plan = made()
    cells = plan.segments.loc[plan.segments["item_sites"].gt(0)]
    assert (cells["stock_for_more"] > 0).any()
    assert (cells["higher_fill"] >= cells["expected_fill"]).all()
    assert cells["cost_of_more_per_year"].to_numpy() == pytest.approx(0.25 * cells["stock_for_more"].to_numpy())
    lost = plan.trade_off.query("point == 'plan'").set_index("group")["lost_margin_per_year"]
    for abc, own in cells.groupby("abc"):
        assert 0 <= own["margin_of_more_per_year"].sum() <= lost[abc]


def changed(frame: pd.DataFrame, field: str, value: object, rows: "pd.Series[bool]") -> pd.DataFrame:
    copy = frame.copy()
    copy.loc[copy.index[rows][0], field] = value
    return copy


def test_the_judge_names_what_cannot_be():
    plan = made()
    curve = plan.trade_off["point"].eq("curve") & plan.trade_off["service_level"].eq(0.99)
    some = plan.segments["item_sites"].gt(0)
    wrong = [
        (ServicePlan(changed(plan.segments, "item_sites", 99, some), plan.trade_off), "item_sites"),
        (ServicePlan(changed(plan.segments, "expected_fill", 1.2, some), plan.trade_off), "expected_fill"),
        (ServicePlan(changed(plan.segments, "stock_value", 1e9, some), plan.trade_off), "stock_value"),
        (ServicePlan(changed(plan.segments, "stock_for_more", 1e9, some), plan.trade_off), "stock_for_more"),
        (
            ServicePlan(changed(plan.segments, "margin_of_more_per_year", 1e9, some), plan.trade_off),
            "margin_of_more_per_year",
        ),
        (ServicePlan(changed(plan.segments, "xyz", "?", some), plan.trade_off), "segment"),
        (ServicePlan(plan.segments, changed(plan.trade_off, "fill_rate", 1.1, curve)), "fill_rate"),
        (ServicePlan(plan.segments, changed(plan.trade_off, "stock_value", -5.0, curve)), "stock_value"),
        (ServicePlan(plan.segments, changed(plan.trade_off, "stock_value", 5.0, curve)), "stock_value"),
        (ServicePlan(plan.segments.drop(columns="abc"), plan.trade_off), "abc"),
    ]
    for bad, field in wrong:
        assert field in {one.field for one in judge_service(data_set(), bad)}, field


def test_only_where_dcs_feed_sites_may_a_class_hold_less_as_service_rises_and_never_the_whole():
    """What a fed site of another class holds more, its dc may hold less; the classes still add up to the whole."""
    plan = made()
    frame = plan.trade_off.copy()
    curve = frame["point"].eq("curve") & frame["service_level"].ge(0.995)
    before = frame["point"].eq("curve") & frame["service_level"].eq(0.99)
    a, c = frame["group"].eq("A"), frame["group"].eq("C")
    fall = float(frame.loc[curve & c, "stock_value"].iloc[0] - 0.9 * frame.loc[before & c, "stock_value"].iloc[0])
    frame.loc[curve & c, "stock_value"] -= fall
    frame.loc[curve & a, "stock_value"] += fall
    moved = ServicePlan(plan.segments, frame)
    assert judge_service(data_set(), moved) == ()
    alone = {key: row for key, row in data_set().item_sites.items() if data_set().sites[key[1]].kind == "dc"}
    found = judge_service(replace(data_set(), item_sites=alone), moved)
    assert {(one.field, one.rule) for one in found if one.field == "stock_value"} == {
        ("stock_value", "falls although the service level rises")
    }
    # A thousandth less in the whole is a fall.
    whole = frame["group"].eq("all")
    less = 0.999 * float(frame.loc[before & whole, "stock_value"].iloc[0])
    frame.loc[curve & c, "stock_value"] += less - float(frame.loc[curve & whole, "stock_value"].iloc[0])
    frame.loc[curve & whole, "stock_value"] = less
    assert [one.record for one in judge_service(data_set(), ServicePlan(plan.segments, frame))] == [
        "all service level 99.5%"
    ]
