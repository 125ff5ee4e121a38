from __future__ import annotations

import ast
import math
from pathlib import Path

import pandas as pd
import pytest

import supplychain.plans.explain as explain
import supplychain.plans.explain_prices as explain_prices
import supplychain.plans.explain_steps as explain_steps
import supplychain.plans.explain_words as explain_words
import supplychain.plans.price_verdicts as price_verdicts
from supplychain.plans.explain import explain_line, recompute_quantity
from supplychain.plans.order_plan import EXPLANATION_COLUMNS, OrderPlan
from supplychain.plans.stock_plan import StockPlan
from supplychain.plans.transfer_plan import TransferPlan
from tests.explanations import chain_faults
from tests.plans.replenishment_plans import POLICIES, plans


def lines(policy: str) -> list[dict]:
    made = plans(policy)
    return [*made.orders.lines.to_dict("records"), *made.transfers.lines.to_dict("records")]


@pytest.mark.parametrize("policy", POLICIES)
def test_every_quantity_follows_from_its_explanation(policy: str) -> None:
    for line in lines(policy):
        assert recompute_quantity(line) == pytest.approx(line["quantity"], rel=1e-9), line["line_id"]


def test_recomputing_reads_no_result() -> None:
    """Blank every recorded result: the quantity still comes out."""
    results = ["need", "target", "reorder_point", "position", "packs", "quantity_after_minimum"]
    results += ["quantity_after_pack", "quantity_after_cap", "binding", "value", "quantity"]
    for policy in POLICIES:
        for line in lines(policy):
            blank = line | {name: math.nan for name in results if name in line}
            assert recompute_quantity(blank) == pytest.approx(line["quantity"], rel=1e-9)


def test_explaining_imports_no_planner() -> None:
    """Nothing but the standard library, directly or not."""
    modules = set()
    for part in (explain, explain_prices, explain_steps, explain_words, price_verdicts):
        tree = ast.parse(Path(part.__file__).read_text(encoding="utf-8"))
        modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    words = {"supplychain.plans.explain_limits"}  # names of limits, nothing else
    words |= {one.__name__ for one in (explain_prices, explain_steps, explain_words, price_verdicts)}
    assert modules - words == {"__future__", "math", "collections.abc", "datetime", "statistics", "typing"}


def test_rounding_traps_of_a_line() -> None:
    line = dict.fromkeys(EXPLANATION_COLUMNS, 0.0) | {
        "policy": "textbook", "service_level": 0.5, "expected_demand": 49_999.932, "minimum_order_quantity": 50_000.0,
        "pack_units": 1.0, "room_units": math.inf, "sellable_units": math.inf,
    }  # fmt: skip
    assert recompute_quantity(line) == 50_000.0
    assert (
        recompute_quantity(line | {"expected_demand": 9.0, "minimum_order_quantity": 15.0, "pack_units": 3.0}) == 15.0
    )
    assert recompute_quantity(line | {"expected_demand": 0.0}) == 0.0
    assert recompute_quantity(line | {"room_units": 49_000.0}) == 0.0


@pytest.mark.parametrize("policy", POLICIES)
def test_words_name_the_figures(policy: str) -> None:
    for line in lines(policy):
        text = explain_line(line)
        assert line["item_id"] in text
        assert f"{line['receipt_date']:%Y-%m-%d}" in text
        assert "nan" not in text.lower().replace("finan", "")
        assert text.startswith(("Order", "Send") if line["status"] == "proposed" else "Expected later")
        if "supplier_id" in line:
            assert f"{line['value']:,.2f} {line['currency']}" in text


def test_a_fraction_on_order_says_where_it_comes_from() -> None:
    line = next(line for line in lines("optimized") if line["status"] == "proposed" and line["on_order"] > 0)
    plain = explain_line(line)
    assert "less than ordered" not in plain
    told = explain_line({**line, "never_comes": 19.4})
    assert "19.4 units less than ordered, as suppliers usually deliver)" in told
    assert explain_line({**line, "never_comes": 0.01}) == plain
    day = f"Position expected on {line['order_date']:%Y-%m-%d}, whole units or not: "
    assert day in explain_line({**line, "status": "planned"})
    assert "Position: " in plain


@pytest.mark.parametrize("policy", POLICIES)
def test_days_without_the_line_agree_with_each_other(policy: str) -> None:
    """Empty for the first time no later than used up; cover ends on the day on which all is used up."""
    seen = 0
    for line in lines(policy):
        empty, used = line["stock_out_date"], line["used_up_date"]
        assert line["days_of_cover_after"] >= line["days_of_cover_before"]
        if pd.isna(used):
            continue
        seen += 1
        assert empty <= used
        assert (used - line["order_date"]).days == math.floor(line["days_of_cover_before"] + 1e-9) + 1
    assert seen


@pytest.mark.parametrize("policy", POLICIES)
def test_a_pack_saves_what_it_is_worth_and_what_it_costs(policy: str) -> None:
    for line in lines(policy):
        assert line["one_more_pack_saves"] >= max(0.0, line["value_of_one_more_pack"]) - 1e-9


def test_what_waits_is_explained_like_what_goes() -> None:
    made = plans("optimized").orders
    assert len(made.waiting)
    assert set(made.waiting["status"]) == {"waiting"}
    assert not set(made.waiting["line_id"]) & set(made.lines["line_id"])
    heads = made.heads.set_index("order_id")
    for order_id, part in made.waiting.groupby("order_id"):
        assert heads.loc[order_id, "status"] == "waiting"
        assert part["value"].sum() == pytest.approx(heads.loc[order_id, "value"])
    for line in made.waiting.to_dict("records"):
        assert recompute_quantity(line) == pytest.approx(line["quantity"])
        assert explain_line(line).startswith("Waits for the supplier's minimum: order")


