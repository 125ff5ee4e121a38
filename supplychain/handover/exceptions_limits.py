"""Exceptions of limits that orders share and that had to give way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.order_exceptions import OrderException
from supplychain.plans.order_limits import cut_key, limit_words

__all__ = ["cut_by_limits", "relaxed_limits"]


def relaxed_limits(dataset: DataSet, plan: Mapping[str, pd.DataFrame], *, policy: str) -> Iterator[OrderException]:
    """The month's budget and the room at sites, as far as ``order_limits`` of the plan say that they are passed.

    What is passed costs its price, but not more than the margin that is lost by all lines that the limit cuts: a price
    holds for the next units, not for all. Suppliers' weeks are told as ``capacity_exceeded``.
    """
    currency, limits = dataset.base_currency, plan["order_limits"]
    cut = pd.concat([plan["order_lines"], plan["order_waiting"]])
    cut = cut.loc[cut["status"].ne("planned")]
    for row in limits.loc[limits["over"].gt(0) & limits["limit"].ne("weekly_capacity_units")].to_dict("records"):
        room, day = row["limit"] == "capacity_l", row["begins"].date()
        unit = "l" if room else currency
        use, amount, over = row["before"] + row["tonight"], float(row["amount"]), float(row["over"])
        by_it = cut["left_out_for"].eq(row["limit"]) & (cut["site_id"].eq(row["site_id"]) | (not room))
        cost = min(over * float(row["price"]), float(cut.loc[by_it, "left_out_margin"].sum()))
        what = f"stock at {row['site_id']} on {day}" if room else f"orders of {day:%Y-%m}"
        have = "take" if room else "come to"
        decided = "is there by then or on its way" if room else "was ordered before"
        why = f"{row['before']:,.0f} {unit} {decided}, tonight adds {row['tonight']:,.0f} {unit}"
        if row["tonight"] > 0:
            ordered = "pinned lines and minimum stock are ordered whatever the limit says"
            why += f"; {ordered if policy == 'optimized' else f'the policy {policy} knows no limit'}"
        fix = "send stock elsewhere, postpone an open order, or raise sites.capacity_l"
        if not room:
            fix = "postpone or cancel an open order, drop a pin, or raise replenish.budget_per_month"
        yield OrderException(
            "relaxed_limit",
            cost,
            "what the limit would have saved elsewhere",
            f"{what} {have} {use:,.0f} {unit}, {over:,.0f} more than the limit of {amount:,.0f}",
            why,
            fix,
            site_id=row["site_id"],
            date=day,
            value=float("nan") if room else over,
            command="plan show",
            limit=row["limit"],
            amount=over,
            unit_cost=cost / over,
            cost=cost,
        )


_TOLD = 3  # lines of a limit that are named
_FIXES = {
    "budget_per_month": "raise replenish.budget_per_month, postpone or cancel an open order of the month, or pin lines "
    "that must go",
    "weekly_capacity_units": "agree on more with the supplier and raise suppliers.weekly_capacity_units, order "
    "elsewhere, or pin lines that must go",
    "capacity_l": "send stock elsewhere, postpone an open order, raise sites.capacity_l, or pin lines that must go",
}


def cut_by_limits(dataset: DataSet, plan: Mapping[str, pd.DataFrame]) -> Iterator[OrderException]:
    """One exception for each shared limit (of a supplier or site) that cuts lines of tonight, with the margin lost."""
    lines = pd.concat([plan["order_lines"], plan["order_waiting"]])
    lines = lines.loc[lines["status"].ne("planned") & lines["left_out_for"].ne("")]
    cut: dict[tuple[str, str, str], list[dict[Any, Any]]] = {}
    for line in lines.sort_values(["left_out_margin", "line_id"], ascending=[False, True]).to_dict("records"):
        cut.setdefault(cut_key(line), []).append(line)
    for key in sorted(cut):
        limits = plan["order_limits"]
        here = limits["limit"].eq(key[0]) & limits["supplier_id"].eq(key[1]) & limits["site_id"].eq(key[2])
        rows = limits.loc[here].sort_values("left_out", ascending=False, kind="stable").to_dict("records")
        yield _cut(dataset.base_currency, key, cut[key], rows[0])


def _cut(
    currency: str, key: tuple[str, str, str], lines: Sequence[Mapping[Any, Any]], row: Mapping[Any, Any]
) -> OrderException:
    limit, supplier, site = key
    unit = {"budget_per_month": currency, "weekly_capacity_units": "units"}.get(limit, "l")
    lost = sum(float(line["left_out_margin"]) for line in lines)
    amount, day = float(row["left_out"]), row["begins"].date()
    named = [
        f"{line['item_id']} at {line['site_id']} ({line['left_out_packs'] * line['pack_units']:,.0f} units, "
        f"{line['left_out_margin']:,.0f} {currency})"
        for line in lines[:_TOLD]
    ]
    when = f"{day:%Y-%m}" if limit == "budget_per_month" else str(day)
    what = "line of tonight is" if len(lines) == 1 else "lines of tonight are"
    return OrderException(
        "cut_by_limit",
        lost,
        "lost margin",
        f"{len(lines)} {what} cut by {amount:,.0f} {unit} to fit {limit_words(limit, row)} ({when}: "
        f"{row['amount']:,.0f} {unit})",
        f"{row['before']:,.0f} {unit} was in use before, tonight takes {row['tonight']:,.0f} {unit}; most is lost by "
        f"{', '.join(named)}",
        _FIXES[limit],
        supplier_id=supplier,
        site_id=site,
        date=day,
        units=sum(float(line["left_out_packs"] * line["pack_units"]) for line in lines),
        command="plan show",
        limit=limit,
        amount=amount,
        unit_cost=lost / amount if amount > 0 else float("nan"),
        cost=lost,
    )
