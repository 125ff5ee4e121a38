"""From the data set to a site plan and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import DataSet
from supplychain.domain.fulfilment import Fulfilment
from supplychain.errors import InfeasibleError, PlanError
from supplychain.handover.placement import apply_site_plan, place, placement_problem
from supplychain.plans.judge.sites import judge_sites
from supplychain.plans.site_plan import SitePlan
from supplychain.scenario.settings import Settings

Case = tuple[DataSet, Fulfilment, np.ndarray]


def settings(**place_keys: object) -> Settings:
    return Settings.model_validate({"place": place_keys})


def made(case: Case, chosen: Settings) -> SitePlan:
    dataset, fulfilment, demand = case
    plan = place(dataset, chosen, fulfilment, demand, seed=1)
    assert judge_sites(dataset, plan, fulfilment, demand, chosen) == ()
    return plan


def test_keep_opens_nothing_and_counts_costs(case: Case) -> None:
    plan = made(case, settings())
    assert dict(plan.sites[["site_id", "decision"]].itertuples(index=False)) == {
        "WEST": "keep_open",
        "EAST": "keep_closed",
        "NORTH": "keep_closed",
    }
    assert plan.open_site_ids == ("WEST",)
    assert plan.meta["fixed_cost"] == pytest.approx(9000.0)
    assert plan.meta["handling_cost"] == pytest.approx(0.5 * 2700)
    assert plan.meta["cost"] == pytest.approx(9000 + 800 * 2 + 900 * 6 + 700 * 9 + 300 * 4)
    assert plan.meta["gap"] == pytest.approx(0.0)


def test_unreachable_zone_is_named_with_its_part_of_the_network(case: Case) -> None:
    plan = made(case, settings())
    assert list(plan.unserved["zone_id"]) == ["Z4"]
    assert plan.unserved["reason"][0] == "No open dc is connected with it; its part of the network: Z4."
    assert set(plan.assignments["zone_id"]) == {"Z1", "Z2", "Z3", "Z5"}
    rural = plan.coverage.set_index("tier").loc["rural"]
    assert rural["unserved_units_per_year"] == pytest.approx(100.0)
    assert rural["units_per_year"] == pytest.approx(1000.0)


def test_choose_weighs_fixed_cost_less_subsidy_against_delivery(case: Case) -> None:
    """West alone 23,500; East alone 3,000 + 5,600 + 1,800 + 2,100 + 1,950 = 14,450; both 18,700."""
    plan = made(case, settings(mode="choose"))
    assert dict(plan.sites[["site_id", "decision"]].itertuples(index=False)) == {
        "WEST": "close",
        "EAST": "open",
        "NORTH": "keep_closed",
    }
    assert plan.meta["cost"] == pytest.approx(14450.0)
    assert plan.meta["bound"] == pytest.approx(14450.0)
    assert "Would save at most" in plan.sites["why"][0]


def test_coverage_rule_opens_a_second_site(case: Case) -> None:
    rule = settings(mode="choose", target_days={"tier1_city": 1.0}, covered_share={"tier1_city": 0.9})
    plan = made(case, rule)
    assert plan.open_site_ids == ("WEST", "EAST")
    row = plan.coverage.set_index("tier").loc["tier1_city"]
    assert row["covered_share"] >= 0.9
    assert row["required_share"] == 0.9


def test_coverage_that_cannot_hold_is_named_with_what_can(case: Case) -> None:
    dataset, fulfilment, demand = case
    rule = settings(mode="choose", target_days={"rural": 3.0}, covered_share={"rural": 0.8}, open_at_most=2)
    with pytest.raises(InfeasibleError) as caught:
        place(dataset, rule, fulfilment, demand, seed=1)
    problem = caught.value.problems[0]
    assert problem.field == "place.covered_share.rural"
    assert problem.value == "0.8"
    assert "3 days" in problem.rule
    assert "at most 0.3000" in problem.fix  # Z5 (300) of the 1,000 rural units that can be served
    assert made(case, settings(mode="choose", target_days={"rural": 3.0}, covered_share={"rural": 0.3}))


def test_missing_room_is_named(case: Case, with_site: Callable[..., DataSet]) -> None:
    _, fulfilment, demand = case
    with pytest.raises(InfeasibleError, match="throughput_units_per_day") as caught:
        place(
            with_site("EAST", throughput_units_per_day=-0.0 + 2700 / 365 - 1),
            settings(mode="choose", open_at_most=1, target_days={"tier1_city": 3}, covered_share={"tier1_city": 1}),
            fulfilment,
            demand * 2,
            seed=1,
        )
    assert caught.value.exit_code == 4


def test_counts_that_cannot_hold_are_named(case: Case) -> None:
    dataset, fulfilment, demand = case
    with pytest.raises(InfeasibleError, match="open_at_least"):
        place(dataset, settings(mode="choose", open_at_least=3), fulfilment, demand, seed=1)


def test_capacity_in_keep_mode_leaves_the_rest_unserved(case: Case, with_site: Callable[..., DataSet]) -> None:
    _, fulfilment, demand = case
    dataset = with_site("WEST", throughput_units_per_day=2000 / 365)
    plan = place(dataset, settings(), fulfilment, demand, seed=1)
    assert judge_sites(dataset, plan, fulfilment, demand, settings()) == ()
    short = plan.unserved[plan.unserved["zone_id"] != "Z4"]
    assert short["units_per_year"].sum() == pytest.approx(700.0)
    assert short["reason"].str.contains("no room").all()
    assert plan.sites["use"][0] == pytest.approx(1.0)


def test_keep_with_two_open_sites_gives_the_zone_with_most_to_lose_first(
    case: Case, with_site: Callable[..., DataSet]
) -> None:
    dataset, fulfilment, demand = case
    import dataclasses

    east = dataclasses.replace(dataset.sites["EAST"], status="open", throughput_units_per_day=700 / 365)
    dataset = dataclasses.replace(dataset, sites={**dataset.sites, "EAST": east})
    plan = place(dataset, settings(), fulfilment, demand, seed=1)
    assert judge_sites(dataset, plan, fulfilment, demand, settings()) == ()
    assert plan.zone_dc == {"Z1": "WEST", "Z2": "WEST", "Z3": "EAST", "Z5": "WEST"}  # Z3 loses 6 a unit, Z2 only 4
    assert plan.meta["bound"] < plan.meta["cost"]


def test_pulp_gives_the_same_plan(case: Case) -> None:
    left = made(case, settings(mode="choose", open_at_least=2))
    right = made(case, settings(mode="choose", open_at_least=2, engine="pulp", gap=0.0))
    pd.testing.assert_frame_equal(left.assignments, right.assignments)
    assert right.meta["cost"] == pytest.approx(left.meta["cost"])


def test_applied_plan_opens_and_closes(case: Case) -> None:
    dataset = case[0]
    after = apply_site_plan(dataset, made(case, settings(mode="choose")))
    assert {s.site_id: s.status for s in after.sites.values() if s.kind == "dc"} == {
        "WEST": "closed",
        "EAST": "open",
        "NORTH": "closed",
    }
    assert [s.site_id for s in after.stocking_sites] == ["EAST", "HUB"]
    assert dataset.sites["WEST"].status == "open"
    assert apply_site_plan(dataset, made(case, settings())).sites == dataset.sites


def test_tables_there_and_back(case: Case) -> None:
    plan = made(case, settings(mode="choose"))
    again = SitePlan.from_tables(plan.to_tables())
    assert again.meta == dict(plan.meta)
    for name in ("sites", "assignments", "coverage", "unserved"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(plan, name))


def test_missing_tables_and_columns_are_all_named(case: Case) -> None:
    tables = made(case, settings()).to_tables()
    del tables["site_coverage"]
    tables["site_plan"] = tables["site_plan"].drop(columns=["why", "use"])
    with pytest.raises(PlanError, match=r"site_coverage, site_plan\.use, site_plan\.why"):
        SitePlan.from_tables(tables)


def test_no_dc_at_all_leaves_every_zone_unserved(case: Case) -> None:
    dataset, fulfilment, demand = case
    empty = Fulfilment(
        site_ids=(),
        zone_ids=fulfilment.zone_ids,
        **{n: np.zeros((0, 5)) for n in ("days", "distance_km", "cost_per_kg", "cost_per_parcel", "cost_per_unit")},
        reachable=np.zeros((0, 5), np.bool_),
        path={},
    )
    for mode in ("keep", "choose"):
        plan = place(dataset, settings(mode=mode), empty, demand, seed=1)
        assert list(plan.unserved["zone_id"]) == ["Z1", "Z2", "Z3", "Z4", "Z5"]


def test_hubs_take_no_part(case: Case) -> None:
    dataset, fulfilment, demand = case
    wider = Fulfilment(
        site_ids=("HUB", "WEST", "EAST"),
        zone_ids=fulfilment.zone_ids,
        days=np.vstack([np.full(5, 1.0), fulfilment.days]),
        distance_km=np.vstack([np.full(5, 1.0), fulfilment.distance_km]),
        cost_per_kg=np.zeros((3, 5)),
        cost_per_parcel=np.zeros((3, 5)),
        cost_per_unit=np.vstack([np.full(5, 0.1), fulfilment.cost_per_unit]),
        reachable=np.vstack([np.ones(5, np.bool_), fulfilment.reachable]),
        path={},
    )
    for mode in ("keep", "choose"):
        plan = made((dataset, wider, demand), settings(mode=mode))
        pd.testing.assert_frame_equal(plan.assignments, made(case, settings(mode=mode)).assignments)


def test_demand_must_fit(case: Case) -> None:
    dataset, fulfilment, demand = case
    with pytest.raises(ValueError, match="shape"):
        place(dataset, settings(), fulfilment, demand[:2], seed=1)
    with pytest.raises(ValueError, match="negative"):
        place(dataset, settings(), fulfilment, -demand, seed=1)


def test_problem_is_at_hand_for_other_solvers(case: Case) -> None:
    dataset, fulfilment, demand = case
    problem = placement_problem(dataset, settings(mode="choose").place, fulfilment, demand)
    assert problem.site_names == ("WEST", "EAST")
    assert problem.zone_names == ("Z1", "Z2", "Z3", "Z5")
    np.testing.assert_allclose(problem.fixed_cost, [9000.0, 3000.0])
    np.testing.assert_allclose(problem.capacity, [3650.0, np.inf])
