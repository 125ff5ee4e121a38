"""Checks that what is told of too much stock and of its open orders does not contradict."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from supplychain.plans.violation import Violation

__all__ = ["judge_excess_orders"]

_PLAN = "order exceptions"
_KINDS = ("excess_stock", "dead_stock")
_TOLD = re.compile(r"\b(cancel|cut|postpone) order (\S+)(?: \(([\d.,]+) units?\))?(?: from (\S+) to ([\d.,-]+))?")
_DO = {"cancel": "cancel", "decrease": "cut", "postpone": "postpone"}


def judge_excess_orders(exceptions: pd.DataFrame, actions: pd.DataFrame) -> Iterator[Violation]:
    """Each open order of the item and site that should shrink or wait is named with its change, and no other order."""
    advised: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for line in actions.loc[actions["kind"].eq("open order") & actions["action"].isin(list(_DO))].to_dict("records"):
        new = {"decrease": _number(line["new_quantity"]), "postpone": str(line["new_due_date"])[:10]}
        told = (_DO[line["action"]], line["order_id"], new.get(line["action"], ""))
        advised.setdefault((line["item_id"], line["site_id"]), set()).add(told)
    for line in exceptions.loc[exceptions["kind"].isin(_KINDS)].to_dict("records"):
        wanted = advised.get((line["item_id"], line["site_id"]), set())
        given = {(verb, order, new.rstrip(";, ")) for verb, order, _, _, new in _TOLD.findall(line["fix"])}
        if given != wanted:
            rule = f"its open orders are advised {sorted(wanted) or 'to come as they are, or sooner'}"
            yield Violation(_PLAN, f"{line['rank']} ({line['kind']})", "fix", line["fix"], rule)
        if "on order" in line["fix"]:
            rule = "names orders by their number, with their own units"
            yield Violation(_PLAN, f"{line['rank']} ({line['kind']})", "fix", line["fix"], rule)


def _number(value: float) -> str:
    return f"{round(value, 1):,.1f}".removesuffix(".0")
