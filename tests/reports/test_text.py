"""Key figures and problems as a terminal shows them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.reports.text import basis_text, compare_text, kpi_text, problems_text, shown_figures
from supplychain.service.kpis import compare_kpis, kpi_table
from tests.reports.made_up import run_result


def kpis(**values: float) -> pd.DataFrame:
    simulated = pd.DataFrame([(f, v, v, v) for f, v in values.items()], columns=["figure", "mean", "low", "high"])
    before = simulated.assign(mean=1.0, low=1.0, high=1.0).where(simulated["mean"].notna(), np.nan)
    return compare_kpis(kpi_table({}, simulated), kpi_table({}, before))


def test_figures_stand_under_the_heading_of_their_group_with_their_unit():
    table = kpis(stock_days=9.0, fill_rate=0.9, lost_margin=5e6, turns=float("nan"))
    lines = kpi_text(table, currency="CNY", parent="today").split("\n")[2:]
    assert [(line.split("  ")[0] or line.split("  ")[1]) for line in lines] == [
        "Stock and service", "Stock days", "Fill rate", "Money", "Lost margin (CNY)",
    ]  # fmt: skip
    assert lines[2].split()[-3:] == ["-10.0", "pp", "worse"]
    side = compare_text({"x": table, "y": table.iloc[:1]}, currency="EUR").split("\n")[2:]
    assert side[1].split() == ["Stock", "days", "simulated", "9.00", "9.00"]
    assert side[-1].split()[:3] == ["Lost", "margin", "(EUR)"]
    assert "Turns" not in "".join(side)


def test_the_headline_is_a_part_of_the_usual_and_that_of_all():
    table = kpis(stock_days=9.0, turns=3.0, cycle_service=0.9, fill_rate=float("nan")).assign(parent=np.nan)
    names = {most: shown_figures(table, most)["figure"].tolist() for most in ("headline", "usual", "all")}
    assert names == {
        "headline": ["stock_days"],
        "usual": ["stock_days", "turns"],
        "all": ["stock_days", "turns", "cycle_service"],
    }


def test_a_problem_names_its_place_and_its_currency():
    problems = pd.DataFrame(
        [(1, "waste", "F1 at DC", "F1", "DC", 1234.5, "old", "buy\nless")],
        columns=["rank", "kind", "subject", "item_id", "site_id", "money", "detail", "remedy"],
    )
    text = problems_text(problems, names={"F1": "Milk", "DC": "Wuhan DC"}, currency="CNY")
    assert text.split("\n") == [
        "1. waste: F1 at DC (Milk at Wuhan DC), 1,234 CNY a year", "   old", "   do: buy less",
    ]  # fmt: skip


def test_a_run_sums_itself_up():
    result = run_result(name="plain")
    text = result.summary()
    assert text.endswith(
        "plan: from the plans of the planning day; simulated: closed loop over 60 days from 2025-06-01, mean of 2 lives"
    )
    assert "Lost margin (CNY)" in text
    assert "Route km" not in text
    assert "Route km" in result.summary("all")
    assert basis_text({}) == "plan: from the plans of the planning day"
