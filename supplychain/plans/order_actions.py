"""What to do with each order line that is open, approved or proposed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from supplychain.plans.amounts import units

__all__ = ["ACTIONS", "ACTION_COLUMNS", "action_number", "action_reason"]

ACTIONS = ("new", "increase", "decrease", "advance", "postpone", "cancel", "transfer", "keep")
"""Action messages: a new order line or transfer line of tonight, a change of an open order, or nothing to do."""

ACTION_COLUMNS = {
    "line_id": "str",
    "order_id": "str",
    "kind": "str",
    "action": "str",
    "source_id": "str",
    "item_id": "str",
    "site_id": "str",
    "quantity": "float64",
    "new_quantity": "float64",
    "pack_units": "float64",
    "minimum_order_quantity": "float64",
    "due_date": "datetime64[s]",
    "new_due_date": "datetime64[s]",
    "earliest_date": "datetime64[s]",
    "needed_date": "datetime64[s]",
    "sell_by_date": "datetime64[s]",
    "past_due_days": "int64",
    "frozen": "bool",
    "value_base": "float64",
    "margin": "float64",
    "lost_without": "float64",
    "unsold_cost": "float64",
    "lost_saved": "float64",
    "unsold_saved": "float64",
    "holding_saved": "float64",
    "saves": "float64",
    "lines_moved": "int64",
    "order_saves": "float64",
    "next_date": "datetime64[s]",
    "next_units": "float64",
    "move_from": "str",
    "move_units": "float64",
    "reason": "str",
}
"""One row a line.

``kind`` open order, approved order (the plan database says so), order line or transfer line (of tonight). ``action``
of ``ACTIONS``. ``source_id`` supplier or origin. ``quantity`` and ``due_date`` as they are (what is overdue keeps its
promised day and is counted as coming tomorrow), ``new_quantity`` and ``new_due_date`` as they should be.
``earliest_date`` to which it could be moved, ``needed_date`` first day on which expected demand exceeds stock and the
other orders (empty: not as far as the forecast reaches), ``sell_by_date`` by which its units must sell (end of the
item or of its shelf life; empty without one), ``past_due_days`` days by which it is late, ``frozen``: due so soon that
nothing is changed. Units and money in base currency: ``value_base`` of the line at its price; a lost sale costs
``margin`` a unit, a unit that does not sell in time ``unsold_cost``. Without the line ``lost_without`` units would be
lost until another order could be here (open orders only); the action avoids ``lost_saved`` units of lost
sales (never more than it orders) and ``unsold_saved`` units left over (negative: it risks them) and ``holding_saved``
money of holding stock, counted as far as the forecast reaches.
``move_from`` is the site whose excess serves an order that keeps instead of being raised (empty: none), by
``move_units``. ``saves`` = margin * lost_saved + unsold_cost * unsold_saved + holding_saved.
Lines of one order, supplier, site and day come together: of those that move there are ``lines_moved`` (0: it does not
move), which save ``order_saves`` in all, also where this one alone would save nothing. The plan's own next line of the
item and site brings ``next_units`` on ``next_date`` (empty: none is planned).
"""


def action_number(order_id: str, item_id: str, site_id: str) -> str:
    """Number of an open order's line: the same in every run."""
    return f"{order_id}_{item_id}_{site_id}"


def action_reason(line: Mapping[str, Any], *, currency: str, last_day: date) -> str:
    """Why, in a sentence or two for a buyer; ``last_day`` is as far as the forecast reaches."""
    action = str(line["action"])
    if action in ("new", "transfer"):
        return "proposed tonight"
    late = int(line["past_due_days"])
    start = f"Overdue by {_days(late)}: {_ASK.get(action, 'ask the supplier for a new date')}. " if late > 0 else ""
    if action == "keep":
        return start + _keep(line, last_day)
    return start + _CHANGES[action](line, last_day, currency) + _together(line, currency)


def _together(line: Mapping[str, Any], currency: str) -> str:
    moved = int(line["lines_moved"])
    if moved < 2:
        return ""
    day = f" on {_day(line['new_due_date'])}" if line["action"] == "decrease" else ""
    money = f"{float(line['order_saves']):,.2f} {currency}"
    return f" The {moved} lines of its order come together{day}, and that saves {money} in all."


