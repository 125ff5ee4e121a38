"""A newcomer's first run: the template workbook as it is written, planned under every policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.service import template_data
from supplychain.service.execution import run
from tests.small_house import add_scenario, write_project

QUICK = "forecast: {method: ses, horizon_days: 60, origins: 2, levels: [0.1, 0.5, 0.9, 0.95, 0.98]}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("newcomer"))
    template_data(folder / "template.xlsx")
    return folder


@pytest.mark.parametrize("policy", ["today", "textbook", "optimized"])
def test_the_template_is_planned_under_every_policy(project, policy):
    name = add_scenario(project, f"first_{policy}", f"{QUICK}replenish: {{policy: {policy}, outlook_days: 7}}\n")
    made = run(name, project=project, data=str(project / "template.xlsx"), store=project / "store", until="replenish")
    assert len(made.tables["order_lines"])
    # A class may hold less at a dc when the sites that it feeds, of another class, hold more; the whole never does.
    curve = made.tables["trade_off"].query("point == 'curve'").sort_values("service_level")
    assert curve.loc[curve["group"].eq("all"), "stock_value"].is_monotonic_increasing
