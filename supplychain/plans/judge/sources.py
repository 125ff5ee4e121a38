"""Checks the choice of sources against the data set alone: terms, costs, and that the chosen one is the right one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from statistics import NormalDist
from typing import Any

import pandas as pd

from supplychain.domain import DataSet, Supply
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import as_date, differs, judge_missing
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.source_table import COST_PARTS, SOURCE_COLUMNS
from supplychain.plans.violation import Violation

__all__ = ["judge_sources"]

_PLAN = "source choice"
_NORMAL = NormalDist()
_KEY = ["item_id", "site_id"]
_YEAR_DAYS = 365.0

Line = Mapping[str, Any]


def judge_sources(
    dataset: DataSet, sources: pd.DataFrame, orders: OrderPlan, *, scorecards: pd.DataFrame | None = None
) -> tuple[Violation, ...]:
    """Every source whose terms or costs are wrong, rows whose choice does not follow, and lines of another source.

    ``scorecards`` are those of the run, from which lead times planned as measured follow.
    """
    missing = tuple(judge_missing(_PLAN, sources.drop(columns="mode"), _WITHOUT_MODE, "item_id"))
    if missing:
        return missing
    facts = Facts(dataset, scorecards)
    found: list[Violation] = []
    for line in sources.to_dict("records"):
        found += _judge_terms(line, facts)
        found += _judge_costs(line)
    last = _last_orders(dataset)
    for (item_id, site_id), rows in sources.groupby(_KEY, sort=False):
        found += _judge_choice(str(item_id), str(site_id), rows, facts, last.get((item_id, site_id), ""))
    found += _judge_lines(sources, orders)
    return tuple(found)


_WITHOUT_MODE = {name: kind for name, kind in SOURCE_COLUMNS.items() if name != "mode"}


def _wrong(line: Line, name: str, rule: str) -> Violation:
    record = f"{line['item_id']} at {line['site_id']} from {line['supplier_id']} {line['mode']}".rstrip()
    return Violation(_PLAN, record, name, str(line[name]), rule)


def _judge_terms(line: Line, facts: Facts) -> Iterator[Violation]:
    dataset = facts.dataset
    supply = facts.supply(line["supplier_id"], line["item_id"], line["site_id"])
    if supply is None:
        yield _wrong(line, "supplier_id", "does not supply this item to this site")
        return
    way = facts.ways(supply, line["site_id"]).get(line["mode"])
    if way is None:
        yield _wrong(line, "mode", "no such way leads from the supplier to the site")
        return
    supplier, item = dataset.suppliers[supply.supplier_id], dataset.items[supply.item_id]
    landed = dataset.to_base(supply.unit_price, supplier.currency) * (1 + supplier.payment_fee_share) + way.freight
    margin = max(dataset.to_base(item.price, item.currency) - landed, 0.0)
    mean, spread = facts.lead_time(supply)
    for name, right in (
        ("freight", way.freight),
        ("landed_cost", landed),
        ("lead_time_days", mean * way.lead_factor),
        ("lead_time_sd_days", spread * way.lead_factor),
        ("minimum_order_quantity", supply.minimum_order_quantity),
        ("pack_units", supply.pack_units),
        ("paid_days", supplier.payment_days - supplier.settlement_days),
    ):
        if differs(line[name], right):
            yield _wrong(line, name, f"the data set says {right:g}")
    if not -1e-9 <= line["margin"] <= margin * (1 + 1e-9) + 1e-9:
        yield _wrong(line, "margin", f"a lost sale costs at most {margin:g}")


def _judge_costs(line: Line) -> Iterator[Violation]:
    """The parts by their formulas, one source at a time."""
    yearly = max(line["daily_demand"] * _YEAR_DAYS, 1.0)
    daily, review, cost = yearly / _YEAR_DAYS, line["review_days"], line["landed_cost"]
    most = max(daily * review, 1.0, line["minimum_order_quantity"])
    packs = math.ceil(most / line["pack_units"] * (1 - 1e-9))
    lot = packs * line["pack_units"]
    holding, margin = line["holding_share"] * cost, line["margin"]
    chance = 1 / (1 + holding * lot / (yearly * margin)) if margin > 0 else 0.0
    z = _NORMAL.inv_cdf(min(max(chance, 0.5), 1 - 1e-9))
    spread = math.sqrt(
        line["daily_variance"] * (line["lead_time_days"] + review) + (daily * line["lead_time_sd_days"]) ** 2
    )
    short = spread * (_NORMAL.pdf(z) - z * (1 - _NORMAL.cdf(z)))
    right = {
        "lot_units": lot,
        "safety_units": z * spread,
        "purchase": yearly * cost,
        "payment": -line["holding_share"] * yearly * cost * line["paid_days"] / _YEAR_DAYS,
        "cycle_stock": holding * lot / 2,
        "safety_stock": holding * z * spread,
        "lost_margin": margin * short * yearly / lot,
        "total": math.fsum(line[name] for name in COST_PARTS),
    }
    for name, amount in right.items():
        if differs(line[name], amount):
            yield _wrong(line, name, f"its terms give {amount:g}")


def _judge_choice(item_id: str, site_id: str, rows: pd.DataFrame, facts: Facts, last: str) -> Iterator[Violation]:
    """All sources are there, one is chosen, and it is the right one."""
    lines = rows.to_dict("records")
    for column in ("daily_demand", "daily_variance", "threshold", "holding_share"):
        if rows[column].nunique() > 1:
            yield _wrong(lines[0], column, "differs between the sources of one row")
    listed = {(line["supplier_id"], line["mode"]) for line in lines}
    there = {
        (supply.supplier_id, mode)
        for supply in _supplies(facts, item_id, site_id)
        for mode in facts.ways(supply, site_id)
    }
    if listed != there or len(listed) != len(lines):
        yield _wrong(lines[0], "supplier_id", f"the sources are {sorted(there)}, each once")
        return
    chosen = [line for line in lines if line["chosen"]]
    if len(chosen) != 1:
        yield _wrong(lines[0], "chosen", f"{len(chosen)} sources are chosen, must be one")
        return
    one, best = chosen[0], min(line["total"] for line in lines)
    for line in lines:
        if line["in_use"] and (line["supplier_id"] != last or line["freight"] != 0):
            yield _wrong(line, "in_use", f"the last order went to {last or 'nobody'}")
    why = one["why"]
    pins = [p.supplier_id for p in facts.dataset.pins if (p.item_id, p.site_id) == (item_id, site_id)]
    enough = one["total"] * (1 - 1e-9) - one["threshold"] * abs(one["total"])
    right = {
        "cheapest": one["total"] <= best + 1e-9 * abs(best),
        "in use": bool(one["in_use"]) and enough <= best,
        "pinned": one["supplier_id"] in pins,
    }
    if not right.get(why, False):
        yield _wrong(one, "why", f"the cheapest source costs {best:g} a year, this one {one['total']:g}")
    if why == "cheapest" and any(
        line["in_use"] and not line["chosen"] and line["total"] * (1 - line["threshold"]) < best * (1 - 1e-9)
        for line in lines
    ):
        yield _wrong(one, "why", "saves too little against the source in use")


def _supplies(facts: Facts, item_id: str, site_id: str) -> Iterator[Supply]:
    for supplier_id in facts.dataset.suppliers:
        supply = facts.supply(supplier_id, item_id, site_id)
        if supply is not None:
            yield supply


def _last_orders(dataset: DataSet) -> dict[tuple[str, str], str]:
    """Supplier of the last order of (item, site)."""
    known: dict[tuple[str, str], tuple[date, str]] = {}
    for one in [(r.item_id, r.site_id, r.ordered, r.supplier_id) for r in dataset.receipts] + [
        (o.item_id, o.site_id, o.ordered, o.supplier_id) for o in dataset.open_orders
    ]:
        key, latest = (one[0], one[1]), (one[2], one[3])
        known[key] = max(known.get(key, latest), latest)
    return {key: supplier_id for key, (_, supplier_id) in known.items()}


def _judge_lines(sources: pd.DataFrame, orders: OrderPlan) -> Iterator[Violation]:
    """Lines of a row with a choice come from its chosen source."""
    chosen = sources.loc[sources["chosen"]].set_index(_KEY)[["supplier_id", "mode"]]
    right = dict(zip(chosen.index, chosen.itertuples(index=False, name=None), strict=True))
    for line in orders.lines.to_dict("records"):
        source = right.get((line["item_id"], line["site_id"]), (line["supplier_id"], ""))
        if (line["supplier_id"], line["supply_mode"]) != source:
            rule = f"the chosen source is {' by '.join(part for part in source if part)}"
            day = as_date(line["order_date"])
            yield Violation(_PLAN, str(line["line_id"]), "supply_mode", f"{line['supplier_id']} on {day}", rule)
