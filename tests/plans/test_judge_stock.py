from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import Item
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.stock_plan import StockPlan
from tests.plans.replenishment_plans import POLICIES, Plans, plans
from tests.replenishment.small_world import AS_OF, item

DAY = pd.Timedelta(days=1)
Corrupt = Callable[[pd.DataFrame], pd.DataFrame]


def judge(made: Plans, stock: StockPlan | None = None):
    return judge_stock(made.dataset, stock or made.stock, orders=made.orders, transfers=made.transfers)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("review_days", [1, 7])
def test_the_planners_own_plan_passes(policy: str, review_days: int) -> None:
    assert judge(plans(policy, review_days)) == ()


def test_the_plan_to_be_corrupted_has_all_kinds_of_flows() -> None:
    days = plans("optimized").stock.days
    for name in ("received", "transferred_in", "transferred_out", "demand", "served", "lost", "backorder"):
        assert (days[name] > 0).any(), name
    assert (days["low"] < days["closing"]).any()
    assert (days["high"] > days["closing"]).any()


def cell(
    name: str, change: Callable[[float], float], where: Callable[[pd.DataFrame], pd.Series] | None = None
) -> Corrupt:
    """Change one cell: of a row in the middle, or of the first that ``where`` picks."""

    def corrupt(days: pd.DataFrame) -> pd.DataFrame:
        days = days.copy()
        row = days.index[where(days)][0] if where else days.index[len(days) // 2]
        days[name] = days[name].astype(object)
        days.at[row, name] = change(days.at[row, name])
        return days.infer_objects()

    return corrupt


def positive(name: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda days: days[name] > 0


def tonight(days: pd.DataFrame) -> pd.Series:
    return days["date"].eq(pd.Timestamp(AS_OF))


def more_everywhere(days: pd.DataFrame) -> pd.DataFrame:
    """Ten units appear overnight and stay: every later day still adds up."""
    days = days.copy()
    row = days["item_id"].eq("NA") & days["site_id"].eq("WUH") & days["date"].gt(pd.Timestamp(AS_OF) + 5 * DAY)
    days.loc[row, ["opening", "closing", "low", "high"]] += 10.0
    return days


def unmet_served(days: pd.DataFrame) -> pd.DataFrame:
    """Lost units are declared served from stock that is not there; the balance still closes."""
    days = days.copy()
    row = days.index[days["lost"] > 0][0]
    lost = days.at[row, "lost"]
    days.at[row, "served"] += lost
    days.at[row, "closing"] -= lost
    days.at[row, "lost"] = 0.0
    days.at[row, "low"] = min(days.at[row, "low"], days.at[row, "closing"])
    return days


CORRUPTIONS: dict[str, tuple[Corrupt, str]] = {
    "row lost": (lambda days: days[~(days["item_id"].eq("NA") & days["site_id"].eq("WUH"))], "item_id"),
    "row of an unlisted item": (lambda days: days.replace({"item_id": {"phone": "pen"}}), "item_id"),
    "row of a closed site": (lambda days: days.replace({"site_id": {"CDU": "NEW"}}), "item_id"),
    "day lost": (lambda days: days.drop(days.index[40]), "date"),
    "day twice": (lambda days: pd.concat([days, days.iloc[[40]]], ignore_index=True), "date"),
    "last day of one row lost": (lambda days: days.drop(days.index[28]), "date"),
    "starts a day late": (lambda days: days[~tonight(days)], "date"),
    "date empty": (cell("date", lambda d: pd.NaT), "date"),
    "opening stock misread": (cell("opening", lambda v: v + 1.0, tonight), "opening"),
    "opening is not the closing before": (cell("opening", lambda v: v + 1.0), "opening"),
    "stock out of nowhere": (more_everywhere, "opening"),
    "closing off": (cell("closing", lambda v: v + 1.0), "closing"),
    "closing negative": (cell("closing", lambda v: -5.0), "closing"),
    "closing unknown": (cell("closing", lambda v: np.nan), "closing"),
    "receipt forgotten": (cell("received", lambda v: 0.0, positive("received")), "received"),
    "receipt invented": (cell("received", lambda v: v + 12.0), "received"),
    "transfer in forgotten": (cell("transferred_in", lambda v: 0.0, positive("transferred_in")), "transferred_in"),
    "transfer in invented": (cell("transferred_in", lambda v: v + 1.0), "transferred_in"),
    "transfer out forgotten": (cell("transferred_out", lambda v: 0.0, positive("transferred_out")), "transferred_out"),
    "transfer out invented": (cell("transferred_out", lambda v: v + 1.0), "transferred_out"),
    "served more than there is": (unmet_served, "served"),
    "served more than asked": (cell("served", lambda v: v + 5.0), "served"),
    "served negative": (cell("served", lambda v: -1.0), "served"),
    "demand negative": (cell("demand", lambda v: -1.0), "demand"),
    "demand on the planning day": (cell("demand", lambda v: 3.0, tonight), "demand"),
    "backorder off": (cell("backorder", lambda v: v + 1.0), "backorder"),
    "lost hidden": (cell("lost", lambda v: 0.0, positive("lost")), "backorder"),
    "lost negative": (cell("lost", lambda v: -1.0), "lost"),
    "band above": (cell("low", lambda v: v + 1e6), "low"),
    "band below": (cell("high", lambda v: -1.0), "high"),
    "band negative": (cell("low", lambda v: -1.0), "low"),
    "column lost": (lambda days: days.drop(columns="lost"), "lost"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_caught(name: str) -> None:
    corrupt, field = CORRUPTIONS[name]
    made = plans("optimized")
    found = judge(made, StockPlan(corrupt(made.stock.days)))
    assert field in {one.field for one in found}


def test_lines_that_the_projection_does_not_know_are_caught() -> None:
    made = plans("optimized")
    fewer = replace(made.orders, lines=made.orders.lines.iloc[1:])
    found = judge_stock(made.dataset, made.stock, orders=fewer, transfers=made.transfers)
    assert {one.field for one in found} == {"received"}
    none = replace(made.transfers, lines=made.transfers.lines.iloc[:0])
    found = judge_stock(made.dataset, made.stock, orders=made.orders, transfers=none)
    assert {one.field for one in found} == {"transferred_in", "transferred_out"}


def test_a_row_that_the_projection_forgot_is_caught() -> None:
    made = plans("optimized")
    extra: dict[str, Item] = {**made.dataset.items, "pen": item("pen", 2.0, 1.0)}
    found = judge_stock(replace(made.dataset, items=extra), made.stock, orders=made.orders, transfers=made.transfers)
    assert {one.value for one in found} == {"pen"}