def _keep(line: Mapping[str, Any], last_day: date) -> str:
    if line["kind"] == "approved order":
        return "Approved: it stays as it is."
    if line["frozen"]:
        return "Due so soon that nothing is changed any more."
    if line["move_from"]:
        return (
            f"It is too small by {units(line['move_units'])} for the time until a new order could be here, but do not "
            f"raise it: {line['move_from']} holds more than it needs, and to move them from there is cheaper."
        )
    needed = _day(line["needed_date"])
    if needed is None:
        return f"{_needed(line, last_day)}, but to change it saves too little to be worth it."
    when = "as soon as it can come" if int(line["past_due_days"]) > 0 else "as it is"
    return f"{_needed(line, last_day)}: it is needed {when}, and no other day or quantity saves enough to be worth it."


_ASK = {
    "cancel": "tell the supplier that it need not come any more",
    "postpone": "agree with the supplier on the later day below",
}


def _advance(line: Mapping[str, Any], last_day: date, currency: str) -> str:
    return (
        f"{_needed(line, last_day)}; on {_day(line['new_due_date'])} instead of {_day(line['due_date'])} it avoids "
        f"{units(line['lost_saved'])} of lost sales ({_money(line['lost_saved'], line['margin'], currency)}) for "
        f"{-float(line['holding_saved']):,.2f} {currency} more of holding cost."
    )


def _postpone(line: Mapping[str, Any], last_day: date, currency: str) -> str:
    return (
        f"{_needed(line, last_day)}; on {_day(line['new_due_date'])} instead of {_day(line['due_date'])} it saves "
        f"{float(line['holding_saved']):,.2f} {currency} of holding cost{_risk(line, currency)}."
    )


def _decrease(line: Mapping[str, Any], last_day: date, currency: str) -> str:
    end = _day(line["sell_by_date"])
    until = f"before {end}, when they can no longer be sold" if end else f"before {last_day}"
    money = float(line["unsold_saved"]) * float(line["unsold_cost"])
    return (
        f"{units(line['unsold_saved'])} of it are not expected to sell {until}; to leave them out saves {money:,.2f} "
        f"{currency} {'spent in vain' if end else 'of holding cost'}{_risk(line, currency)}."
    )


def _cancel(line: Mapping[str, Any], last_day: date, currency: str) -> str:
    if float(line["unsold_saved"]) > 0:
        return _decrease(line, last_day, currency)
    return (
        f"{_needed(line, last_day)}, and it can be ordered again in time; that saves "
        f"{float(line['holding_saved']):,.2f} {currency} of holding cost{_risk(line, currency)}."
    )


def _increase(line: Mapping[str, Any], last_day: date, currency: str) -> str:
    more = float(line["new_quantity"]) - float(line["quantity"])
    return (
        f"It is too small for the time until a new order could be here: {units(more)} more avoid "
        f"{units(line['lost_saved'])} of lost sales ({_money(line['lost_saved'], line['margin'], currency)}) and cost "
        f"{-float(line['holding_saved']):,.2f} {currency} of holding cost.{_next(line, more)}"
    )


def _next(line: Mapping[str, Any], more: float) -> str:
    """What the plan's own next line brings anyway, and need not bring twice."""
    day, planned = _day(line["next_date"]), float(line["next_units"])
    if day is None:
        return ""
    fewer = units(min(more, planned))
    return f" The plan's next line brings {units(planned)} on {day}: take {fewer} off it."


_CHANGES = {
    "advance": _advance,
    "postpone": _postpone,
    "decrease": _decrease,
    "cancel": _cancel,
    "increase": _increase,
}


def _needed(line: Mapping[str, Any], last_day: date) -> str:
    needed = _day(line["needed_date"])
    if needed is None:
        return f"Without it, stock and other orders last beyond {last_day}"
    return f"Without it, expected demand exceeds stock and other orders from {needed} on"


def _risk(line: Mapping[str, Any], currency: str) -> str:
    risk = -float(line["lost_saved"]) * float(line["margin"])
    return f" and risks {risk:,.2f} {currency} of margin" if round(risk, 2) > 0 else ""


def _money(units: Any, margin: Any, currency: str) -> str:
    return f"{float(units) * float(margin):,.2f} {currency} of margin"


def _days(count: int) -> str:
    return f"{count} day" + ("" if count == 1 else "s")


def _day(value: Any) -> date | None:
    text = str(value)[:10]
    return None if value is None or text in ("NaT", "None", "nan") else date.fromisoformat(text)
