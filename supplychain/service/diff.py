"""What changed between the order and transfer plans of two runs, line by line, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table

__all__ = ["diff_plans"]

_COLUMNS = ["kind", "change", "source_id", "item_id", "site_id", "order_date", "before", "after", "reason"]
_KEY = ["source_id", "item_id", "site_id"]
_ALIKE = 1e-9

Line = Mapping[str, Any]

_CAUSES = {
    "policy": "policy",
    "model": "forecast model",
    "on_hand": "on hand",
    "blocked": "blocked",
    "backorder": "owed to customers",
    "on_order": "on order",
    "fed_position": "position of the sites fed",
    "protection_days": "protection interval in days",
    "expected_demand": "expected demand",
    "daily_demand": "daily demand",
    "cover_min_days": "smallest cover in days",
    "cover_max_days": "largest cover in days",
    "demand_variance": "demand variance",
    "lead_time_sd_days": "spread of the lead time in days",
    "service_level": "service level",
    "demand_quantile": "demand at the service level",
    "least_target": "planner's minimum stock",
    "reward_packs": "packs that earn more than they cost",
    "minimum_order_quantity": "minimum order quantity",
    "pack_units": "pack",
    "room_units": "room up to the planner's maximum",
    "sellable_units": "units that sell in time",
    "unit_cost": "landed unit cost",
    "selling_price": "selling price",
    "top_up_packs": "packs for the supplier's minimum",
    "share_units": "share of scarce stock",
}
"""Inputs of a line in the order in which they work; the planner's later steps follow from them."""


def diff_plans(before: RunResult, after: RunResult, *, planned: bool = False) -> pd.DataFrame:
    """Lines that are new, gone, moved to another day or changed in quantity from ``before`` to ``after``.

    Columns: kind (order, transfer), change (new, gone, moved, changed), source_id (supplier or origin), item_id,
    site_id, order_date (of ``after``; of ``before`` for gone lines), before and after (units), reason. Compares
    what is due on the planning day, with ``planned`` also the outlook. Raises PlanError when a run has no order plan.
    """
    rows: list[list[Any]] = []
    for kind, table, names in (
        ("order", "order_lines", {"supplier_id": "source_id"}),
        ("transfer", "transfer_lines", {"origin_id": "source_id"}),
    ):
        old, new = (plan_table(result, table).rename(columns=names) for result in (before, after))
        if kind == "transfer":
            old, new = (frame.assign(site_id=frame["destination_id"]) for frame in (old, new))
        rows += _diff(kind, _by_key(old), _by_key(new), waiting=_waiting(before) | _waiting(after), planned=planned)
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    return frame.sort_values(["kind", *_KEY, "order_date"], kind="stable").reset_index(drop=True)


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
    for key in sorted(before.keys() | after.keys()):
        old = {_day(line): line for line in before.get(key, ())}
        new = {_day(line): line for line in after.get(key, ())}
        for day in sorted(old.keys() | new.keys()):
            was, now = old.get(day), new.get(day)
            if not planned and all(line is None or line["status"] != "proposed" for line in (was, now)):
                continue
            row = _change(was, now, [old, new], waits=(key[0], key[2]) in waiting)
            if row is not None:
                change, reason = row
                units = [0.0 if line is None else float(line["quantity"]) for line in (was, now)]
                rows.append([kind, change, *key, day, *units, reason])
    return rows


def _change(was: Line | None, now: Line | None, days: list[dict[str, Line]], *, waits: bool) -> tuple[str, str] | None:
    if was is not None and now is not None:
        if abs(float(was["quantity"]) - float(now["quantity"])) <= _ALIKE:
            return None
        return "changed", _causes(was, now)
    here, there = (now, days[0]) if now is not None else (was, days[1])
    assert here is not None
    twin = next((line for day, line in there.items() if day not in days[0] or day not in days[1]), None)
    word = "new" if now is not None else "gone"
    if twin is not None:
        turn = "was on" if now is not None else "now on"
        pair = (twin, here) if now is not None else (here, twin)
        return "moved", f"{turn} {_day(twin)}: {_causes(*pair)}"
    if now is None and waits:
        return word, "the order waits for the supplier's minimum order value"
    position, target = float(here["position"]), float(here["target"])
    side = "" if now is not None else "before, "
    return word, f"{side}position {position:,.1f} against a target of {target:,.1f}"


def _causes(was: Line, now: Line) -> str:
    """The inputs that differ, in the order in which they work, at most four."""
    found = []
    for name, words in _CAUSES.items():
        old, new = was.get(name), now.get(name)
        if old is None or new is None or old == new:
            continue
        if isinstance(old, str):
            found.append(f"{words} {old} -> {new}")
        elif old == old and new == new and abs(float(old) - float(new)) > _ALIKE * max(1.0, abs(float(old))):  # noqa: PLR0124 - NaN
            found.append(f"{words} {float(old):,.6g} -> {float(new):,.6g}")
    shown = "; ".join(found[:4])
    return (shown + (f"; and {len(found) - 4} more" if len(found) > 4 else "")) or "the limits of the whole order"


def _day(line: Line) -> str:
    return str(line["order_date"])[:10]
