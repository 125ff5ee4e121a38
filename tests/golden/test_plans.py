"""Plans of the bundled example against those on record: ``pytest tests/golden --regen`` writes them anew.

The same machine gives the same plan byte for byte; another one may round differently, so rows and amounts are compared
within a tolerance. Whoever renews the record on purpose says why under "Changes plans" in the changelog.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from supplychain.plans.route_summary import summarize_routes
from supplychain.service import RunResult, route_plan_of, run
from tests.golden.compare import Rules, differences

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

HERE = Path(__file__).parent
DIGITS = 4


def order_lines(result: RunResult) -> pd.DataFrame:
    """Lines of the planning day."""
    lines = result.tables["order_lines"]
    return lines.loc[lines["status"] == "proposed", ["supplier_id", "site_id", "item_id", "quantity", "value_base"]]


def order_outlook(result: RunResult) -> pd.DataFrame:
    """Orders of later days by supplier."""
    lines = result.tables["order_lines"]
    planned = lines[lines["status"] == "planned"].groupby("supplier_id", sort=True)
    return planned.agg(lines=("line_id", "size"), value_base=("value_base", "sum")).reset_index()


def transfers(result: RunResult) -> pd.DataFrame:
    """Transfers of the planning day."""
    lines = result.tables["transfer_lines"]
    return lines.loc[lines["status"] == "proposed", ["origin_id", "destination_id", "item_id", "quantity"]]


def sites(result: RunResult) -> pd.DataFrame:
    """What is done with each site."""
    plan = result.tables["site_plan"]
    return plan[["site_id", "decision"]]


def routes(result: RunResult) -> pd.DataFrame:
    """Cost and work of the day's routes by tier."""
    return summarize_routes(route_plan_of(result))[["tier", "parcels", "unserved_parcels", "km", "van_days", "cost"]]


def forecasts(result: RunResult) -> pd.DataFrame:
    """Mean demand over the horizon by site."""
    rows = result.tables["forecast"].groupby("site_id", sort=True)
    return rows.agg(items=("item_id", "nunique"), mean=("mean", "sum"), variance=("variance", "sum")).reset_index()


TABLES = {
    "order_lines": (
        order_lines,
        Rules(
            keys=["supplier_id", "site_id", "item_id"],
            rows_in_common=0.97,
            totals={"value_base": 0.01},
            cells={"quantity": 0.0},
            cells_alike=0.95,
        ),
    ),
    "order_outlook": (
        order_outlook,
        Rules(keys=["supplier_id"], rows_in_common=0.97, totals={"value_base": 0.02, "lines": 0.02}),
    ),
    "transfers": (
        transfers,
        Rules(
            keys=["origin_id", "destination_id", "item_id"],
            rows_in_common=0.97,
            totals={"quantity": 0.02},
            cells={"quantity": 0.0},
            cells_alike=0.95,
        ),
    ),
    "sites": (sites, Rules(keys=["site_id", "decision"])),
    "routes": (
        routes,
        Rules(
            keys=["tier"],
            totals={"km": 0.03, "cost": 0.03, "van_days": 0.03},
            cells={"parcels": 0.0, "unserved_parcels": 0.0},
        ),
    ),
    "forecasts": (forecasts, Rules(keys=["site_id"], totals={"mean": 0.005, "variance": 0.02}, cells={"items": 0.0})),
}


def on_record(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """As it is written: sorted, amounts rounded to what a reader can compare."""
    return table.sort_values(keys, kind="stable").round(DIGITS).reset_index(drop=True)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_plan_is_the_one_on_record(name, lived, regen):
    make, rules = TABLES[name]
    found = on_record(make(lived.result), list(rules.keys))
    assert len(found), "nothing to compare"
    assert not found.duplicated(list(rules.keys)).any()
    file = HERE / f"{name}.csv"
    if regen:
        found.to_csv(file, index=False, lineterminator="\n")
    texts = dict.fromkeys((key for key in known_columns(file) if key.endswith("_id")), str)
    known = pd.read_csv(file, dtype=texts, keep_default_na=False)
    assert differences(found, known, rules) == [], (
        "if the change is meant: pytest tests/golden --regen, and the changelog"
    )


def known_columns(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").partition("\n")[0].split(",")


def test_the_budget_of_the_example_leaves_something_out_and_holds(lived) -> None:
    limited = run("tight_budget", until="replenish", store=lived.folder / ".supplychain").tables
    free, lines = lived.result.tables["order_lines"], limited["order_lines"]
    assert lines["left_out_packs"].sum() > 100
    spent = [frame.loc[frame["status"].eq("proposed"), "value_base"].sum() for frame in (free, lines)]
    assert spent[1] < 0.9 * spent[0]
    budget = limited["order_limits"].query("limit == 'budget_per_month'").iloc[0]
    assert budget["before"] + budget["tonight"] == pytest.approx(budget["amount"], rel=1e-3)
    assert spent[1] == pytest.approx(budget["tonight"])
    assert budget["price"] > 0
