"""What the coming weeks look like, by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from supplychain.plans.coming_weeks import coming_weeks
from supplychain.reports.supplier_text import coming_weeks_text


def tables(*closing: float, planned: float) -> dict[str, pd.DataFrame]:
    """Two rows of the same stock, one at 10 and one at 30 a unit; every day 4 of 20 units asked for are lost of one."""
    days = pd.date_range("2025-05-31", periods=len(closing), unit="s")
    frames = [
        pd.DataFrame(
            {"item_id": item, "site_id": "D", "date": days, "opening": [120.0, *closing[:-1]], "closing": closing,
             "demand": 20.0, "lost": lost}
        )
        for item, lost in (("A", 4.0), ("B", 0.0))
    ]  # fmt: skip
    rows = pd.DataFrame(
        {"item_id": ["A", "B"], "site_id": "D", "unit_cost": [10.0, 30.0], "selling_price": [30.0, 50.0]}
    )
    segments = pd.DataFrame({"planned_stock_value": [planned / 2, planned / 2]})
    return {"stock_projection": pd.concat(frames), "order_rows": rows, "segments": segments}


def test_stock_and_service_are_those_of_the_projection() -> None:
    weeks = coming_weeks(tables(110.0, 100.0, 90.0, planned=2000.0))
    assert weeks is not None
    assert (weeks.first, weeks.last) == (date(2025, 5, 31), date(2025, 6, 2))
    assert (weeks.stock_today, weeks.stock_last, weeks.stock_mean) == (4800.0, 3600.0, 4000.0)
    assert weeks.fill_units == pytest.approx(1 - 4 / 40)
    assert weeks.fill_value == pytest.approx(1 - 4 * 30 / (20 * 30 + 20 * 50))
    assert weeks.reached is None
    assert weeks.not_before == date(2025, 6, 5)  # 600 a day: 1600 more take 3 days
    text = coming_weeks_text(weeks, currency="CNY")
    assert "4,800 on 2025-05-31 to 3,600 CNY on 2025-06-02 (mean 4,000), and 90.0% of the units" in text
    assert "does not come down to the 2,000 planned in that time; at that pace not before 2025-06-05" in text


def test_the_day_on_which_the_plan_is_reached_is_told() -> None:
    weeks = coming_weeks(tables(110.0, 100.0, 90.0, planned=4000.0))
    assert weeks is not None
    assert weeks.reached == date(2025, 6, 1)
    assert "It is down to the 4,000 planned on 2025-06-01." in coming_weeks_text(weeks, currency="CNY")
    rising = coming_weeks(tables(130.0, 140.0, planned=1000.0))
    assert rising is not None
    assert (rising.reached, rising.not_before) == (None, None)
    assert "nor does it fall" in coming_weeks_text(rising, currency="CNY")


def test_a_run_without_a_projection_says_what_planned_means() -> None:
    assert coming_weeks({}) is None
    assert "once it has worked through" in coming_weeks_text(None, currency="CNY")
