"""What to do with an order that is under way, in words: its action message and the figures behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from supplychain.plans.amounts import amount
from supplychain.plans.explain import approved_text
from supplychain.service.order_view import base_currency, item_names
from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table

__all__ = ["LineExplanation", "explain_under_way"]


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """What was asked for, explained.

    ``kind`` is order or transfer (a line), order head or transfer head (a whole one), open order or approved order (a
    line under way), or nothing (an item that is not ordered at a site). ``line`` is the record; ``recomputed`` a
    proposed or planned line's quantity from ``line`` alone, else None.
    """

    kind: str
    line: Mapping[str, Any]
    text: str
    recomputed: float | None = None


_DO = {
    "keep": "Leave it as it is.",
    "advance": "Ask for it on {new_day} instead of {due}.",
    "postpone": "Ask for it on {new_day} instead of {due}.",
    "increase": "Ask for {new_quantity} units instead of {quantity}.",
    "decrease": "Ask for {new_quantity} units instead of {quantity}.",
    "decrease and move": "Ask for {new_quantity} units instead of {quantity}, on {new_day} instead of {due}.",
    "cancel": "Cancel it.",
}


def explain_under_way(
    result: RunResult, *, number: str | None = None, item_id: str | None = None, site_id: str | None = None
) -> Iterator[LineExplanation]:
    """Open and approved order lines of a line or order ``number``, or of an item at a site, each with what to do."""
    frame = plan_table(result, "order_actions")
    frame = frame.loc[frame["kind"].isin(["open order", "approved order"])]
    if number is not None:
        frame = frame.loc[frame["line_id"].eq(number) | frame["order_id"].eq(number)]
    else:
        frame = frame.loc[frame["item_id"].eq(item_id) & frame["site_id"].eq(site_id)]
    names, currency = item_names(result), base_currency(result)
    told = plan_table(result, "order_exceptions")
    small = told.loc[told["kind"].eq("below_minimum")].to_dict("records")
    for line in frame.to_dict("records"):
        below = [_below(one) for one in small if line["kind"] == "approved order" and _is_of(line, one)]
        text = _text(line, str(names.get(line["item_id"], "")), currency, below)
        yield LineExplanation(str(line["kind"]), {**line, "status": line["action"]}, text)


def _is_of(line: Mapping[Any, Any], told: Mapping[Any, Any]) -> bool:
    """Whether the line is part of the order that the exception tells of: its number, or that with _2, _3 and so on."""
    number = str(told["order_id"])
    return bool(line["order_id"] == number or str(line["order_id"]).startswith(f"{number}_"))


def _below(told: Mapping[Any, Any]) -> str:
    return f"Below the minimum: {told['what']}, and the supplier may refuse it. To do: {told['fix']}."


def _text(line: Mapping[Any, Any], name: str, currency: str, below: Sequence[str]) -> str:
    due, quantity = _day(line["due_date"]), amount(line["quantity"])
    late = int(line["past_due_days"])
    was = f"was due on {due}, {late} {'day' if late == 1 else 'days'} ago" if late > 0 else f"is due on {due}"
    parts = [
        f"Order {line['order_id']}: {quantity} units of {line['item_id']} {name} for {line['site_id']} from "
        f"{line['source_id']}, worth {float(line['value_base']):,.2f} {currency}; it {was}.",
        _DO[_verb(line)].format(
            new_day=_day(line["new_due_date"]), due=due, quantity=quantity, new_quantity=amount(line["new_quantity"])
        ),
        str(line["reason"]),
    ]
    if below:  # the supplier may refuse it, so it cannot be left as it is
        parts[1:] = below
    if approved := approved_text(line):
        parts.insert(1, f"Approved{approved} in run {line['approved_in_run']}.")
    if line["action"] != "keep":
        bound = (
            f"; sooner than {_day(line['earliest_date'])} it can hardly be here" if line["action"] == "advance" else ""
        )
        of_order = " with the other lines of its order" if int(line["lines_moved"]) > 1 else ""
        saves = float(line["order_saves"] if of_order else line["saves"])
        parts.append(f"That saves about {saves:,.2f} {currency}{of_order}{bound}.")
    if float(line["lost_without"]) >= _TELLING and line["action"] != "cancel":  # its reason tells what that risks
        money = float(line["lost_without"]) * float(line["margin"])
        parts.append(
            f"If it never came, about {amount(line['lost_without'])} units ({money:,.2f} {currency} of margin) would "
            "be lost until another order could be here."
        )
    return "\n".join(parts)


def _verb(line: Mapping[Any, Any]) -> str:
    both = line["action"] == "decrease" and line["new_due_date"] != line["due_date"]
    return "decrease and move" if both else str(line["action"])


_TELLING = 0.5  # units of expected lost sales


def _day(value: Any) -> str:
    return "" if pd.isna(value) else str(value)[:10]
