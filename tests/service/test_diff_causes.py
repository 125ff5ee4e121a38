"""Pairs of plans that differ in exactly one thing: the reason of every change is that thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, ItemSite, Pin, StockLine, Supplier
from supplychain.handover.decision import looked_at
from supplychain.handover.look import look
from supplychain.handover.order_rows import order_rows
from supplychain.handover.orders import plan_orders
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.scenario.settings import ByClass, ReplenishSettings
from supplychain.service.diff import diff_plans, plan_stability
from supplychain.service.diff_causes import CAUSES, split_change, told_change
from supplychain.service.result import RunResult
from tests.replenishment import small_world
from tests.replenishment.small_world import AS_OF, daily_means, forecast, item_sites, items, supply

UNITS = [f"by_{cause.replace(' ', '_')}" for cause in CAUSES]


def suppliers() -> list[Supplier]:
    """Those of the small world; S2's minimum is within what is needed, so that no packs are added for it."""
    known = small_world.suppliers()
    return [replace(one, minimum_order_value=1_000.0) if one.supplier_id == "S2" else one for one in known]


def data_set(**changes: object) -> DataSet:
    return small_world.data_set(**({"suppliers": {one.supplier_id: one for one in suppliers()}} | changes))


def plan(
    dataset: DataSet | None = None, *, busier: float = 1.0, policy: str = "optimized", wider: float = 1.0, **options
) -> RunResult:
    """A run of the small world; ``busier`` scales expected demand, ``wider`` its spread."""
    chosen = dataset or data_set()
    rule = ReplenishSettings(**({"policy": policy, "review_days": 1, "outlook_days": 5} | options))
    terms = compile_terms(chosen, rule)
    usual = daily_means(terms)
    made = forecast(usual * busier)
    made = replace(made, quantile=made.mu[:, :, None] + wider * (made.quantile - made.mu[:, :, None]))
    state = state_from_dataset(chosen, terms, recent_daily_sales=usual)
    orders, transfers, _ = plan_orders(chosen, terms, state, made, settings=rule, as_of=AS_OF)
    situation = look(state, made, AS_OF, terms=terms, settings=rule)
    rows = order_rows(situation, looked_at(situation, rule), settings=rule)
    tables = {**orders.to_tables(), **transfers.to_tables(), "order_rows": rows}
    inputs = {f"replenish.{name}": repr(value) for name, value in rule.model_dump().items()}
    inputs["forecast"] = repr((busier, wider))
    manifest = {"steps": [{"name": "replenish", "inputs": inputs}]}
    return RunResult("r", "s", "S", (), AS_OF, "replenish", (), tables, path=Path("x"), manifest=manifest)


def with_supplier(name: str, **more: object) -> DataSet:
    return data_set(suppliers={s.supplier_id: replace(s, **more) if s.supplier_id == name else s for s in suppliers()})


def with_supply(item_id: str, **more: object) -> DataSet:
    return data_set(supply=tuple(replace(s, **more) if s.item_id == item_id else s for s in supply()))


def with_item(item_id: str, **more: object) -> DataSet:
    return data_set(items={one.item_id: replace(one, **more) if one.item_id == item_id else one for one in items()})


def with_control(item_id: str, **more: object) -> DataSet:
    return data_set(item_sites={**item_sites(), (item_id, "WUH"): ItemSite(item_id, "WUH", **more)})


def more_stock(item_id: str, units: float) -> DataSet:
    base = data_set()
    return replace(base, stock=(*base.stock, StockLine("WUH", item_id, units, blocked=0.0, expiry=None)))


