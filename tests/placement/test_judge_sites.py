"""The judge passes clean plans and catches every corruption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import DataSet
from supplychain.domain.fulfilment import Fulfilment
from supplychain.handover.placement import place
from supplychain.plans.judge.sites import judge_sites
from supplychain.plans.site_plan import SitePlan
from supplychain.scenario.settings import Settings

Case = tuple[DataSet, Fulfilment, np.ndarray]
Corrupt = Callable[[SitePlan, np.random.Generator], SitePlan]

SETTINGS = Settings.model_validate(
    {
        "place": {
            "mode": "choose",
            "open_at_least": 2,
            "open_at_most": 2,
            "target_days": {"tier1_city": 1.0, "rural": 3.5},
            "covered_share": {"tier1_city": 0.9, "rural": 0.9},
        }
    }
)


def edit(table: str, column: str, change: Callable[[object], object], **where: object) -> Corrupt:
    """Change one cell: of the rows that match ``where``, one is drawn."""

    def corrupt(plan: SitePlan, generator: np.random.Generator) -> SitePlan:
        frame = getattr(plan, table).copy()
        match = np.ones(len(frame), dtype=bool)
        for name, value in where.items():
            match &= (frame[name] == value).to_numpy()
        row = int(generator.choice(np.flatnonzero(match)))
        frame[column] = [change(v) if i == row else v for i, v in enumerate(frame[column])]
        return replace(plan, **{table: frame})

    return corrupt


def drop(table: str, **where: object) -> Corrupt:
    def corrupt(plan: SitePlan, generator: np.random.Generator) -> SitePlan:
        frame = getattr(plan, table)
        match = np.ones(len(frame), dtype=bool)
        for name, value in where.items():
            match &= (frame[name] == value).to_numpy()
        row = int(generator.choice(np.flatnonzero(match)))
        return replace(plan, **{table: frame.drop(index=row).reset_index(drop=True)})

    return corrupt


def double(table: str) -> Corrupt:
    def corrupt(plan: SitePlan, generator: np.random.Generator) -> SitePlan:
        frame = getattr(plan, table)
        row = int(generator.integers(len(frame)))
        return replace(plan, **{table: pd.concat([frame, frame.iloc[[row]]], ignore_index=True)})

    return corrupt


def meta(key: str, change: Callable[[object], object]) -> Corrupt:
    return lambda plan, _: replace(plan, meta={**plan.meta, key: change(plan.meta[key])})


def without_meta(plan: SitePlan, _: np.random.Generator) -> SitePlan:
    return replace(plan, meta={k: v for k, v in plan.meta.items() if k != "bound"})


def strand(plan: SitePlan, generator: np.random.Generator) -> SitePlan:
    """A zone that could be served is called unserved."""
    row = int(generator.integers(len(plan.assignments)))
    lost = plan.assignments.iloc[[row]][["zone_id", "tier", "share", "units_per_year"]].assign(reason="forgotten")
    return replace(
        plan,
        assignments=plan.assignments.drop(index=row).reset_index(drop=True),
        unserved=pd.concat([plan.unserved, lost], ignore_index=True),
    )


def swap(left: str, right: str) -> Callable[[object], object]:
    return lambda value: right if value == left else left


more = {"a little": lambda v: v * 1.001 + 0.01, "less": lambda v: v * 0.9 - 0.01}
CORRUPTIONS: dict[str, Corrupt] = {
    "a zone goes missing": drop("assignments"),
    "a zone is served twice": double("assignments"),
    "a site goes missing": drop("sites"),
    "a site is decided twice": double("sites"),
    "a tier goes missing": drop("coverage"),
    "a tier is told twice": double("coverage"),
    "an unserved zone goes missing": drop("unserved"),
    "an unserved zone is told twice": double("unserved"),
    "a zone is left out without need": strand,
    "another site serves": edit("assignments", "site_id", swap("WEST", "EAST")),
    "a closed site serves": edit("assignments", "site_id", lambda _: "NORTH"),
    "a hub serves": edit("assignments", "site_id", lambda _: "HUB"),
    "an unknown site serves": edit("assignments", "site_id", lambda _: "NOWHERE"),
    "an unknown zone is served": edit("assignments", "zone_id", lambda _: "Z9"),
    "an unreachable zone is served": edit("assignments", "zone_id", lambda _: "Z4"),
    "an open site is called closed": edit("sites", "decision", lambda _: "close", site_id="WEST"),
    "a candidate stays closed": edit("sites", "decision", lambda _: "keep_closed", site_id="EAST"),
    "a closed site opens": edit("sites", "decision", lambda _: "open", site_id="NORTH"),
    "a word that is no decision": edit("sites", "decision", lambda _: "perhaps"),
    "a status is wrong": edit("sites", "status", lambda _: "candidate", site_id="WEST"),
    "a name is wrong": edit("sites", "name", lambda _: "Somewhere"),
    "a tier of a zone is wrong": edit("assignments", "tier", lambda v: "rural" if v != "rural" else "city"),
    "a share is lower": edit("assignments", "share", lambda v: v * 0.5),
    "a share is negative": edit("assignments", "share", lambda v: -v),
    "a share is unknown": edit("assignments", "share", lambda _: np.nan),
    "no reason for an unserved zone": edit("unserved", "reason", lambda _: " "),
    "no reason for a site": edit("sites", "why", lambda _: ""),
    "the bound is above the cost": meta("bound", lambda v: v * 1.01),
    "the bound is unknown": meta("bound", lambda _: np.nan),
    "the gap is wrong": meta("gap", lambda v: v + 0.01),
    "the mode is wrong": meta("mode", lambda _: "keep"),
    "a figure is missing": without_meta,
}
FIGURES = {
    "assignments": ("units_per_year", "distance_km", "days", "cost_per_unit", "cost"),
    "unserved": ("units_per_year", "share"),
    "coverage": ("covered_share", "required_share", "target_days", "mean_days", "units_per_year"),
    "sites": ("zones", "units_per_year", "use", "fixed_cost", "handling_cost"),
}
for _table, _columns in FIGURES.items():
    for _column in _columns:
        for _name, _change in more.items():
            where = {"tier": "rural"} if _table == "coverage" else {"site_id": "EAST"} if _table == "sites" else {}
            CORRUPTIONS[f"{_table}.{_column} {_name}"] = edit(_table, _column, _change, **where)
for _key in ("cost", "fixed_cost", "handling_cost", "delivery_cost"):
    CORRUPTIONS[f"meta {_key}"] = meta(_key, more["a little"])


@pytest.fixture
def plan(case: Case) -> SitePlan:
    dataset, fulfilment, demand = case
    return place(dataset, SETTINGS, fulfilment, demand, seed=1)


def test_clean_plan_passes(case: Case, plan: SitePlan) -> None:
    dataset, fulfilment, demand = case
    assert judge_sites(dataset, plan, fulfilment, demand, SETTINGS) == ()
    again = SitePlan.from_tables(plan.to_tables())
    assert judge_sites(dataset, again, fulfilment, demand, SETTINGS) == ()


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("seed", [1, 2])
def test_corruption_is_caught(case: Case, plan: SitePlan, name: str, seed: int) -> None:
    dataset, fulfilment, demand = case
    spoiled = CORRUPTIONS[name](plan, np.random.default_rng(seed))
    found = judge_sites(dataset, spoiled, fulfilment, demand, SETTINGS)
    assert found, name
    assert all(violation.rule and violation.record for violation in found)


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"open_at_most": 1}, "decision"),
        ({"open_at_least": 3}, "decision"),
        ({"covered_share": {"rural": 1.0, "city": 1.0}, "target_days": {"rural": 3.0, "city": 1.0}}, "covered_share"),
        ({"mode": "keep"}, "decision"),
    ],
)
def test_plan_made_for_other_settings_is_caught(case: Case, plan: SitePlan, keys: dict, field: str) -> None:
    dataset, fulfilment, demand = case
    other = Settings.model_validate({"place": {"mode": "choose"} | keys})
    assert field in {v.field for v in judge_sites(dataset, plan, fulfilment, demand, other)}


def test_plan_made_for_more_room_is_caught(case: Case, plan: SitePlan, with_site: Callable[..., DataSet]) -> None:
    _, fulfilment, demand = case
    smaller = with_site("EAST", throughput_units_per_day=3.0)
    found = judge_sites(smaller, plan, fulfilment, demand, SETTINGS)
    assert any("at most 1,095 units" in v.rule for v in found)


def test_plan_made_for_other_demand_is_caught(case: Case, plan: SitePlan) -> None:
    dataset, fulfilment, demand = case
    assert judge_sites(dataset, plan, fulfilment, demand * 1.01, SETTINGS)
