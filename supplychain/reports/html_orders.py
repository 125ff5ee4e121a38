"""The order plan on the page: heads by supplier, and the lines of the largest orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.approved_part import approved_and_left
from supplychain.plans.explain import approved_text, line_reason
from supplychain.reports.html_tables import Cell, HtmlTable, count, day_text, money, table, tight
from supplychain.reports.limit_text import limit_frame, tight_limits

__all__ = ["earlier_table", "head_table", "largest_orders", "limit_table", "line_why", "planned_note"]

_LINES_SHOWN = 25


def head_table(heads: pd.DataFrame, lines: pd.DataFrame, *, names: Mapping[str, str], currency: str) -> HtmlTable:
    """Orders of the planning day by supplier, site and date, with their value against the supplier's minimum."""
    today = heads[heads["status"] != "planned"]
    if len(today):
        today = today.sort_values(["supplier_id", "site_id", "order_date", "order_id"], kind="stable")
    held = lines[lines["held"].fillna("").ne("")].groupby("order_id").size()
    rows = []
    for head in today.to_dict("records"):
        minimum = float(head["minimum_order_value"])
        missing = float(head["missing_to_minimum"])
        against = "no minimum" if minimum <= 0 else f"minimum {money(minimum)}"
        if missing > 0:
            against += f", {money(missing)} missing"
        if int(head["trucks"]):
            against += f"; {int(head['trucks'])} trucks, the last {float(head['last_truck_fill']):.0%} full"
        stopped = int(held.get(head["order_id"], 0))
        done = int(head.get("approved_lines") or 0)
        part = f"{done} of {int(head['lines'])} approved" if 0 < done < int(head["lines"]) else ""
        rows.append(
            [
                _named(head["supplier_id"], names),
                _named(head["site_id"], names),
                Cell(str(head["status"]), note=part, kind=f"status {head['status']}"),
                tight(day_text(head["order_date"])),
                tight(day_text(head["receipt_date"])),
                Cell(f"{money(head['value'])} {head['currency']}", note=against, kind="short" if missing > 0 else ""),
                tight(day_text(head["payment_due_date"])),
                count(head["lines"]),
                Cell(str(stopped) if stopped else "0", kind="worse" if stopped else ""),
            ]
        )
    columns = ["Supplier", "Site", "Status", "Order date", "Receipt", "#Value", "Payment due", "#Lines", "#Held"]
    sums = approved_and_left(lines)["value_base"].to_dict()
    sums["waiting"] = today.loc[today["status"].eq("waiting"), "value_base"].sum()
    total = ", ".join(f"{money(value)} {currency} {state}" for state, value in sums.items() if value) or "none is due"
    return table(f"Orders of the planning day, by supplier ({total})", columns, rows)


def earlier_table(earlier: pd.DataFrame, *, names: Mapping[str, str], currency: str) -> HtmlTable | None:
    """Lines that earlier runs got approved and that the data set does not have yet; None where there are none."""
    if earlier.empty:
        return None
    rows = [
        [
            tight(str(line["line_id"])),
            _named(line["item_id"], names),
            _named(line["supplier_id"], names),
            count(line["quantity"]),
            f"{money(line['value'])} {line['currency']}",
            tight(day_text(line["receipt_date"])),
            Cell(str(line["approved_by"]), note=f"{str(line['approved_at'])[:10]}, run {line['approved_in_run']}"),
        ]
        for line in earlier.head(_LINES_SHOWN).to_dict("records")
    ]
    left = len(earlier) - len(rows)
    note = f"{left} more: supplychain plan show --all lists them." if left > 0 else ""
    total = f"{len(earlier)} for {money(earlier['value_base'].sum())} {currency}"
    title = f"Approved in earlier runs and not in open_orders yet ({total})"
    return table(title, ["Line", "Item", "Supplier", "#Units", "#Value", "Receipt", "Approved by"], rows, note=note)


