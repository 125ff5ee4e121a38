"""Exceptions of limits that orders share: those that had to give way, and those that cut lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.limit_remedies import limit_remedies
from supplychain.plans.order_exceptions import OrderException
from supplychain.plans.order_limits import cut_key, limit_key, limit_words
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["cut_by_limits", "relaxed_limits"]

Key = tuple[str, str, str]
Row = Mapping[Any, Any]

_TOLD = 3  # lines of a limit that are named


def relaxed_limits(
    dataset: DataSet, plan: Mapping[str, pd.DataFrame], *, settings: ReplenishSettings
) -> Iterator[OrderException]:
    """The month's budget and the room at sites that are passed, one exception each, told of the worst day.

    Money is the margin that lines lose which the limit cuts all the same; these are not told as ``cut_by_limit`` again.
    Suppliers' weeks are told as ``capacity_exceeded``.
    """
    lines, cut = plan["order_lines"], _cut_lines(plan)
    for key, rows in sorted(_rows(plan["order_limits"]).items()):
        worst = max(rows, key=lambda row: float(row["over"]))
        if worst["over"] <= 0 or key[0] == "weekly_capacity_units":
            continue
        room, day, unit = key[0] == "capacity_l", worst["begins"].date(), _unit(dataset, key)
        use, over = worst["before"] + worst["tonight"], float(worst["over"])
        what = f"stock at {key[2]} on {day}" if room else f"orders of {day:%Y-%m}"
        decided = "is there by then or on its way" if room else "was ordered before"
        why = f"{worst['before']:,.0f} {unit} {decided}, tonight adds {worst['tonight']:,.0f} {unit}"
        if worst["tonight"] > 0:
            ordered = "pinned lines and minimum stock are ordered whatever the limit says"
            known = settings.policy == "optimized"
            why += f"; {ordered if known else f'the policy {settings.policy} knows no limit'}"
        lost = _lost(cut.get(key, []), rows)
        if lost > 0:
            why += f"; {_cut_words(dataset, cut.get(key, []), rows)}"
        days = sum(1 for row in rows if row["over"] > 0)
        yield OrderException(
            "relaxed_limit",
            lost,
            "lost margin of what is cut",
            f"{what} {'take' if room else 'come to'} {use:,.0f} {unit}, {over:,.0f} more than the limit of "
            f"{float(worst['amount']):,.0f}{f'; {days} days are over it' if days > 1 else ''}",
            why,
            limit_remedies(dataset, worst, lines, settings=settings, passed=True),
            site_id=key[2],
            date=day,
            value=float("nan") if room else over,
            command="plan show",
            limit=key[0],
            amount=over,
            unit_cost=float(worst["price"]),
            cost=lost,
        )


def cut_by_limits(
    dataset: DataSet, plan: Mapping[str, pd.DataFrame], *, settings: ReplenishSettings
) -> Iterator[OrderException]:
    """One exception for each shared limit (of a supplier or site) that cuts lines of tonight, with the margin lost.

    Not of a budget or a room that is passed all the same: ``relaxed_limits`` tells both at once.
    """
    cut = _cut_lines(plan)
    for key, rows in sorted(_rows(plan["order_limits"]).items()):
        passed = any(row["over"] > 0 for row in rows) and key[0] != "weekly_capacity_units"
        if passed or not (key in cut or any(row["transfers_left_out"] > 0 for row in rows)):
            continue
        row, unit = max(rows, key=lambda row: float(row["left_out"])), _unit(dataset, key)
        amount, day, lost = float(row["left_out"]), row["begins"].date(), _lost(cut.get(key, []), rows)
        when = f"{day:%Y-%m}" if key[0] == "budget_per_month" else str(day)
        before = f"{row['before']:,.0f} {unit} was in use before, tonight takes {row['tonight']:,.0f} {unit}"
        mine = cut.get(key, [])
        what = "transfers" if not mine else f"{len(mine)} {'line' if len(mine) == 1 else 'lines'}"
        yield OrderException(
            "cut_by_limit",
            lost,
            "lost margin",
            f"{what} of tonight {'is' if len(mine) == 1 else 'are'} cut by {amount:,.0f} {unit} to fit "
            f"{limit_words(key[0], row)} ({when}: {row['amount']:,.0f} {unit})",
            f"{before}; {_cut_words(dataset, mine, rows)}",
            limit_remedies(dataset, row, plan["order_lines"], settings=settings, passed=False),
            supplier_id=key[1],
            site_id=key[2],
            date=day,
            units=sum(float(line["left_out_packs"] * line["pack_units"]) for line in mine),
            command="plan show",
            limit=key[0],
            amount=amount,
            unit_cost=float(row["price"]),
            cost=lost,
        )


def _rows(limits: pd.DataFrame) -> dict[Key, list[dict[Any, Any]]]:
    """Rows of ``order_limits`` by limit, supplier and site: a supplier has several weeks, a site several days."""
    found: dict[Key, list[dict[Any, Any]]] = {}
    for row in limits.to_dict("records"):
        found.setdefault(limit_key(row), []).append(row)
    return found


def _cut_lines(plan: Mapping[str, pd.DataFrame]) -> dict[Key, list[dict[Any, Any]]]:
    """Lines of tonight by the limit that cuts them, those that lose most first."""
    lines = pd.concat([plan["order_lines"], plan["order_waiting"]])
    lines = lines.loc[lines["status"].ne("planned") & lines["left_out_packs"].gt(0)]
    found: dict[Key, list[dict[Any, Any]]] = {}
    for line in lines.sort_values(["left_out_margin", "line_id"], ascending=[False, True]).to_dict("records"):
        found.setdefault(cut_key(line), []).append(line)
    return found


def _unit(dataset: DataSet, key: Key) -> str:
    return {"budget_per_month": dataset.base_currency, "weekly_capacity_units": "units"}.get(key[0], "l")


def _lost(lines: Sequence[Row], rows: Sequence[Row]) -> float:
    """Margin that the lines lose, and the transfers that the site's room cuts."""
    lost = sum(float(line["left_out_margin"]) for line in lines)
    return lost + sum(float(row["transfers_margin"]) for row in rows)


def _cut_words(dataset: DataSet, lines: Sequence[Row], rows: Sequence[Row]) -> str:
    """What is cut: the lines that lose most, and the transfers."""
    currency = dataset.base_currency
    parts = [
        f"{line['item_id']} at {line['site_id']} ({line['left_out_packs'] * line['pack_units']:,.0f} units, "
        f"{line['left_out_margin']:,.0f} {currency})"
        for line in lines[:_TOLD]
    ]
    litres, margin = (sum(float(row[name]) for row in rows) for name in ("transfers_left_out", "transfers_margin"))
    if litres > 0:
        parts.append(f"transfers ({litres:,.0f} l, {margin:,.0f} {currency})")
    return f"most is lost by {', '.join(parts)}"