PAIRS: dict[str, tuple[str, Callable[[], RunResult]]] = {
    "busier": ("forecast", lambda: plan(busier=1.5)),
    "wider": ("forecast", lambda: plan(wider=2.0)),
    "stock": ("stock", lambda: plan(more_stock("NA", 15.0))),
    "slower": ("lead time", lambda: plan(with_supplier("S1", lead_time_mean_days=11.5))),
    "less certain": ("lead time", lambda: plan(with_supplier("S1", lead_time_sd_days=5.0), policy="textbook")),
    "selling price": ("price", lambda: plan(with_item("NA", price=400.0))),
    "review": ("parameter", lambda: plan(review_days=2)),
    "service level": ("parameter", lambda: plan(service_level=ByClass(A=0.99, B=0.99, C=0.99))),
    "policy": ("parameter", lambda: plan(policy="textbook")),
    "pack": ("constraint", lambda: plan(with_supply("NA", pack_units=40.0))),
    "minimum": ("constraint", lambda: plan(with_supply("NA", minimum_order_quantity=100.0))),
    "largest stock": ("control", lambda: plan(with_control("NA", max_units=30.0))),
    "smallest stock": ("control", lambda: plan(with_control("NA", min_units=90.0))),
    "stop": ("control", lambda: plan(with_control("NA", do_not_order=True))),
    "pin": ("control", lambda: plan(data_set(pins=(Pin("NA", "WUH", AS_OF, 75.0, "Li", "a fair"),)))),
}
FOLLOWS = {
    "busier": {"constraint", "stock"},
    "slower": {"constraint"},
    "policy": {"constraint"},
    "service level": {"constraint"},
    "wider": {"constraint"},
}
"""What else may move: orders that no longer fill up to a minimum, and what a dc plans for the sites that it feeds."""


@pytest.mark.parametrize("name", PAIRS)
def test_what_differs_is_the_reason_of_every_change(name: str) -> None:
    cause, make = PAIRS[name]
    before = plan(policy="textbook") if name == "less certain" else plan()
    frame = diff_plans(before, make())
    orders = frame.loc[frame["kind"].eq("order")]
    assert len(orders)
    follows = FOLLOWS.get(name, set())
    assert (orders["cause"].str.split(", ").str[0] == cause).mean() > 0.8
    for row in orders.to_dict("records"):
        causes = row["cause"].split(", ")
        assert causes[0] == cause or (causes[0] in follows and len(causes) == 1), row  # it moves for others' sake alone
        assert set(causes) <= {cause, *follows}, row
        assert sum(row[unit] for unit in UNITS) == pytest.approx(row["after"] - row["before"], abs=1e-6)
        assert row["reason"].startswith(f"{causes[0]} ")


def test_the_same_plan_has_no_reason_to_change() -> None:
    assert diff_plans(plan(), plan()).empty
    shares = plan_stability(plan(), plan())
    assert shares["share_of_lines"].fillna(0).eq(0).all()


def test_nervousness_is_the_share_of_value_that_moved_each_line_at_its_larger_value() -> None:
    before, after = plan(), plan(busier=1.5)
    frame = diff_plans(before, after)
    orders = plan_stability(before, after).set_index("kind").loc["order"]
    worth: dict[str, float] = {}
    for run in (before, after):
        lines = run.tables["order_lines"]
        for number, value in lines.loc[lines["status"].eq("proposed"), ["line_id", "value_base"]].itertuples(
            index=False
        ):
            worth[number] = max(worth.get(number, 0.0), value)
    moved = frame.loc[frame["kind"].eq("order"), "value_change"].abs().sum()
    assert orders["share_of_value"] == pytest.approx(moved / sum(worth.values()))


def test_a_line_that_waits_for_its_minimum_is_a_constraint() -> None:
    frame = diff_plans(plan(), plan(with_supplier("S3", minimum_order_value=50_000.0)))
    gone = frame.loc[frame["kind"].eq("order") & frame["change"].eq("gone")]
    assert len(gone)
    assert set(gone["cause"]) == {"constraint"}
    assert gone["reason"].str.contains("minimum order value").all()