def limit_table(limits: pd.DataFrame, *, currency: str) -> HtmlTable | None:
    """The month's budget, and other limits that bind or of which most is used; None where there are none."""
    tight = tight_limits(limits)
    if tight.empty:
        return None
    rows = []
    for row in limit_frame(tight, currency).to_dict("records"):
        amounts = [money(row[name]) for name in ("amount", "before", "tonight", "later", "left", "left_out")]
        rows.append([Cell(f"{row['limit']} {row['of']}".strip(), note=row["for"]), row["unit"], *amounts, row["price"]])
    columns = ["Limit", "Unit", "#Amount", "#Before", "#Tonight", "#Kept for later", "#Left", "#Left out", "#Price"]
    return table("Limits that orders share", columns, rows)


def planned_note(heads: pd.DataFrame, currency: str) -> str:
    """What the outlook holds beyond today: an expectation, never an order."""
    later = heads[heads["status"] == "planned"]
    if not len(later):
        return ""
    first, last = day_text(later["order_date"].min()), day_text(later["order_date"].max())
    return (
        f"Later, from {first} to {last}, {len(later):,} more orders for {money(later['value_base'].sum())} {currency} "
        "are expected. They are an outlook and are planned afresh each night."
    )


def largest_orders(
    heads: pd.DataFrame, lines: pd.DataFrame, *, names: Mapping[str, str], most: int = 5
) -> tuple[HtmlTable, ...]:
    """Lines of the largest orders due today, largest value first, each with its reason in a line."""
    due = heads[heads["status"] == "proposed"]
    due = due.sort_values(["value_base", "order_id"], ascending=[False, True], kind="stable").head(most)
    tables = []
    for head in due.to_dict("records"):
        own = lines[lines["order_id"] == head["order_id"]]
        own = own.sort_values(["value_base", "item_id"], ascending=[False, True], kind="stable")
        left = len(own) - _LINES_SHOWN
        note = f"{left} smaller lines are left out: supplychain plan show --all lists them." if left > 0 else ""
        rows = [_line(line, names) for line in own.head(_LINES_SHOWN).to_dict("records")]
        supplier, site = (names.get(head[key], head[key]) for key in ("supplier_id", "site_id"))
        caption = f"{head['order_id']}: {supplier} to {site}, {money(head['value'])} {head['currency']}"
        tables.append(
            table(caption, ["Item", "#Units", f"#Value ({head['currency']})", "Receipt", "Why"], rows, note=note)
        )
    return tuple(tables)


def _line(line: Mapping[str, Any], names: Mapping[str, str]) -> list[Cell]:
    held = str(line.get("held") or "")
    packs = int(line["packs"])
    state = "" if line["status"] == "proposed" else f"{str(line['status']).capitalize()}{approved_text(line)}"
    note = state or (f"Held for a second person: {held}" if held else "")
    return [
        _named(line["item_id"], names),
        Cell(count(line["quantity"]), note=f"{packs:,} packs of {count(line['pack_units'])}" if packs else ""),
        Cell(money(line["value"])),
        tight(day_text(line["receipt_date"])),
        Cell(line_why(line), note=note, kind="held" if held and not state else ""),
    ]


def line_why(line: Mapping[str, Any]) -> str:
    """Why the quantity is what it is, in one line."""
    parts = [f"target {count(line['target'])} − position {count(line['position'])} = need {count(line['need'])}"]
    if line["binding"] != "need":
        parts.append(line_reason(line))
    before, after = float(line["days_of_cover_before"]), float(line["days_of_cover_after"])
    if np.isfinite(before) and np.isfinite(after):
        parts.append(f"cover {before:,.0f} → {after:,.0f} days")
    if out := day_text(line.get("used_up_date")):
        parts.append(f"else used up on {out}")
    return "; ".join(parts)


def _named(key: Any, names: Mapping[str, str]) -> Cell:
    name = names.get(str(key), str(key))
    return Cell(name, note=str(key) if name != str(key) else "")
