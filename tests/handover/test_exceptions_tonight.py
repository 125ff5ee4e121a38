"""The remedy of a stock-out fits what tonight's plan does for the row."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from supplychain.handover.exceptions_tonight import TonightsPlan
from supplychain.plans.order_limits import LIMITS
from tests.handover.test_order_exceptions import found, mill, reviewed, stocked
from tests.replenishment.small_world import AS_OF, data_set

SHORT = stocked(NA=5.0)


def remedy(dataset, **options) -> str:
    return found(reviewed(dataset, **options)[0], "stock_out", "NA", "WUH")[0]["fix"]


def test_an_order_of_tonight_is_placed() -> None:
    frame, orders, _ = reviewed(data_set(stock=SHORT))
    lines = orders.lines
    assert lines.loc[lines["item_id"].eq("NA") & lines["site_id"].eq("WUH"), "status"].eq("proposed").any()
    assert found(frame, "stock_out", "NA", "WUH")[0]["fix"].endswith("ration what there is; place tonight's order")


def test_where_no_order_is_due_the_next_order_day_is_told() -> None:
    day = AS_OF + timedelta(days=2)
    weekly = mill(order_weekdays=(day.isoweekday(),))
    fix = remedy(data_set(stock=SHORT, suppliers=weekly))
    assert "tonight's order" not in fix
    assert fix.endswith(f"no order of it is due tonight, the next can be made on {day}")


def test_an_order_that_waits_or_is_left_out_says_so() -> None:
    far = mill(minimum_order_value=1e9)
    assert "waits for its supplier's minimum" in remedy(data_set(stock=SHORT, suppliers=far))
    fix = remedy(data_set(stock=SHORT), budget_per_month=750.0)
    assert f"left out for the limit {LIMITS['budget_per_month']}" in fix


def test_a_rush_order_is_the_remedy_where_it_pays() -> None:
    rush = {"item_id": "NA", "site_id": "WUH", "supplier_id": "S9", "mode": "air", "quantity": 1234.0, "gain": 99.6}
    rush |= {"receipt_date": pd.Timestamp("2025-06-03"), "order_date": pd.Timestamp("2025-06-01")}
    fix = remedy(data_set(stock=SHORT), rushes=pd.DataFrame([rush | {"units_avoided": 9.0}]))
    assert fix == "rush order of 1,234 units from S9 by air on 2025-06-01, here on 2025-06-03; it gains 100 CNY"
    fix = remedy(data_set(stock=SHORT), rushes=pd.DataFrame([rush | {"item_id": "soap", "units_avoided": 9.0}]))
    assert "rush" not in fix


@pytest.mark.parametrize(
    ("status", "told"), [("proposed", "send tonight's transfer"), ("planned", "no transfer of it")]
)
def test_a_fed_site_waits_for_its_transfer(status: str, told: str) -> None:
    moves = pd.DataFrame([{"item_id": "A", "destination_id": "FW", "status": status}])
    text = TonightsPlan.of({"transfer_lines": moves}).told(("A", "FW"), next_look=AS_OF, bought=False)
    assert text.startswith(told)
