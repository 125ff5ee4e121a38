"""What changed between the order and transfer plans of two runs, line by line, with the reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from supplychain.plans.order_plan import DECIDED
from supplychain.service.diff_causes import CAUSES, told_change
from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table

__all__ = ["diff_plans", "plan_stability"]

_COLUMNS = [
    "kind", "change", "source_id", "item_id", "site_id", "order_date", "before", "after", "value_change", "cause",
    "reason",
]  # fmt: skip
_KEY = ["source_id", "item_id", "site_id"]
_ALIKE = 1e-9
_LIMITS = ("replenish.budget_per_month",)  # settings that are shared limits: what they change is a constraint

Line = Mapping[str, Any]


def diff_plans(before: RunResult, after: RunResult, *, planned: bool = False) -> pd.DataFrame:
    """Lines that are new, gone, moved to another day or changed in quantity from ``before`` to ``after``.

    Columns: kind (order, transfer), change (new, gone, moved, changed), source_id (supplier or origin), item_id,
    site_id, order_date (of ``after``; of ``before`` for gone lines), before and after (units), value_change (base
    currency), cause (of forecast, stock, lead time, price, parameter, constraint and control; several with commas, the
    largest part first), reason with the units and figures of each cause, and one column of units for each cause, as
    ``split_change`` has them. The largest changes of value come first. Compares what is due on the later of the two
    planning days: lines that the earlier plan had before it are placed or dropped by then, and those that its outlook
    had for that day are held against what the later plan orders. What the earlier plan ordered before that day counts
    as on order of it: a stock that lacks it is a cause. Lines that were approved and that the other run counts as
    ordered tonight are no difference. With ``planned`` also the outlook after that day.
    Raises PlanError when a run has no order plan.
    """
    first = max(before.as_of, after.as_of).isoformat()
    plans = _both(before, after)
    sides = (_Side(before, first), _Side(after, first))
    rows: list[list[Any]] = []
    for kind, (old, new) in plans.items():
        rows += _diff(kind, _by_key(old, first), _by_key(new, first), sides=sides, planned=planned, first=first)
    frame = pd.DataFrame(rows, columns=[*_COLUMNS, *_units(CAUSES)])
    size = frame["value_change"].astype("float64").abs().round(2)
    order = frame.assign(size=-size).sort_values(["size", "kind", *_KEY, "order_date"], kind="stable")
    return order.drop(columns="size").reset_index(drop=True)


def plan_stability(before: RunResult, after: RunResult, *, planned: bool = False) -> pd.DataFrame:
    """How nervous the plan is: one row each for orders and transfers.

    Columns: kind, lines (in either plan), changed (new, gone, moved or changed), share_of_lines, value_before,
    value_after, value_changed (sum of absolute changes; base currency) and share_of_value: value_changed by the value
    of all lines, each at the larger of its two values. So both shares lie between 0 and 1: a plan that shares no line
    with the other has changed whole. (The rate of nervousness of Sridharan, Berry and Udayabhanu, Decision Sciences 19,
    1988, divides by the earlier plan alone and has no upper end.) Shares are empty where there is nothing to divide by.
    The lines are those that ``diff_plans`` compares.
    """
    frame, rows = diff_plans(before, after, planned=planned), []
    first = pd.Timestamp(max(before.as_of, after.as_of))
    for kind, plans in _both(before, after).items():
        old, new = (
            plan.loc[plan["order_date"].ge(first) if planned else plan["order_date"].eq(first)] for plan in plans
        )
        worth = pd.concat([plan.groupby([*_KEY, "order_date"])["value_base"].sum() for plan in (old, new)], axis=1)
        lines, part = len(worth), frame.loc[frame["kind"].eq(kind)]
        values = [float(plan["value_base"].sum()) for plan in (old, new)]
        moved, larger = float(part["value_change"].abs().sum()), float(worth.astype("float64").max(axis=1).sum())
        shares = [len(part) / lines if lines else math.nan, moved / larger if larger else math.nan]
        rows.append([kind, lines, len(part), shares[0], *values, moved, shares[1]])
    columns = ["kind", "lines", "changed", "share_of_lines", "value_before", "value_after", "value_changed"]
    return pd.DataFrame(rows, columns=[*columns, "share_of_value"])


class _Side:
    """What one of the two runs knows of rows of which it orders nothing on a day."""

    def __init__(self, result: RunResult, first: str) -> None:
        heads = plan_table(result, "order_heads")
        self.as_of = result.as_of.isoformat()
        self._placed = _placed_before(result, first)
        self.placed_value = _placed_value(heads, first)
        held = heads.loc[heads["status"].eq("waiting")]
        self.waiting = set(zip(held["supplier_id"], held["site_id"], strict=True))
        rows = result.tables.get("order_rows")
        lines = [] if rows is None else rows.to_dict("records")
        self._rows = {(line["kind"], line["source_id"], line["item_id"], line["site_id"]): line for line in lines}
        cut = result.tables.get("order_waiting")
        for line in [] if cut is None else cut.loc[cut["status"].eq("left_out")].to_dict("records"):
            self._rows[("order", line["supplier_id"], line["item_id"], line["site_id"])] = line
        steps = result.manifest.get("steps", ())
        assert isinstance(steps, list | tuple)
        inputs: dict[str, str] = next((dict(step["inputs"]) for step in steps if step["name"] == "replenish"), {})
        settings = {name: value for name, value in inputs.items() if name.startswith("replenish.")}
        settings = {name: value for name, value in settings.items() if name not in _LIMITS}
        self._made_from = {"settings": settings, "forecast": inputs.get("forecast", "")} if settings else {}

    def known(self, line: Line) -> Line:
        """The line with the settings and the forecast that its run was made with, as far as the manifest has them."""
        return {**line, **self._made_from}

    def figures(self, kind: str, key: tuple[str, str, str]) -> Line | None:
        """The row's figures on the first day compared, as a line of no units; None where it has none.

        They are those of the planning day, and on order is what the plan itself ordered from then on (placed_units).
        """
        found = self._rows.get((kind, *key))
        if found is None:
            return None
        placed = self._placed.get(key[1:], 0.0)
        on_order = float(found["on_order"]) + placed
        return self.known({**found, "quantity": 0.0, "on_order": on_order, "placed_units": placed})


def _placed_before(result: RunResult, first: str) -> dict[tuple[str, str], float]:
    """Units of orders and transfers of the plan that it makes before the day ``first``, by item and site."""
    moves = plan_table(result, "transfer_lines").rename(columns={"destination_id": "site_id"})
    found: dict[tuple[str, str], float] = {}
    for lines in (plan_table(result, "order_lines"), moves):
        for line in lines.to_dict("records"):
            if _day(line) < first:
                key = (str(line["item_id"]), str(line["site_id"]))
                found[key] = found.get(key, 0.0) + float(line["quantity"])
    return found


def _placed_value(heads: pd.DataFrame, first: str) -> dict[tuple[str, str], tuple[float, float, str]]:
    """What is placed already of the orders of the day ``first``, their minimum and currency, by supplier and site."""
    if "placed_value" not in heads:
        return {}
    return {
        (str(head["supplier_id"]), str(head["site_id"])): (
            float(head["placed_value"]), float(head["minimum_order_value"]), str(head["currency"])
        )
        for head in heads.to_dict("records")
        if head["status"] in ("proposed", *DECIDED) and _day(head) == first
    }  # fmt: skip


def _units(causes: Iterable[str]) -> list[str]:
    return [f"by_{cause.replace(' ', '_')}" for cause in causes]


def _both(before: RunResult, after: RunResult) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Lines of both runs by kind, with source_id and site_id."""
    orders = [plan_table(run, "order_lines").rename(columns={"supplier_id": "source_id"}) for run in (before, after)]
    orders = [_with_placed(orders[0], orders[1], before), _with_placed(orders[1], orders[0], after)]
    moves = [
        plan_table(run, "transfer_lines").rename(columns={"origin_id": "source_id", "destination_id": "site_id"})
        for run in (before, after)
    ]
    return {"order": (orders[0], orders[1]), "transfer": (moves[0], moves[1])}


