"""Exceptions, open orders that should change, and the weekly cash view on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.plans.cash_weeks import CASH_STATES
from supplychain.plans.order_exceptions import KINDS
from supplychain.reports.html_tables import Cell, HtmlTable, count, day_text, money, table, tight

__all__ = ["REVIEWED", "action_table", "cash_table", "exception_table"]

REVIEWED = {"exceptions": "order_exceptions", "actions": "order_actions", "cash": "cash_weeks"}
"""Tables of a run behind each part."""

_MOST = 15


def _shell_line(command: str, run_id: str) -> str:
    """The command about the run; empty where it is about the data, whose place a report does not know."""
    words = command.split()
    if words[1:2] == ["explain"]:
        return f"supplychain {command} --run {run_id}"
    return " ".join(["supplychain", *words[:2], run_id, *words[2:]]) if words[:1] == ["plan"] else ""


def exception_table(frame: pd.DataFrame, *, names: Mapping[str, str], currency: str, run_id: str) -> HtmlTable:
    """The first exceptions, each with its reason, remedy and the command that explains more."""
    rows = []
    for line in frame.head(_MOST).to_dict("records"):
        command = str(line["command"])
        code = _shell_line(command, run_id)
        rows.append(
            [
                Cell(str(line["rank"])),
                Cell(
                    KINDS[line["kind"]], note=str(line["severity"]), kind="worse" if line["severity"] == "high" else ""
                ),
                _where(line, names),
                Cell(money(line["money"]), note=str(line["money_is"])),
                Cell(str(line["what"]), note=f"why: {line['why']}"),
                Cell(str(line["fix"]), code=code),
            ]
        )
    heads = ["Rank", "What", "Where", f"#Money ({currency})", "What is seen", "What to do"]
    left = len(frame) - len(rows)
    note = f"{left:,} more: supplychain plan exceptions {run_id} --all lists them." if left > 0 else ""
    return table(f"Exceptions ({len(frame):,})", heads, rows, note=note)


def _where(line: Mapping[Any, Any], names: Mapping[str, str]) -> Cell:
    ids = [str(line[key]) for key in ("item_id", "site_id") if line[key]] or [str(line["supplier_id"])]
    named = [names.get(key, "") for key in ids]
    return Cell(" at ".join(ids), note=" at ".join(name for name, key in zip(named, ids, strict=True) if name != key))


def action_table(frame: pd.DataFrame, *, names: Mapping[str, str], currency: str, run_id: str) -> HtmlTable:
    """Open orders that should come sooner, later, larger, smaller or not at all, and overdue ones."""
    under_way = frame.loc[frame["kind"].isin(["open order", "approved order"])]
    changed = under_way.loc[under_way["action"].ne("keep") | under_way["past_due_days"].gt(0)]
    rows = []
    for line in changed.head(_MOST).to_dict("records"):
        late = int(line["past_due_days"])
        new_day = day_text(line["new_due_date"])
        moved = new_day if new_day != day_text(line["due_date"]) else ""
        grown = count(line["new_quantity"]) if line["new_quantity"] != line["quantity"] else ""
        rows.append(
            [
                Cell(str(line["order_id"]), note=names.get(str(line["source_id"]), str(line["source_id"]))),
                _where(line, names),
                Cell(str(line["action"]), note=f"{late} days late" if late else "", kind="worse" if late else ""),
                Cell(count(line["quantity"]), note=f"→ {grown}" if grown else ""),
                Cell(day_text(line["due_date"]), note=f"→ {moved}" if moved else "", kind="tight"),
                Cell(money(line["saves"]) if line["action"] != "keep" else ""),
                Cell(str(line["reason"])),
            ]
        )
    heads = ["Order", "Item and site", "Do", "#Units", "Due", f"#Saves ({currency})", "Why"]
    left = len(changed) - len(rows)
    note = f"{left:,} more: supplychain plan actions {run_id} --all lists them." if left > 0 else ""
    return table(f"{len(changed):,} of {len(under_way):,} open order lines", heads, rows, note=note)


def cash_table(frame: pd.DataFrame, *, names: Mapping[str, str], currency: str, run_id: str) -> HtmlTable:
    """Weeks in which money leaves, in base currency; ``names`` are not needed."""
    del names
    paid = frame.loc[frame["total"].ne(0)].copy()
    rate = paid["total_base"] / paid["total"]
    parts = {name: paid[name] * rate for name in (*CASH_STATES, "fees")}
    base = paid[["week", "week_start"]].assign(**parts, total=paid["total_base"])
    sums = base.groupby(["week", "week_start"], sort=True).sum().reset_index()
    sums = sums.assign(so_far=sums["total"].cumsum())
    rows = [
        [Cell(str(line["week"])), tight(day_text(line["week_start"]))]
        + [Cell(money(line[name])) for name in (*CASH_STATES, "fees", "total", "so_far")]
        for line in sums.to_dict("records")
    ]
    heads = ["Week", "From", *(f"#{name.capitalize()}" for name in (*CASH_STATES, "fees", "total"))]
    dates = "By the day of payment; a month's budget counts orders by their order date."
    note = f"{dates} By currency: supplychain plan cash {run_id}"
    return table(f"All currencies in {currency}", [*heads, "#Total so far"], rows, note=note)
