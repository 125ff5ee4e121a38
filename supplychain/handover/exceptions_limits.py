"""Exceptions of limits that orders share and that had to give way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.order_exceptions import OrderException

__all__ = ["relaxed_limits"]


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
