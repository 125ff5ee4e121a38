"""What changed between the order and transfer plans of two runs, line by line, with the reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table

__all__ = ["diff_plans", "plan_stability"]

_COLUMNS = [
    "kind", "change", "source_id", "item_id", "site_id", "order_date", "before", "after", "value_change", "cause",
    "reason",
]  # fmt: skip
_KEY = ["source_id", "item_id", "site_id"]
_ALIKE = 1e-9
_TELLING = 0.005  # share of its value by which an input must have changed to be told beside others

Line = Mapping[str, Any]

_CAUSES = {
    "parameter": {
        "policy": "policy",
        "service_level": "service level",
        "cover_min_days": "smallest cover in days",
        "cover_max_days": "largest cover in days",
    },
    "forecast": {
        "model": "forecast model",
        "expected_demand": "expected demand",
        "daily_demand": "daily demand",
        "demand_variance": "demand variance",
    },
    "stock": {
        "on_hand": "on hand",
        "blocked": "blocked",
        "backorder": "owed to customers",
        "on_order": "on order",
        "expected_waste": "expected to expire unsold",
        "fed_position": "position of the sites fed",
    },
    "lead time": {
        "protection_days": "protection interval in days",
        "lead_time_sd_days": "spread of the lead time in days",
    },
    "price": {"unit_cost": "landed unit cost", "selling_price": "selling price"},
    "constraint": {
        "least_target": "planner's minimum stock",
        "minimum_order_quantity": "minimum order quantity",
        "pack_units": "pack",
        "room_units": "room up to the planner's maximum",
        "sellable_units": "units that sell in time",
        "top_up_packs": "packs for the supplier's minimum",
        "share_units": "share of scarce stock",
    },
}
"""Inputs of a line by the kind of cause, in the order in which they are told."""
_FOLLOWS = {"demand_quantile": "demand at the service level", "reward_packs": "packs that earn more than they cost"}
"""What follows from a forecast's spread, a service level or the cost of stock: told where no input says more."""


def diff_plans(before: RunResult, after: RunResult, *, planned: bool = False) -> pd.DataFrame:
    """Lines that are new, gone, moved to another day or changed in quantity from ``before`` to ``after``.

    Columns: kind (order, transfer), change (new, gone, moved, changed), source_id (supplier or origin), item_id,
    site_id, order_date (of ``after``; of ``before`` for gone lines), before and after (units), value_change (base
    currency), cause (of forecast, stock, lead time, price, parameter, constraint; several with commas) and reason with
    figures. The largest changes of value come first. Compares what is due on the planning day, with ``planned`` also
    the outlook. Raises PlanError when a run has no order plan.
    """
    rows: list[list[Any]] = []
    for kind, (old, new) in _both(before, after).items():
        rows += _diff(kind, _by_key(old), _by_key(new), waiting=_waiting(before) | _waiting(after), planned=planned)
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    size = frame["value_change"].astype("float64").abs().round(2)
    order = frame.assign(size=-size).sort_values(["size", "kind", *_KEY, "order_date"], kind="stable")
    return order.drop(columns="size").reset_index(drop=True)


def plan_stability(before: RunResult, after: RunResult, *, planned: bool = False) -> pd.DataFrame:
    """How nervous the plan is: one row each for orders and transfers.

    Columns: kind, lines (in either plan), changed (new, gone, moved or changed), share_of_lines, value_before,
    value_after, value_changed (sum of absolute changes; base currency) and share_of_value, that is value_changed by
    value_before: the rate of nervousness of Sridharan, Berry and Udayabhanu (Decision Sciences 19, 1988), in money.
    Shares are empty where there is nothing to divide by.
    """
    frame, rows = diff_plans(before, after, planned=planned), []
    due = ["proposed", "planned"] if planned else ["proposed"]
    for kind, plans in _both(before, after).items():
        old, new = (plan.loc[plan["status"].isin(due)] for plan in plans)
        keys = [set(zip(*(plan[name] for name in (*_KEY, "order_date")), strict=True)) for plan in (old, new)]
        lines, part = len(keys[0] | keys[1]), frame.loc[frame["kind"].eq(kind)]
        values = [float(plan["value_base"].sum()) for plan in (old, new)]
        moved = float(part["value_change"].abs().sum())
        shares = [len(part) / lines if lines else math.nan, moved / values[0] if values[0] else math.nan]
        rows.append([kind, lines, len(part), shares[0], *values, moved, shares[1]])
    columns = ["kind", "lines", "changed", "share_of_lines", "value_before", "value_after", "value_changed"]
    return pd.DataFrame(rows, columns=[*columns, "share_of_value"])