def _with_placed(lines: pd.DataFrame, others: pd.DataFrame, run: RunResult) -> pd.DataFrame:
    """The run's lines with those approved ``others`` that it counts as placed tonight: they are no difference.

    Where the run orders more of the same item tonight, the approved line is a cause of the change instead.
    """
    actions = run.tables.get("order_actions")
    if actions is None:
        return lines
    under_way = actions.loc[actions["kind"].eq("approved order"), ["order_id", "item_id", "site_id", "quantity"]]
    known = {tuple(row) for row in under_way.itertuples(index=False)}
    mine = set(zip(*(lines[name] for name in (*_KEY, "order_date")), strict=True))
    placed = [
        (line.order_id, line.item_id, line.site_id, line.quantity) in known
        and (line.source_id, line.item_id, line.site_id, line.order_date) not in mine
        and line.order_date == pd.Timestamp(run.as_of)
        for line in others.itertuples(index=False)
    ]
    if not any(placed):
        return lines
    return pd.DataFrame([*lines.to_dict("records"), *others.loc[placed].to_dict("records")], columns=lines.columns)


def _by_key(lines: pd.DataFrame, first: str) -> dict[tuple[str, str, str], list[Line]]:
    """Lines from the day ``first`` on, by source, item and site."""
    found: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines.sort_values("order_date", kind="stable").to_dict("records"):
        if _day(line) >= first:
            found.setdefault((line["source_id"], line["item_id"], line["site_id"]), []).append(line)
    return found


