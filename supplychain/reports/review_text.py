"""Action messages, exceptions and the cash view as plain text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from supplychain.plans.cash_weeks import CASH_STATES
from supplychain.plans.order_exceptions import KINDS
from supplychain.plans.order_limits import LIMITS
from supplychain.reports.text import frame_text, harmless

__all__ = ["actions_text", "cash_text", "exceptions_text"]

_NAME = 28  # letters of an item's name that a table shows


def exceptions_text(
    exceptions: pd.DataFrame,
    *,
    currency: str,
    shell: Callable[[str], str],
    count: int = 5,
    all_with: str = "--all",
    kind: str | None = None,
    others: int = 0,
) -> str:
    """How many exceptions of each kind there are, and the first ``count`` with reason, remedy and command.

    ``exceptions`` with the columns of ``supplychain.plans.order_exceptions`` and item_name; ``shell`` makes a line for
    the shell of the words of a command. ``kind`` says that only those of one kind are given, ``others`` how many there
    are of other kinds.
    """
    if exceptions.empty and kind is not None and others:
        more = f"{others:,} {'exception' if others == 1 else 'exceptions'} of other kinds"
        return f"Exceptions of the kind {kind} ({KINDS[kind]}): none.\n{more}: {shell('plan exceptions')}"
    if exceptions.empty:
        return "Exceptions: none; nothing needs a buyer's look."
    shown = exceptions.head(count)
    blocks = [_exception(line, currency, shell) for line in shown.to_dict("records")]
    title = f"Exceptions ({len(exceptions)}), high before medium and low, the most money of each first"
    parts = [f"{title}\n{frame_text(_kinds(exceptions), decimals={'money': 0, 'high': 0, 'medium': 0, 'low': 0})}"]
    parts.append(f"money: {currency} that each is expected to cost once if nothing is done")
    parts.append("\n".join(blocks))
    left = len(exceptions) - len(shown)
    return "\n\n".join(parts) + (f"\n... and {left} more; {all_with} shows them" if left > 0 else "")


def _kinds(exceptions: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(exceptions["kind"], exceptions["severity"])
    counts = counts.reindex(columns=["high", "medium", "low"], fill_value=0)
    money = exceptions.groupby("kind")["money"].sum()
    frame = counts.assign(money=money).sort_values(["money", "high"], ascending=False, kind="stable").reset_index()
    return frame.assign(kind=frame["kind"].map(KINDS)).rename_axis(columns=None)


def _exception(line: Mapping[Hashable, Any], currency: str, shell: Callable[[str], str]) -> str:
    name = f" {line['item_name']}" if line["item_name"] else ""
    subject = [f"{line['item_id']}{name}" if line["item_id"] else "", str(line["site_id"] or "")]
    where = " at ".join(part for part in subject if part) or str(line["supplier_id"])
    where = where or LIMITS.get(str(line["limit"]), "the data set")
    money = float(line["money"])
    worth = f", {money:,.0f} {currency} ({line['money_is']})" if money else ""
    rows = [
        f"{line['rank']}. [{line['severity']}] {KINDS[str(line['kind'])]}: {where}{worth}",
        f"   {line['what']}",
        f"   why: {line['why']}",
        f"   do: {line['fix']}",
    ]
    rows += [f"   more: {shell(line['command'])}"] if line["command"] else []
    return "\n".join(harmless(row) for row in rows)


def actions_text(actions: pd.DataFrame, *, currency: str, count: int = 40) -> str:
    """Open orders that should change, what that saves, and how many stay; tonight's lines are listed elsewhere."""
    known = actions.loc[actions["kind"].isin(["open order", "approved order"])]
    if known.empty:
        return "Open orders: none."
    changed = known.loc[known["action"].ne("keep") | known["past_due_days"].gt(0)]
    counts = known["action"].value_counts()
    words = ", ".join(f"{counts[word]} {word}" for word in _ORDER if word in counts)
    late, approved = int(known["past_due_days"].gt(0).sum()), int(known["kind"].eq("approved order").sum())
    title = f"Open orders ({len(known)}): {words}"
    title += f"; {late} past due" if late else ""
    title += f"; {approved} approved, which stay as they are" if approved else ""
    if changed.empty:
        return title
    shown = pd.DataFrame(
        {
            "order": changed["order_id"],
            "item": changed["item_id"] + " " + changed["item_name"].str.slice(0, _NAME),
            "site": changed["site_id"],
            "action": changed["action"],
            "quantity": changed["quantity"],
            "new_quantity": changed["new_quantity"].where(changed["new_quantity"].ne(changed["quantity"])),
            "due": changed["due_date"],
            "new_day": changed["new_due_date"].where(changed["new_due_date"].ne(changed["due_date"])),
            "days_late": changed["past_due_days"].where(changed["past_due_days"].gt(0)),
            "saves": changed["saves"].where(changed["action"].ne("keep")),
        }
    )
    text = frame_text(shown.head(count), decimals={"saves": 0, "days_late": 0})
    left = len(changed) - count
    more = f"\n... and {left} more; --all shows them" if left > 0 else ""
    alone = (
        f"saves: {currency} of that change alone, with every other order as it is; two changes of one item may save "
        "the same sales, so savings do not add up."
    )
    return f"{title}\n{text}{more}\n{alone}"


