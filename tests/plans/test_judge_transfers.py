from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import ItemSite
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.transfer_plan import TransferPlan
from tests.plans.replenishment_plans import POLICIES, plans
from tests.replenishment.small_world import AS_OF

DAY = pd.Timedelta(days=1)
Corrupt = Callable[[TransferPlan], TransferPlan]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("review_days", [1, 7])
def test_the_planners_own_plan_passes(policy: str, review_days: int) -> None:
    made = plans(policy, review_days)
    assert judge_transfers(made.dataset, made.transfers, as_of=AS_OF, lost=made.demand) == ()


def test_the_plan_to_be_corrupted_has_all_kinds_of_lines() -> None:
    lines = plans("optimized").transfers.lines
    assert set(lines["status"]) == {"proposed", "planned"}
    assert set(lines["destination_id"]) == {"FW1", "HUB"}
    assert np.isfinite(lines["share_units"]).any()


def cell(name: str, change: Callable[[object], object], item_id: str = "00123", to: str = "HUB") -> Corrupt:
    """Change one cell of one proposed line."""

    def corrupt(plan: TransferPlan) -> TransferPlan:
        lines = plan.lines.copy()
        row = lines.index[lines["item_id"].eq(item_id) & lines["destination_id"].eq(to)][0]
        lines[name] = lines[name].astype(object)
        lines.at[row, name] = change(lines.at[row, name])
        return replace(plan, lines=lines.astype({name: plan.lines[name].dtype}, errors="ignore"))

    return corrupt


def resized(change: Callable[[float], float]) -> Corrupt:
    """Change a quantity and all that adds up from it, as a careful forger would."""

    def corrupt(plan: TransferPlan) -> TransferPlan:
        lines = plan.lines.copy()
        row = lines.index[lines["item_id"].eq("00123") & lines["destination_id"].eq("HUB")][0]
        factor = change(lines.at[row, "quantity"]) / lines.at[row, "quantity"]
        for name in ("quantity", "requested_quantity", "value_base", "weight_kg", "volume_l"):
            lines.at[row, name] *= factor
        lines.at[row, "packs"] = round(lines.at[row, "quantity"])
        return replace(plan, lines=lines)

    return corrupt


CORRUPTIONS: dict[str, tuple[Corrupt, str]] = {
    "more than the origin has": (resized(lambda q: 500.0), "quantity"),
    "more than explained": (resized(lambda q: q + 1.0), "quantity"),
    "fewer than explained": (resized(lambda q: q - 1.0), "quantity"),
    "broken unit": (resized(lambda q: q - 0.5), "quantity"),
    "more than asked for": (cell("requested_quantity", lambda q: q - 3.0), "quantity"),
    "zero quantity": (cell("quantity", lambda q: 0.0), "quantity"),
    "negative quantity": (cell("quantity", lambda q: -q), "quantity"),
    "unknown quantity": (cell("quantity", lambda q: np.nan), "quantity"),
    "stock of the origin misread": (cell("origin_available", lambda q: q + 20.0), "origin_available"),
    "share invented": (cell("share_units", lambda q: 3.0), "quantity"),
    "share forgotten": (cell("share_units", lambda q: np.inf, "milk", "FW1"), "share_units"),
    "weight off": (cell("weight_kg", lambda v: v * 2), "weight_kg"),
    "volume off": (cell("volume_l", lambda v: v + 1), "volume_l"),
    "value off": (cell("value_base", lambda v: v + 1), "value_base"),
    "packs miscounted": (cell("packs", lambda n: n + 1), "packs"),
    "unknown item": (cell("item_id", lambda s: "123"), "item_id"),
    "unknown origin": (cell("origin_id", lambda s: "XXX"), "origin_id"),
    "candidate as origin": (cell("origin_id", lambda s: "NEW"), "origin_id"),
    "hub as origin": (cell("origin_id", lambda s: "FW1"), "origin_id"),
    "origin without a lane": (cell("origin_id", lambda s: "CDU"), "mode"),
    "zone as destination": (cell("destination_id", lambda s: "Z2"), "destination_id"),
    "not listed at the destination": (cell("item_id", lambda s: "NA"), "destination_id"),
    "mode that does not run": (cell("mode", lambda s: "air"), "mode"),
    "arrival a day early": (cell("receipt_date", lambda d: d - DAY), "receipt_date"),
    "sent yesterday": (cell("order_date", lambda d: d - DAY), "order_date"),
    "day without departure": (cell("order_date", lambda d: d + DAY), "order_date"),
    "order date empty": (cell("order_date", lambda d: pd.NaT), "order_date"),
    "proposed passed off as planned": (cell("status", lambda s: "planned"), "status"),
    "all proposed": (lambda plan: replace(plan, lines=plan.lines.assign(status="proposed")), "status"),
    "number of another transfer": (cell("transfer_id", lambda s: "WUH_20250530_FW1"), "transfer_id"),
    "line number twice": (
        lambda plan: replace(plan, lines=pd.concat([plan.lines, plan.lines.iloc[:1]], ignore_index=True)),
        "line_id",
    ),
    "position does not add up": (cell("position", lambda p: p + 5.0), "position"),
    "stock misread": (cell("on_hand", lambda p: p + 5.0), "on_hand"),
    "lead time misquoted": (cell("lead_days", lambda n: n + 1), "lead_days"),
    "minimum stock invented": (cell("least_target", lambda q: q + 500.0), "quantity"),
    "column lost": (lambda plan: replace(plan, lines=plan.lines.drop(columns="mode")), "mode"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_caught(name: str) -> None:
    corrupt, field = CORRUPTIONS[name]
    made = plans("optimized")
    found = judge_transfers(made.dataset, corrupt(made.transfers), as_of=AS_OF, lost=made.demand)
    assert field in {one.field for one in found}


@pytest.mark.parametrize(
    ("control", "field"),
    [
        (ItemSite("00123", "HUB", do_not_order=True), "item_id"),
        (ItemSite("00123", "HUB", phase_out=True), "item_id"),
        (ItemSite("00123", "HUB", max_units=2.0), "quantity"),
        (ItemSite("00123", "HUB", listed=False), "destination_id"),
    ],
)
def test_a_planners_control_that_the_plan_ignores_is_caught(control: ItemSite, field: str) -> None:
    made = plans("optimized")
    dataset = replace(made.dataset, item_sites={**made.dataset.item_sites, ("00123", "HUB"): control})
    assert field in {one.field for one in judge_transfers(dataset, made.transfers, as_of=AS_OF)}


def test_a_closed_lane_is_caught() -> None:
    made = plans("optimized")
    closed = tuple(replace(lane, status="closed") for lane in made.dataset.lanes)
    found = judge_transfers(replace(made.dataset, lanes=closed), made.transfers, as_of=AS_OF)
    assert "mode" in {one.field for one in found}
