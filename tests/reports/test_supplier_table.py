"""The supplier table says of which lines and orders each figure of lateness is."""

from __future__ import annotations

import pandas as pd

from supplychain.reports.html_suppliers import supplier_table

CARD = {
    "supplier_id": "S1", "item_id": "", "cost_per_year": 9.0, "trend": "later", "overdue_lines": 0, "basis": "class",
    "lead_time_days": 7.0, "lead_time_sd_days": 1.0, "agreed_lead_time_days": 6.5, "agreed_sd_days": 1.5,
    "on_time_share": 0.9, "days_late": 0.4, "days_late_before": 1.2, "days_late_recent": 3.5, "fill_share": 1.0,
    "reject_share": 0.0, "stock_for_spread": 5.0, "decide": "",
}  # fmt: skip


def test_lateness_says_by_what_and_of_which_days_it_is() -> None:
    table = supplier_table(pd.DataFrame([CARD]), names={}, currency="CNY")
    text = repr(table)
    assert "Days late (by line)" in text
    assert "by order: +1.2 in the 90 days before the last 90, +3.5 in the last 90" in text
    assert "that came in the last 90 days and in the 90 days before these" in table.note
    quiet = supplier_table(pd.DataFrame([CARD | {"trend": ""}]), names={}, currency="CNY")
    assert "by order: " not in repr(quiet)