def _diff(
    kind: str,
    before: Mapping[tuple[str, str, str], list[Line]],
    after: Mapping[tuple[str, str, str], list[Line]],
    *,
    sides: tuple[_Side, _Side],
    planned: bool,
    first: str,
) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for key in sorted(before.keys() | after.keys()):
        days = [{_day(line): line for line in plan.get(key, ())} for plan in (before, after)]
        for day in sorted(days[0].keys() | days[1].keys()):
            if not planned and day != first:
                continue
            was, now = days[0].get(day), days[1].get(day)
            row = _change(kind, key, was, now, days=days, sides=sides)
            if row is not None:
                units, values = (
                    [0.0 if line is None else float(line[name]) for line in (was, now)]
                    for name in ("quantity", "value_base")
                )
                change, cause, reason, parts = row
                shares = [parts.get(one, 0.0) for one in CAUSES]
                rows.append([kind, change, *key, day, *units, values[1] - values[0], cause, reason, *shares])
    return rows


def _change(
    kind: str,
    key: tuple[str, str, str],
    was: Line | None,
    now: Line | None,
    *,
    days: list[dict[str, Line]],
    sides: tuple[_Side, _Side],
) -> tuple[str, str, str, dict[str, float]] | None:
    """Change, cause, reason and units by cause; None where the quantities agree."""
    if was is not None and now is not None:
        if abs(float(was["quantity"]) - float(now["quantity"])) <= _ALIKE:
            return None
        cause, reason, parts = told_change(sides[0].known(was), sides[1].known(now))
        return "changed", cause, reason + _placed_text(kind, key, sides), parts
    here, there = (now, days[0]) if now is not None else (was, days[1])
    assert here is not None
    twin = next((line for day, line in there.items() if day not in days[0] or day not in days[1]), None)
    word = "new" if now is not None else "gone"
    side, own = sides if now is not None else sides[::-1]
    here = own.known(here)
    other = side.figures(kind, key)
    if twin is not None:
        turn = "was on" if now is not None else "now on"
        cause, reason, parts = told_change(*_in_order(other or twin, here, new=now is not None))
        lacking = "" if other is None else _lacking_text(other, here, side)
        return "moved", cause, f"{turn} {_day(twin)}: {reason}{lacking}", parts
    if kind == "order" and (key[0], key[2]) in side.waiting:
        units = float(here["quantity"]) * (1.0 if now is not None else -1.0)
        does = "waits" if now is None else "waited"
        return word, "constraint", f"the order {does} for the supplier's minimum order value", {"constraint": units}
    if other is None:
        return word, "constraint", "the other run does not replenish it from this source", {}
    cause, reason, parts = told_change(*_in_order(other, here, new=now is not None))
    reason += _lacking_text(other, here, side) + _placed_text(kind, key, sides)
    return word, cause, reason, parts


def _lacking_text(was: Line, now: Line, side: _Side) -> str:
    """What the earlier plan ordered of the row, where neither stock nor open orders of the later one can hold it."""
    placed = float(was.get("placed_units", 0.0))
    days = (pd.Timestamp(_day(now)) - pd.Timestamp(side.as_of)).days
    sold = days * float(was["expected_demand"]) / max(float(was["protection_days"]), 1.0)
    own = [float(line["on_hand"]) + float(line["on_order"]) for line in (was, now)]
    if placed <= 0 or own[0] - sold - own[1] < placed / 2:
        return ""
    return (
        f"; the {placed:,.10g} units that the plan of {side.as_of} ordered or sent are not in the later data "
        "(stock, open orders, transfers)"
    )


def _placed_text(kind: str, key: tuple[str, str, str], sides: tuple[_Side, _Side]) -> str:
    """What is placed already of the order of the line, where that differs: the rest has that much less to fill."""
    if kind != "order":
        return ""
    old, new = (side.placed_value.get((key[0], key[2])) for side in sides)
    if old is None or new is None or abs(old[0] - new[0]) <= _ALIKE * max(1.0, old[0]):
        return ""
    return (
        f"; {new[0]:,.2f} {new[2]} of the order are placed already (before: {old[0]:,.2f}), so the rest has to fill "
        f"{max(new[1] - new[0], 0.0):,.2f} of the minimum of {new[1]:,.2f}"
    )


def _in_order(other: Line, here: Line, *, new: bool) -> tuple[Line, Line]:
    return (other, here) if new else (here, other)


def _day(line: Line) -> str:
    return str(line["order_date"])[:10]
