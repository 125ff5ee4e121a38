"""Trucks and worth of a whole order."""

from __future__ import annotations

import pandas as pd

from supplychain.plans.explain_order import explain_order_worth, order_worth

LINES = pd.DataFrame(
    {"lost_margin_avoided": [100.0, 20.5], "cost_of_waiting": [80.0, -5.0], "review_days": [7, 9],
     "order_date": pd.to_datetime(["2025-05-31"] * 2)}
)  # fmt: skip
HEAD = {"trucks": 3, "last_truck_fill": 0.45, "transport_cost": 900.0, "placed_value": 0.0}


def test_trucks_and_worth_are_told() -> None:
    assert order_worth(LINES) == {"lost_margin_avoided": 120.5, "cost_of_waiting": 75.0}
    assert explain_order_worth(HEAD, LINES, "CNY").splitlines() == [
        "Trucks: 3 trucks, the last one 45% full; order and trucks cost 900.00 CNY.",
        "Worth of its lines together: 120.50 of margin that would be lost; waiting with all of them until 2025-06-07 "
        "would cost 75.00 CNY, order and trucks aside.",
    ]


def test_beside_placed_lines_trucks_come_on_top_and_none_are_told_where_they_cost_nothing() -> None:
    assert "1 truck more than what is placed already takes" in explain_order_worth(
        HEAD | {"placed_value": 10.0, "trucks": 1}, LINES, "CNY"
    )
    free = HEAD | {"trucks": 0, "last_truck_fill": 0.0, "transport_cost": 0.0}
    (worth,) = explain_order_worth(free, LINES.assign(cost_of_waiting=-1.0), "CNY").splitlines()
    assert worth.endswith("would save 2.00 CNY.")
