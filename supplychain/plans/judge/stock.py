"""Checks a stock projection: day by day the balance, and against stock, orders and transfers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import judge_missing
from supplychain.plans.judge.returns import Sales
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.stock_plan import STOCK_COLUMNS, StockPlan
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_stock"]

_PLAN = "stock plan"
_KEY = ["site_id", "item_id"]
_SLACK = 1e-6
_NEVER_NEGATIVE = (
    "wasted", "received", "transferred_in", "returned", "demand", "served", "lost", "backorder", "transferred_out",
    "low",
)  # fmt: skip

Flags = npt.NDArray[np.bool_]


def judge_stock(
    dataset: DataSet, plan: StockPlan, *, orders: OrderPlan, transfers: TransferPlan,
    scorecards: pd.DataFrame | None = None, sales: Sales | None = None,
) -> tuple[Violation, ...]:  # fmt: skip
    """Every day on which the projection does not follow from the day before, the data set and the two plans.

    ``scorecards`` are those of the run, which say how much of an open order counts; ``sales`` those from which returns
    are expected (None: the plan counts on none).
    """
    missing = tuple(judge_missing(_PLAN, plan.days, STOCK_COLUMNS, "site_id"))
    if missing:
        return missing
    frame = plan.days.sort_values([*_KEY, "date"], kind="stable").reset_index(drop=True)
    found = list(_judge_rows(dataset, frame))
    if found:
        return tuple(found)  # without whole rows there is nothing to add up
    facts = Facts(dataset, scorecards, sales)
    found += _judge_flows(frame, _expected_flows(dataset, facts, frame, orders, transfers))
    found += _judge_returns(frame, facts)
    found += _judge_balance(frame, facts)
    found += _judge_limits(frame, facts)
    return tuple(found)


def _wrong(frame: pd.DataFrame, bad: Flags, name: str, rule: str) -> Iterator[Violation]:
    for row in frame.loc[bad].to_dict("records"):
        record = f"{row['item_id']} at {row['site_id']} on {str(row['date'])[:10]}"
        yield Violation(_PLAN, record, name, str(row[name]), rule)


def _judge_rows(dataset: DataSet, frame: pd.DataFrame) -> Iterator[Violation]:
    """Every listed row once a day, from the planning day on without a gap."""
    listed = {
        (site.site_id, item_id)
        for site in dataset.stocking_sites
        for item_id in dataset.items
        if dataset.is_listed(item_id, site)
    }
    rows = set(frame[_KEY].drop_duplicates().itertuples(index=False, name=None))
    for site_id, item_id in sorted(rows - listed):
        yield Violation(_PLAN, f"{item_id} at {site_id}", "item_id", item_id, "is not listed at an open site")
    for site_id, item_id in sorted(listed - rows):
        yield Violation(_PLAN, f"{item_id} at {site_id}", "item_id", item_id, "a listed row is not projected")
    twice = frame.duplicated([*_KEY, "date"]).to_numpy()
    yield from _wrong(frame, twice, "date", "the day appears twice")
    first = _first_day(frame)
    start = frame["date"].ne(pd.Timestamp(dataset.as_of)).to_numpy() & first
    yield from _wrong(frame, start, "date", f"the projection starts on the planning day {dataset.as_of}")
    step = frame["date"].diff().ne(pd.Timedelta(days=1)).to_numpy() & ~first & ~twice
    yield from _wrong(frame, step, "date", "is not the day after the row before")
    last = frame.groupby(_KEY)["date"].transform("max").ne(frame["date"].max()).to_numpy()
    yield from _wrong(frame, last & first, "date", "its days end before the others'")


def _first_day(frame: pd.DataFrame) -> Flags:
    same = frame[_KEY].eq(frame[_KEY].shift()).all(axis=1)
    flags: Flags = ~same.to_numpy()
    return flags


def _expected_flows(
    dataset: DataSet, facts: Facts, frame: pd.DataFrame, orders: OrderPlan, transfers: TransferPlan
) -> dict[str, pd.Series]:
    """What the data set and the plans bring and take, in the order of the frame."""
    way = [(site_id, item_id, pd.Timestamp(due), units) for (item_id, site_id), units, due in facts.under_way]
    known = pd.DataFrame(way, columns=["site_id", "item_id", "date", "quantity"])
    bought = orders.lines.rename(columns={"receipt_date": "date"})[[*_KEY, "date", "quantity"]]
    sent = transfers.lines.rename(columns={"destination_id": "site_id", "receipt_date": "date"})
    left = transfers.lines.rename(columns={"origin_id": "site_id", "order_date": "date"})
    received = [part for part in (known, bought) if len(part)]
    flows = {
        "received": pd.concat(received) if received else known,
        "transferred_in": sent,
        "transferred_out": left,
    }
    keys = pd.MultiIndex.from_frame(frame[[*_KEY, "date"]].astype({"date": "datetime64[ns]"}))
    return {name: _summed(flow, keys) for name, flow in flows.items()}


def _summed(flow: pd.DataFrame, keys: pd.MultiIndex) -> pd.Series:
    if flow.empty:
        return pd.Series(0.0, index=range(len(keys)))
    dated = flow.assign(date=pd.to_datetime(flow["date"]).astype("datetime64[ns]"))
    sums = dated.groupby([*_KEY, "date"])["quantity"].sum()
    return sums.reindex(keys).fillna(0.0).reset_index(drop=True)


def _judge_flows(frame: pd.DataFrame, flows: dict[str, pd.Series]) -> Iterator[Violation]:
    for name, right in flows.items():
        bad = ~np.isclose(frame[name], right, rtol=_SLACK, atol=_SLACK)
        yield from _wrong(frame, bad, name, "is not what the data set and the plans say for this day")


def _judge_returns(frame: pd.DataFrame, facts: Facts) -> Iterator[Violation]:
    """What was sold so many days before comes back: until the planning day by the data set, then by the projection."""
    right = np.zeros(len(frame))
    sales = facts.sales
    if sales is not None:
        rows = frame.groupby(_KEY, sort=False)
        rate = frame["item_id"].map({item_id: sales.rate(item_id) for item_id in frame["item_id"].unique()})
        later = rate * rows["served"].shift(sales.days).fillna(0.0)
        days = rows.cumcount()
        known = [
            sales.back_on(item_id, site_id, day) if 0 < day <= sales.days else 0.0
            for item_id, site_id, day in zip(frame["item_id"], frame["site_id"], days, strict=True)
        ]
        right = np.where(days > sales.days, later, known)
    bad = ~np.isclose(frame["returned"], right, rtol=_SLACK, atol=_SLACK)
    yield from _wrong(frame, bad, "returned", "is not what the sales so many days before bring back")


def _judge_balance(frame: pd.DataFrame, facts: Facts) -> Iterator[Violation]:
    first = _first_day(frame)
    stock = [facts.stock(item_id, site_id) for site_id, item_id in frame.loc[first, _KEY].itertuples(index=False)]
    opening, backorder = frame["closing"].shift().to_numpy(), frame["backorder"].shift().to_numpy()
    opening[first] = [one.on_hand for one in stock]
    backorder[first] = [one.backorder for one in stock]
    there = _there(frame)
    rules = {
        "opening": (opening, "is not the closing stock of the day before (on the planning day, the data set's)"),
        "closing": (
            there - frame["served"] - frame["transferred_out"],
            "opening and arrivals less wasted, served and sent give another figure",
        ),
        "backorder": (
            backorder + frame["demand"] - frame["served"] - frame["lost"],
            "what waited and is asked for, less served and lost, gives another figure",
        ),
    }
    for name, (right, rule) in rules.items():
        bad = ~np.isclose(frame[name], right, rtol=_SLACK, atol=_SLACK)
        yield from _wrong(frame, bad, name, rule)


def _there(frame: pd.DataFrame) -> pd.Series:
    """What lies there for the customers of a day."""
    return frame["opening"] - frame["wasted"] + frame["received"] + frame["transferred_in"] + frame["returned"]


def _judge_limits(frame: pd.DataFrame, facts: Facts) -> Iterator[Violation]:
    for name in _NEVER_NEGATIVE:
        yield from _wrong(frame, (frame[name] < -_SLACK).to_numpy(), name, "must not be negative")
    yield from _wrong(frame, (frame["closing"] < -_SLACK).to_numpy(), "closing", "stock cannot be negative")
    yield from _wrong(
        frame, (frame["low"] > frame["closing"] + _SLACK).to_numpy(), "low", "lies above the closing stock"
    )
    yield from _wrong(
        frame, (frame["high"] < frame["closing"] - _SLACK).to_numpy(), "high", "lies below the closing stock"
    )
    blocked = {key: facts.stock(key[1], key[0]).blocked for key in set(frame[_KEY].itertuples(index=False, name=None))}
    held = np.array([blocked[key] for key in frame[_KEY].itertuples(index=False, name=None)])
    there = np.maximum(_there(frame) - held, 0.0)
    asked = frame["demand"] + frame["backorder"].groupby([frame["site_id"], frame["item_id"]]).shift().fillna(np.inf)
    yield from _wrong(frame, (frame["served"] > there + _SLACK).to_numpy(), "served", "more than can be sold that day")
    yield from _wrong(frame, (frame["served"] > asked + _SLACK).to_numpy(), "served", "more than anybody asks for")
    first = _first_day(frame)
    for name in ("wasted", "received", "transferred_in", "returned", "demand", "served", "lost"):
        yield from _wrong(frame, first & frame[name].ne(0).to_numpy(), name, "nothing moves on the planning day itself")