@pytest.mark.parametrize("share", [0.9, 0.6, 0.3])
def test_of_plans_that_differ_by_a_budget_the_limit_is_the_whole_reason(share: float) -> None:
    before = plan()
    lines = before.tables["order_lines"]
    value = lines.loc[lines["status"].eq("proposed"), "value_base"].sum()
    frame = diff_plans(before, plan(budget_per_month=share * float(value)))
    orders = frame.loc[frame["kind"].eq("order")]
    assert len(orders)
    for row in orders.to_dict("records"):
        assert row["cause"] == "constraint", row
        assert row["by_constraint"] == row["after"] - row["before"]
        assert "packs left out for a shared limit 0 -> " in row["reason"]
    assert (
        frame.loc[frame["kind"].eq("order"), [unit for unit in UNITS if unit != "by_constraint"]].eq(0).all(axis=None)
    )


def test_what_one_more_pack_saves_after_a_cut_is_not_taken_for_a_price() -> None:
    (was,) = [row for row in rows_of["order_rows"] if row["item_id"] == "NA" and row["site_id"] == "WUH"]
    was = {**was, "settings": {}, "forecast": "same", "quantity": 60.0, "reward_packs": 3, "left_out_packs": 0}
    was |= {"one_more_pack_saves": 8.0, "value_of_one_more_pack": -1.0}
    now = {**was, "quantity": 20.0, "left_out_packs": 2, "one_more_pack_saves": 60.0, "value_of_one_more_pack": 53.0}
    assert set(split_change(was, now)) == {"constraint"}
    assert set(split_change(now, was)) == {"constraint"}


def test_two_things_at_once_are_told_apart_with_their_units() -> None:
    frame = diff_plans(plan(), plan(more_stock("NA", 12.0), busier=2.0))
    (row,) = frame.loc[frame["item_id"].eq("NA") & frame["site_id"].eq("WUH")].to_dict("records")
    assert row["by_forecast"] > 0 > row["by_stock"]
    assert "on hand 20 -> 32" in row["reason"]
    assert row["by_stock"] == pytest.approx(-12.0, abs=5.0)


def test_an_outlook_is_held_against_the_plan_of_its_day() -> None:
    early = plan()
    later = replace(plan(), as_of=AS_OF + timedelta(days=1))
    frame = diff_plans(early, later)
    assert set(frame["order_date"]) <= {(AS_OF + timedelta(days=1)).isoformat()}


rows_of = {"order_rows": plan().tables["order_rows"].query("kind == 'order' and stop == ''").to_dict("records")}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_parts_of_a_change_add_up_whatever_differs(data: st.DataObject) -> None:
    rows = rows_of["order_rows"]
    was = {**data.draw(st.sampled_from(rows)), "quantity": float(data.draw(st.integers(0, 200)))}
    now = {**data.draw(st.sampled_from(rows)), "quantity": float(data.draw(st.integers(0, 200)))}
    parts = split_change(was, now)
    assert sum(parts.values()) == pytest.approx(now["quantity"] - was["quantity"], abs=1e-6)
    assert all(np.isfinite(list(parts.values())))
    cause, reason, _ = told_change(was, now)
    assert bool(cause) == bool(parts) == bool(reason)
    back = split_change(now, was)
    assert {name: -units for name, units in back.items()} == pytest.approx(parts, abs=1e-6)


def test_rows_of_the_plan_give_the_figures_of_its_lines() -> None:
    made = plan()
    lines = made.tables["order_lines"].query("status == 'proposed'")
    rows = made.tables["order_rows"].set_index(["source_id", "item_id", "site_id"])
    for line in lines.to_dict("records"):
        row = rows.loc[(line["supplier_id"], line["item_id"], line["site_id"])]
        for name in ("position", "need", "target", "demand_quantile", "pack_units", "unit_cost"):
            assert row[name] == pytest.approx(line[name]), (line["line_id"], name)
        assert row["looked_at"]
    assert pd.isna(rows["pinned_quantity"]).all()
