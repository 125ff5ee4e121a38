"""What empty shelves cost in the last weeks."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from supplychain.handover.lost_sales_past import lost_sales_past
from supplychain.plans.forecast_table import LOST_COLUMNS
from tests.forecasts.made_up import inputs

DAYS = 800


def lost(quantity, in_stock, margin):
    history, outlook = inputs(quantity, in_stock=in_stock)
    keys = [(f"I{row}", "DC") for row in range(history.rows)]
    return lost_sales_past(keys, SimpleNamespace(history=history, outlook=outlook), np.asarray(margin))


def test_days_units_and_margin_of_the_last_weeks():
    quantity, in_stock = np.full((3, DAYS), 5.0), np.ones((3, DAYS), dtype=bool)
    quantity[1, -9:], in_stock[1, -9:] = 0.0, False
    quantity[2, 710:730], in_stock[2, 710:730] = 0.0, False  # 20 days, all within 91 but not within 28
    found = lost(quantity, in_stock, [1.0, 2.0, 3.0])
    assert list(found.columns) == LOST_COLUMNS
    by_row = found.set_index(["item_id", "days"])
    assert sorted(by_row.index) == [("I1", 28), ("I1", 91), ("I2", 91)]
    assert by_row["sold_out_days"].tolist() == [9, 9, 20]
    assert by_row["lost_units"].tolist() == pytest.approx([45.0, 45.0, 100.0], rel=0.05)
    assert by_row["lost_margin"].tolist() == pytest.approx(by_row["lost_units"] * [2.0, 2.0, 3.0])


def test_nothing_sold_out_gives_an_empty_table():
    found = lost(np.full((2, DAYS), 5.0), np.ones((2, DAYS), dtype=bool), [1.0, 1.0])
    assert found.empty
    assert list(found.columns) == LOST_COLUMNS