_ORDER = ("cancel", "decrease", "increase", "advance", "postpone", "keep")


def cash_text(weeks: pd.DataFrame, months: pd.DataFrame, *, currency: str) -> str:
    """Money that leaves by week: a table a currency, all together in base currency, and months against the budget."""
    if weeks.empty:
        return "Nothing is to be paid: no open orders, and no lines in the plan."
    parts = [
        "When money leaves for orders: the supplier's payment days after receipt, less the days that a payment takes.\n"
        "open: ordered already; approved; proposed: tonight's list; planned: the outlook, which nobody has decided."
    ]
    used = [name for name in CASH_STATES if weeks[name].abs().sum() > 0]
    for name, own in weeks.groupby("currency", sort=True):
        paid = own.loc[own["total"].ne(0)]
        if len(paid):
            parts.append(f"In {name}\n{_weeks(paid, used, 'total', 'cumulative')}")
    if weeks["currency"].nunique() > 1 or set(weeks["currency"]) != {currency}:
        parts.append(f"All currencies in {currency}, at the rates of the planning day\n{_together(weeks)}")
    parts.append(f"By month in {currency}\n{_months(months, used)}")
    return "\n\n".join(parts)


def _weeks(frame: pd.DataFrame, states: Sequence[str], total: str, cumulative: str) -> str:
    shown = frame[["week", "week_start"]].rename(columns={"week_start": "from"})
    shown = shown.assign(**{name: frame[name] for name in (*states, "fees")}, total=frame[total])
    shown = shown.assign(total_so_far=frame[cumulative])
    if not shown["fees"].any():
        shown = shown.drop(columns="fees")
    money = dict.fromkeys(shown.columns[2:], 0)
    return frame_text(shown, decimals=money)


def _together(weeks: pd.DataFrame) -> str:
    sums = weeks.groupby(["week", "week_start"], sort=True)["total_base"].sum().reset_index()
    sums = sums.rename(columns={"week_start": "from", "total_base": "total"})
    sums = sums.assign(total_so_far=sums["total"].cumsum())
    return frame_text(sums.loc[sums["total"].ne(0)], decimals={"total": 0, "total_so_far": 0})


def _months(months: pd.DataFrame, states: Sequence[str]) -> str:
    columns = ["month", *states, "fees", "total"]
    known = bool(months["budget"].notna().any())
    shown = months[columns + (["budget", "left"] if known else [])]
    shown = shown if shown["fees"].any() else shown.drop(columns="fees")
    text = "In the month in which money leaves\n" + frame_text(shown, decimals=dict.fromkeys(shown.columns[1:], 0))
    if not known:
        return f"{text}\nThe scenario sets no budget (replenish.budget_per_month)."
    over = months.loc[months["left"].lt(0), "month"]
    words = "More than a month's budget is to be paid, without any outlook"
    warning = f"\n{words}: {', '.join(over)}." if len(over) else ""
    return (
        f"{text}\nleft: a month's budget less what open, approved and proposed lines have to be paid in that month.\n"
        "The budget itself limits orders by the month of their order date, without fees (plan show); this table counts "
        f"the same orders by the month in which they are paid, so the two differ.{warning}"
    )
