from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import ItemSite
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.order_plan import OrderPlan
from tests.plans.replenishment_plans import POLICIES, plans
from tests.replenishment.small_world import AS_OF

DAY = pd.Timedelta(days=1)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("review_days", [1, 7])
def test_the_planners_own_plan_passes(policy: str, review_days: int) -> None:
    made = plans(policy, review_days)
    assert judge_orders(made.dataset, made.orders, as_of=AS_OF, lost=made.demand) == ()


def test_the_plan_to_be_corrupted_has_all_kinds_of_lines() -> None:
    made = plans("optimized").orders
    assert set(made.lines["status"]) == {"proposed", "planned"}
    assert set(made.heads["status"]) == {"proposed", "planned", "waiting"}
    assert made.lines["supplier_id"].nunique() == 3
    assert set(made.lines["currency"]) == {"CNY", "USD"}


def at(lines: pd.DataFrame, item_id: str, site_id: str = "WUH") -> int:
    return int(lines.index[lines["item_id"].eq(item_id) & lines["site_id"].eq(site_id)][0])


def cell(name: str, change: Callable[[object], object], item_id: str = "00123") -> Callable[[OrderPlan], OrderPlan]:
    """Change one cell of one line."""

    def corrupt(plan: OrderPlan) -> OrderPlan:
        lines = plan.lines.copy()
        row = at(lines, item_id)
        lines[name] = lines[name].astype(object)
        lines.at[row, name] = change(lines.at[row, name])
        return replace(plan, lines=lines.astype({name: plan.lines[name].dtype}, errors="ignore"))

    return corrupt


def head(name: str, change: Callable[[object], object], row: int = 0) -> Callable[[OrderPlan], OrderPlan]:
    """Change one cell of one order head."""

    def corrupt(plan: OrderPlan) -> OrderPlan:
        heads = plan.heads.copy()
        heads[name] = heads[name].astype(object)
        heads.at[heads.index[row], name] = change(heads.at[heads.index[row], name])
        return replace(plan, heads=heads)

    return corrupt


def resized(item_id: str, change: Callable[[float], float]) -> Callable[[OrderPlan], OrderPlan]:
    """Change a quantity and all that adds up from it, as a careful forger would."""

    def corrupt(plan: OrderPlan) -> OrderPlan:
        lines, heads = plan.lines.copy(), plan.heads.copy()
        row = at(lines, item_id)
        factor = change(lines.at[row, "quantity"]) / lines.at[row, "quantity"]
        before = lines.at[row, "value"], lines.at[row, "value_base"]
        for name in ("quantity", "value", "value_base"):
            lines.at[row, name] *= factor
        lines.at[row, "packs"] = round(lines.at[row, "quantity"] / lines.at[row, "pack_units"])
        order = heads.index[heads["order_id"].eq(lines.at[row, "order_id"])][0]
        heads.at[order, "value"] += lines.at[row, "value"] - before[0]
        heads.at[order, "value_base"] += lines.at[row, "value_base"] - before[1]
        return OrderPlan(lines, heads)

    return corrupt


def drop_line(plan: OrderPlan) -> OrderPlan:
    return replace(plan, lines=plan.lines.drop(at(plan.lines, "00123")))


def double_line(plan: OrderPlan) -> OrderPlan:
    return replace(plan, lines=pd.concat([plan.lines, plan.lines.iloc[:1]], ignore_index=True))


def drop_head(plan: OrderPlan) -> OrderPlan:
    return replace(plan, heads=plan.heads.iloc[1:])


def double_head(plan: OrderPlan) -> OrderPlan:
    return replace(plan, heads=pd.concat([plan.heads, plan.heads.iloc[:1]], ignore_index=True))


def later(plan: OrderPlan) -> OrderPlan:
    """A proposed order of the importer moved to the next day, a Saturday, with all that hangs on it."""
    lines, heads = plan.lines.copy(), plan.heads.copy()
    for frame in (lines, heads):
        moved = frame["supplier_id"].eq("S2") & frame["status"].eq("proposed")
        frame.loc[moved, "order_date"] += DAY
        frame.loc[moved, "status"] = "planned"
        frame.loc[moved, "order_id"] = frame.loc[moved, "order_id"].str.replace("20250530", "20250531")
    moved = lines["order_date"].eq(pd.Timestamp(AS_OF) + DAY) & lines["supplier_id"].eq("S2")
    lines.loc[moved, "lead_days"] -= 1
    return OrderPlan(lines, heads)


