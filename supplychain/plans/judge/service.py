"""Checks segments and the trade-off of stock against service against the data set and each other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.lines import differs
from supplychain.plans.service_plan import SEGMENT_COLUMNS, TRADE_OFF_COLUMNS, ServicePlan
from supplychain.plans.violation import Violation

__all__ = ["judge_service"]

_PLAN = "service plan"
_SLACK = 1e-6
_ROUNDING = 1e-12  # of two sums: what floats leave of their difference
_ALL = "all"


def judge_service(dataset: DataSet, plan: ServicePlan) -> tuple[Violation, ...]:
    """What segments and curve say that cannot be.

    Segments hold every listed item-site once; classes add up to the whole; shares lie between 0 and 1 and amounts are
    not negative. More service on the curve does not take less stock in the whole. A class may hold less only where a dc
    feeds other sites with an item: the dc's row and theirs may be of different classes, and what a fed site holds is no
    longer at its dc.
    """
    missing = [
        Violation(_PLAN, table, name, "", "the column is missing")
        for table, frame, columns in (
            ("segments", plan.segments, SEGMENT_COLUMNS), ("trade_off", plan.trade_off, TRADE_OFF_COLUMNS),
        )
        for name in columns
        if name not in frame.columns
    ]  # fmt: skip
    if missing:
        return tuple(missing)
    found = [*_judge_segments(dataset, plan.segments), *_judge_curve(dataset, plan.trade_off), *_judge_sums(plan)]
    return tuple(found)


def _judge_segments(dataset: DataSet, segments: pd.DataFrame) -> Iterator[Violation]:
    listed = sum(dataset.is_listed(item_id, site) for site in dataset.stocking_sites for item_id in dataset.items)
    counted = int(segments["item_sites"].sum())
    if counted != listed:
        yield Violation(_PLAN, "segments", "item_sites", str(counted), f"{listed} item-sites are listed")
    for name in segments.loc[segments["segment"].duplicated(), "segment"]:
        yield Violation(_PLAN, name, "segment", name, "two rows of one segment")
    for row in segments.to_dict("records"):
        if row["segment"] != row["abc"] + row["xyz"]:
            yield Violation(_PLAN, row["segment"], "segment", row["segment"], "is not its class and its letter")
        for name in ("value_per_year", "stock_value", "planned_stock_value", "item_sites"):
            if not row[name] >= 0:
                yield Violation(_PLAN, row["segment"], name, str(row[name]), "must not be negative")
        for name in ("expected_fill", "service_level"):
            if not (math.isnan(row[name]) or -_SLACK <= row[name] <= 1 + _SLACK):
                yield Violation(_PLAN, row["segment"], name, str(row[name]), "a share lies between 0 and 1")


def _judge_curve(dataset: DataSet, points: pd.DataFrame) -> Iterator[Violation]:
    for row in points.to_dict("records"):
        record = f"{row['group']} {row['label']}"
        if not row["stock_value"] >= -_SLACK:
            yield Violation(_PLAN, record, "stock_value", str(row["stock_value"]), "must not be negative")
        if not (math.isnan(row["fill_rate"]) or -_SLACK <= row["fill_rate"] <= 1 + _SLACK):
            yield Violation(_PLAN, record, "fill_rate", str(row["fill_rate"]), "a share lies between 0 and 1")
    shared = _feeds(dataset)
    for group, own in points.loc[points["point"].eq("curve")].groupby("group", sort=True):
        if shared and group != _ALL:
            continue  # what moves between classes is part of the whole, which is judged
        ordered = own.sort_values("service_level")
        value = ordered["stock_value"]
        falls = value.diff() < -_SLACK * max(float(value.max()), 1.0)
        for label, money in ordered.loc[falls, ["label", "stock_value"]].itertuples(index=False, name=None):
            rule = "falls although the service level rises"
            yield Violation(_PLAN, f"{group} {label}", "stock_value", f"{money:g}", rule)


def _feeds(dataset: DataSet) -> bool:
    """Whether a dc and another site both hold an item, so that one may feed the other."""
    held: dict[bool, set[str]] = {True: set(), False: set()}
    for site in dataset.stocking_sites:
        held[site.kind == "dc"] |= {item_id for item_id in dataset.items if dataset.is_listed(item_id, site)}
    return not held[True].isdisjoint(held[False])


def _judge_sums(plan: ServicePlan) -> Iterator[Violation]:
    for (_, label), own in plan.trade_off.groupby(["point", "label"], sort=True):
        whole, parts = (own.loc[own["group"].eq(_ALL) == flag, "stock_value"].sum() for flag in (True, False))
        if differs(float(whole), float(parts)):
            yield Violation(_PLAN, f"all {label}", "stock_value", f"{whole:g}", f"its classes add up to {parts:g}")
    yield from _judge_steps(plan)
    today = plan.trade_off.loc[plan.trade_off["point"].eq("today") & plan.trade_off["group"].eq(_ALL), "stock_value"]
    stock = float(plan.segments["stock_value"].sum())
    if len(today) != 1 or differs(float(today.iloc[0]), stock):
        yield Violation(_PLAN, "all today", "stock_value", str(list(today)), f"segments hold {stock:g}")


def _judge_steps(plan: ServicePlan) -> Iterator[Violation]:
    """The step of a class's segments to higher service is that of the class between two points of the trade-off."""
    own = plan.trade_off.set_index(["group", "point"]).sort_index()
    for abc, cells in plan.segments.groupby("abc", sort=True):
        if (abc, "plan") not in own.index:
            continue
        at, higher = (own.loc[(abc, point)].iloc[0] for point in ("plan", "higher"))
        for name, whole, sign in (
            ("stock_for_more", "stock_value", 1.0),
            ("margin_of_more_per_year", "lost_margin_per_year", -1.0),
        ):
            expected, found = sign * float(higher[whole] - at[whole]), float(cells[name].sum())
            rounding = _ROUNDING * max(abs(float(higher[whole])), abs(float(at[whole])))
            if differs(found, expected) and not abs(found - expected) <= rounding:
                yield Violation(_PLAN, str(abc), name, f"{cells[name].sum():g}", f"plan to higher takes {expected:g}")