def _both(before: RunResult, after: RunResult) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Lines of both runs by kind, with source_id and site_id."""
    orders = [plan_table(run, "order_lines").rename(columns={"supplier_id": "source_id"}) for run in (before, after)]
    moves = [
        plan_table(run, "transfer_lines").rename(columns={"origin_id": "source_id", "destination_id": "site_id"})
        for run in (before, after)
    ]
    return {"order": (orders[0], orders[1]), "transfer": (moves[0], moves[1])}


def _by_key(lines: pd.DataFrame) -> dict[tuple[str, str, str], list[Line]]:
    found: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines.sort_values("order_date", kind="stable").to_dict("records"):
        found.setdefault((line["source_id"], line["item_id"], line["site_id"]), []).append(line)
    return found


def _waiting(result: RunResult) -> set[tuple[str, str]]:
    heads = plan_table(result, "order_heads")
    held = heads.loc[heads["status"].eq("waiting")]
    return set(zip(held["supplier_id"], held["site_id"], strict=True))


def _diff(
    kind: str,
    before: Mapping[tuple[str, str, str], list[Line]],
    after: Mapping[tuple[str, str, str], list[Line]],
    *,
    waiting: set[tuple[str, str]],
    planned: bool,
) -> list[list[Any]]:
    rows: list[list[Any]] = []
    policies = [next((line["policy"] for lines in plan.values() for line in lines), "") for plan in (before, after)]
    for key in sorted(before.keys() | after.keys()):
        old = {_day(line): line for line in before.get(key, ())}
        new = {_day(line): line for line in after.get(key, ())}
        for day in sorted(old.keys() | new.keys()):
            was, now = old.get(day), new.get(day)
            if not planned and all(line is None or line["status"] != "proposed" for line in (was, now)):
                continue
            row = _change(was, now, [old, new], waits=(key[0], key[2]) in waiting, policies=policies)
            if row is not None:
                units, values = (
                    [0.0 if line is None else float(line[name]) for line in (was, now)]
                    for name in ("quantity", "value_base")
                )
                change, cause, reason = row
                rows.append([kind, change, *key, day, *units, values[1] - values[0], cause, reason])
    return rows


def _change(
    was: Line | None, now: Line | None, days: list[dict[str, Line]], *, waits: bool, policies: list[str]
) -> tuple[str, str, str] | None:
    """Change, cause and reason; None where the quantities agree."""
    if was is not None and now is not None:
        if abs(float(was["quantity"]) - float(now["quantity"])) <= _ALIKE:
            return None
        return "changed", *_causes(was, now)
    here, there = (now, days[0]) if now is not None else (was, days[1])
    assert here is not None
    twin = next((line for day, line in there.items() if day not in days[0] or day not in days[1]), None)
    word = "new" if now is not None else "gone"
    if twin is not None:
        turn = "was on" if now is not None else "now on"
        cause, reason = _causes(*((twin, here) if now is not None else (here, twin)))
        return "moved", cause, f"{turn} {_day(twin)}: {reason}"
    if now is None and waits:
        return word, "constraint", "the order waits for the supplier's minimum order value"
    position, target = float(here["position"]), float(here["target"])
    reason = f"{'' if now is not None else 'before, '}position {position:,.1f} against a target of {target:,.1f}"
    if all(policies) and policies[0] != policies[1]:
        return word, "parameter", f"policy {policies[0]} -> {policies[1]}; {reason}"
    return word, "", reason


def _causes(was: Line, now: Line) -> tuple[str, str]:
    """Kinds of the inputs that differ, and at most four of these with their figures."""
    for least in (_TELLING, _ALIKE):  # what hardly changed is told only where nothing else did
        kinds = {kind: _differing(was, now, names, least) for kind, names in _CAUSES.items()}
        kinds = {kind: found for kind, found in kinds.items() if found}
        if kinds:
            break
    found = [text for texts in kinds.values() for text in texts]
    if not found:
        found = _differing(was, now, _FOLLOWS, _ALIKE)
        kinds = {"forecast or cost of stock": found} if found else {"constraint": ["the limits of the whole order"]}
        found = found or kinds["constraint"]
    more = f"; and {len(found) - 4} more" if len(found) > 4 else ""
    return ", ".join(kinds), "; ".join(found[:4]) + more


def _differing(was: Line, now: Line, names: Mapping[str, str], least: float) -> list[str]:
    """Inputs that differ by more than ``least`` of what they were, with their figures."""
    found = []
    for name, words in names.items():
        old, new = was.get(name), now.get(name)
        if old is None or new is None or old == new or (name == "daily_demand" and now["policy"] != "today"):
            continue  # the other policies see the expected demand, which is told
        if isinstance(old, str):
            found.append(f"{words} {old} -> {new}")
        elif old == old and new == new and abs(float(old) - float(new)) > least * max(1.0, abs(float(old))):  # noqa: PLR0124 - NaN
            found.append(f"{words} {float(old):,.4g} -> {float(new):,.4g}")
    return found


def _day(line: Line) -> str:
    return str(line["order_date"])[:10]
