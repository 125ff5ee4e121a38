"""All messages of the bundled example: no number of more than two decimals."""

from __future__ import annotations

import pandas as pd
import pytest

from supplychain.plans.explain import explain_line
from supplychain.plans.rush_table import explain_rush
from supplychain.service.explain import _never_comes
from tests.explanations import chain_faults
from tests.messages import raw_numbers

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

COLUMNS = {
    "order_exceptions": ("what", "why", "fix", "money_is"),
    "order_actions": ("reason",),
    "problems": ("detail", "remedy"),
    "order_sources": ("why",),
    "supplier_scorecards": ("decide",),
}


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_no_message_holds_an_unrounded_number(table, lived) -> None:
    frame = lived.result.tables[table]
    assert len(frame)
    for column in COLUMNS[table]:
        assert raw_numbers(frame[column].dropna().astype(str)) == []


def test_no_explanation_holds_an_unrounded_number(lived) -> None:
    tables, texts = lived.result.tables, []
    for name in ("order_lines", "order_waiting", "transfer_lines"):
        lines = tables[name]
        texts += [
            explain_line({**line, "base_currency": "CNY", "minimum_order_value": 1 / 3})
            for line in lines.loc[lines["status"].ne("planned")].to_dict("records")
        ]
    texts += [explain_rush(line, currency="CNY") for line in tables["order_rushes"].to_dict("records")]
    assert len(texts) > 200
    assert raw_numbers(line for text in texts for line in text.splitlines()) == []


def test_every_figure_of_an_explanation_follows_from_those_before_it(lived) -> None:
    tables, seen, raised = lived.result.tables, 0, 0
    for name in ("order_lines", "order_waiting", "transfer_lines"):
        lines = tables[name]
        if "reason" in lines:
            lines = lines.loc[lines["reason"].ne("rebalancing")]
        for line in lines.loc[lines["pinned_quantity"].isna()].to_dict("records"):
            text = explain_line({**line, "base_currency": "CNY"})
            assert chain_faults(text) == [], text
            seen, raised = seen + 1, raised + ("Target: " in text)
    assert raised > 500
    assert seen - raised > 50


def test_days_without_a_line_follow_one_another(lived) -> None:
    """Nothing is used up that is not on order, nor before the shelf is empty."""
    for name in ("order_lines", "transfer_lines"):
        for line in lived.result.tables[name].to_dict("records"):
            text = explain_line(line)
            if line["on_order"] < 0.05:
                assert "what is on order" not in text, text
            if not pd.isna(line["used_up_date"]):
                assert line["stock_out_date"] <= line["used_up_date"], line["line_id"]


def test_what_is_on_order_is_what_was_ordered_less_what_is_said_never_to_come(lived) -> None:
    tables = lived.result.tables
    actions, lines = tables["order_actions"], tables["order_lines"]
    orders = actions.loc[actions["kind"].eq("open order")].groupby(["item_id", "site_id"])["quantity"].sum()
    never = _never_comes(lived.result)
    bought = lines.loc[lines["status"].eq("proposed") & lines["on_order"].gt(0)]
    assert (bought["on_order"].mod(1) > 0.01).any()
    for line in bought.to_dict("records"):
        key = (line["item_id"], line["site_id"])
        assert line["on_order"] == pytest.approx(orders.get(key, 0.0) - never.get(key, 0.0)), key


def test_a_raw_number_is_seen() -> None:
    assert raw_numbers(["the usual 219.9636334", "from 1,288.600 on"]) != []
    assert raw_numbers(["1,288.6 units for 12,345.67 on 2025-05-31, S-1.2345", "version 1.22.333"]) == []