def under_the_minimum(plan: OrderPlan) -> OrderPlan:
    """Take all but the cheapest line out of an importer's order and add up what is left."""
    lines, heads = plan.lines.copy(), plan.heads.copy()
    order_id = lines.loc[at(lines, "phone"), "order_id"]
    mine = lines["order_id"].eq(order_id)
    keep = lines.loc[mine, "value"].idxmin()
    lines = lines.drop([i for i in lines.index[mine] if i != keep])
    order = heads.index[heads["order_id"].eq(order_id)][0]
    heads.loc[order, ["value", "value_base"]] = lines.loc[keep, ["value", "value_base"]].to_numpy(float)
    heads.loc[order, "lines"] = 1
    heads.loc[order, "missing_to_minimum"] = max(3000.0 - heads.loc[order, "value"], 0.0)
    for name in ("receipt_date", "payment_due_date"):
        heads.loc[order, name] = lines.loc[keep, name]
    return OrderPlan(lines, heads)


CORRUPTIONS: dict[str, tuple[Callable[[OrderPlan], OrderPlan], str]] = {
    "half a pack": (resized("00123", lambda q: q - 6.0), "quantity"),
    "one pack more than explained": (resized("00123", lambda q: q + 12.0), "quantity"),
    "one pack fewer than explained": (resized("soap", lambda q: q - 6.0), "quantity"),
    "below the minimum quantity": (resized("00123", lambda q: 12.0), "quantity"),
    "beyond what sells before expiry": (resized("milk", lambda q: 2000.0), "quantity"),
    "zero quantity": (cell("quantity", lambda q: 0.0), "quantity"),
    "negative quantity": (cell("quantity", lambda q: -q), "quantity"),
    "infinite quantity": (cell("quantity", lambda q: np.inf), "quantity"),
    "unknown quantity": (cell("quantity", lambda q: np.nan), "quantity"),
    "packs miscounted": (cell("packs", lambda n: n + 1), "packs"),
    "pack of another size": (cell("pack_units", lambda n: 6.0), "pack_units"),
    "minimum quantity misquoted": (cell("minimum_order_quantity", lambda n: 12.0), "minimum_order_quantity"),
    "older price": (cell("unit_price", lambda p: p * 0.99), "unit_price"),
    "price break not taken": (cell("unit_price", lambda p: p + 4.0, "NA"), "unit_price"),
    "wrong currency": (cell("currency", lambda c: "EUR"), "currency"),
    "wrong line value": (cell("value", lambda v: v + 1.0), "value"),
    "wrong exchange rate": (cell("value_base", lambda v: v / 7.2, "coat"), "value_base"),
    "cost without the payment fee": (cell("unit_cost", lambda c: c / 1.02, "coat"), "unit_cost"),
    "receipt a day early": (cell("receipt_date", lambda d: d - DAY), "receipt_date"),
    "closure forgotten": (cell("receipt_date", lambda d: d - 7 * DAY, "coat"), "receipt_date"),
    "payment due at order": (cell("payment_due_date", lambda d: pd.Timestamp(AS_OF)), "payment_due_date"),
    "order date empty": (cell("order_date", lambda d: pd.NaT), "order_date"),
    "ordered yesterday": (cell("order_date", lambda d: d - DAY), "order_date"),
    "ordered on a day without orders": (later, "order_date"),
    "planned passed off as proposed": (
        lambda plan: replace(plan, lines=plan.lines.assign(status="proposed")),
        "status",
    ),
    "proposed passed off as planned": (cell("status", lambda s: "planned"), "status"),
    "approved by nobody": (cell("status", lambda s: "approved"), "status"),
    "unknown supplier": (cell("supplier_id", lambda s: "S9"), "supplier_id"),
    "supplier that does not sell the item": (cell("supplier_id", lambda s: "S3"), "supplier_id"),
    "unknown item": (cell("item_id", lambda s: "123"), "item_id"),
    "item not listed at the site": (cell("item_id", lambda s: "coat", "soap"), "supplier_id"),
    "candidate site": (cell("site_id", lambda s: "NEW"), "site_id"),
    "zone as destination": (cell("site_id", lambda s: "Z1"), "site_id"),
    "position does not add up": (cell("position", lambda p: p + 5.0), "position"),
    "stock misread": (cell("on_hand", lambda p: p + 5.0), "on_hand"),
    "order on the way forgotten": (cell("on_order", lambda p: p + 24.0), "on_order"),
    "demand inflated": (cell("demand_quantile", lambda q: q + 500.0), "quantity"),
    "packs of reward invented": (cell("reward_packs", lambda n: n + 3), "quantity"),
    "interval longer than until the next receipt": (cell("protection_days", lambda n: n + 1), "protection_days"),
    "interval shorter than until the next receipt": (cell("protection_days", lambda n: n - 1), "protection_days"),
    "next receipt later than its lead time": (cell("next_receipt_days", lambda n: n + 1), "next_receipt_days"),
    "next receipt before tonight's": (cell("next_receipt_days", lambda n: 1), "next_receipt_days"),
    "top-up invented": (cell("top_up_packs", lambda n: n + 1), "quantity"),
    "expiry ignored": (cell("sellable_units", lambda n: np.inf, "milk"), "sellable_units"),
    "line number twice": (double_line, "line_id"),
    "line lost": (drop_line, "lines"),
    "head lost": (drop_head, "order_id"),
    "head twice": (double_head, "order_id"),
    "order number of another order": (cell("order_id", lambda s: "S1_20250530_CDU"), "order_id"),
    "head total off": (head("value", lambda v: v + 100.0), "value"),
    "head total in base currency off": (head("value_base", lambda v: v * 2), "value_base"),
    "head minimum off": (head("minimum_order_value", lambda v: v + 1.0), "minimum_order_value"),
    "head missing off": (head("missing_to_minimum", lambda v: v + 1.0), "missing_to_minimum"),
    "head line count off": (head("lines", lambda n: n + 1), "lines"),
    "head of an unknown supplier": (head("supplier_id", lambda s: "S9"), "supplier_id"),
    "head dated otherwise": (head("order_date", lambda d: d + DAY), "order_date"),
    "head received early": (head("receipt_date", lambda d: d - DAY), "receipt_date"),
    "head in another currency": (head("currency", lambda c: "EUR"), "currency"),
    "waiting order with lines": (head("status", lambda s: "waiting"), "status"),
    "order below the supplier's minimum": (under_the_minimum, "value"),
    "column lost": (lambda plan: replace(plan, lines=plan.lines.drop(columns="currency")), "currency"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_caught(name: str) -> None:
    corrupt, field = CORRUPTIONS[name]
    made = plans("optimized")
    found = judge_orders(made.dataset, corrupt(made.orders), as_of=AS_OF, lost=made.demand)
    assert field in {one.field for one in found}


@pytest.mark.parametrize(
    ("control", "field"),
    [
        (ItemSite("00123", "WUH", do_not_order=True), "item_id"),
        (ItemSite("00123", "WUH", phase_out=True), "item_id"),
        (ItemSite("00123", "WUH", max_units=100.0), "quantity"),
        (ItemSite("00123", "WUH", listed=False), "site_id"),
    ],
)
def test_a_planners_control_that_the_plan_ignores_is_caught(control: ItemSite, field: str) -> None:
    made = plans("optimized")
    dataset = replace(made.dataset, item_sites={**made.dataset.item_sites, ("00123", "WUH"): control})
    assert field in {one.field for one in judge_orders(dataset, made.orders, as_of=AS_OF)}


def test_an_item_that_has_ended_is_caught() -> None:
    made = plans("optimized")
    ended = replace(made.dataset.items["00123"], ended=AS_OF)
    dataset = replace(made.dataset, items={**made.dataset.items, "00123": ended})
    assert "receipt_date" in {one.field for one in judge_orders(dataset, made.orders, as_of=AS_OF)}


def test_a_closed_supplier_is_caught() -> None:
    made = plans("optimized")
    closed = replace(made.dataset.suppliers["S1"], closures=((AS_OF, AS_OF),))
    dataset = replace(made.dataset, suppliers={**made.dataset.suppliers, "S1": closed})
    rules = [one.rule for one in judge_orders(dataset, made.orders, as_of=AS_OF) if one.field == "order_date"]
    assert "the supplier is closed on this day" in rules


def test_judging_needs_no_planner() -> None:
    import ast
    from pathlib import Path

    import supplychain.plans.judge.orders as module

    for path in sorted(Path(module.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith(("solvers", "forecasts", "supplychain.handover"))