def test_the_next_pack_in_words() -> None:
    line = lines("optimized")[0] | {
        "binding": "reward", "reward_packs": 3, "one_more_pack_saves": 3.1, "value_of_one_more_pack": -1.1,
        "sellable_units": math.inf, "base_currency": "CNY",
    }  # fmt: skip
    text = explain_line(line)
    assert "3 packs earn more than they cost" in text
    assert "one more is expected to save 3.10 and to cost 4.20 CNY to hold" in text
    assert "reward" not in text


def test_words_of_a_held_line() -> None:
    line = lines("textbook")[0] | {"held": "covers 400 days, the limit is 180"}
    assert explain_line(line).endswith("Held for a second person: covers 400 days, the limit is 180.")


def test_every_binding_has_words() -> None:
    line = lines("optimized")[0]
    for name in ("need", "reward", "pack", "minimum_order_quantity", "maximum_stock", "sales_before_expiry"):
        assert explain_line(line | {"binding": name})
    for name in ("smallest_lot", "supplier_minimum", "origin_stock"):
        assert explain_line(line | {"binding": name})


@pytest.mark.parametrize("policy", POLICIES)
def test_plans_survive_their_tables(policy: str) -> None:
    made = plans(policy)
    tables = {**made.orders.to_tables(), **made.transfers.to_tables(), **made.stock.to_tables()}
    names = ["order_heads", "order_limits", "order_lines", "order_waiting", "stock_projection", "transfer_lines"]
    assert sorted(tables) == names
    assert OrderPlan.from_tables(tables).limits.equals(made.orders.limits)
    assert OrderPlan.from_tables(tables).waiting.equals(made.orders.waiting)
    assert OrderPlan.from_tables(tables).lines.equals(made.orders.lines)
    assert OrderPlan.from_tables(tables).heads.equals(made.orders.heads)
    assert TransferPlan.from_tables(tables).lines.equals(made.transfers.lines)
    assert StockPlan.from_tables(tables).days.equals(made.stock.days)
    with pytest.raises(KeyError, match="order_heads"):
        OrderPlan.from_tables({"order_lines": made.orders.lines})
    with pytest.raises(KeyError, match="quantity"):
        OrderPlan.from_tables(tables | {"order_lines": made.orders.lines.drop(columns="quantity")})


def test_every_figure_follows_from_those_before_it() -> None:
    seen = raised = 0
    for line in [*lines("optimized"), *lines("textbook"), *plans("optimized").orders.waiting.to_dict("records")]:
        if not pd.isna(line["pinned_quantity"]) or line.get("reason") == "rebalancing":
            continue
        text = explain_line(line)
        assert chain_faults(text) == [], text
        seen, raised = seen + 1, raised + ("Target: " in text)
    assert seen > raised > 0


def test_what_raises_a_target_is_a_step_of_its_own() -> None:
    line = lines("optimized")[0] | {
        "on_hand": 20.0, "blocked": 0.0, "backorder": 0.0, "on_order": 0.0, "expected_waste": 0.0,
        "substitute_stock": 0.0, "expected_returns": 0.0, "expected_lost": 5.0, "fed_position": 10.0, "position": 35.0,
        "expected_demand": 40.0, "demand_quantile": 50.0, "least_target": 75.0, "reward_packs": 10, "pack_units": 5.0,
        "target": 85.0, "need": 50.0, "minimum_order_quantity": 0.0, "quantity_after_minimum": 50.0,
        "quantity_after_pack": 50.0, "quantity_after_cap": 50.0, "top_up_packs": 2, "packs": 12, "quantity": 60.0,
        "binding": "supplier_minimum", "truck_packs": 0, "left_out_packs": 0,
    }  # fmt: skip
    text = explain_line(line)
    assert chain_faults(text) == []
    target = next(row for row in text.splitlines() if row.startswith("Target: "))
    assert "asks for 75 (60 + 10 at the sites fed from here + 5 lost), which raises it by 25 to 75" in target
    assert "10 packs of 5 on top of the position of 35 earn more than they cost, which raises it by 10 to 85" in target
    assert "85 - 35 = 50, in packs of 5: 50, 2 packs more for the supplier's minimum: 60." in text
    for name, wrong in (("target", 86.0), ("position", 30.0), ("quantity", 55.0), ("reward_packs", 9)):
        assert chain_faults(explain_line(line | {name: wrong})), name
    enough = explain_line(line | {"on_hand": 100.0, "position": 115.0, "need": 0.0, "reward_packs": 0, "target": 75.0})
    assert "the position of 115 holds the target of 75, so 0 are needed" in enough


def test_nothing_is_used_up_that_is_not_on_order() -> None:
    line = lines("optimized")[0] | {"fed_position": 0.0, "expected_returns": 0.0, "on_order": 0.0}
    line |= {"stock_out_date": pd.Timestamp("2025-06-04"), "used_up_date": pd.Timestamp("2025-06-04")}
    assert "Without it: stock is used up on 2025-06-04" in explain_line(line)
    line |= {"on_order": 9.0, "expected_returns": 3.0}
    assert "stock, what is on order and what customers send back are used up" in explain_line(line)
    later = explain_line(line | {"expected_returns": 0.0, "used_up_date": pd.Timestamp("2025-06-09")})
    assert "empty from 2025-06-04 until more arrives; what is on order is used up on 2025-06-09" in later
