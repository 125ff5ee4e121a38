"""Decisions of the nightly run and its outlook as plan tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.decision import Decision, Lines, Waiting
from supplychain.handover.limit_use import LimitUse
from supplychain.handover.parents import cheapest_lanes, feeding_lane
from supplychain.handover.placed_tonight import placed_values
from supplychain.handover.terms import Terms
from supplychain.handover.truck_columns import truck_columns
from supplychain.plans.amounts import amount, significant
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_limits import LIMIT_COLUMNS
from supplychain.plans.order_plan import (
    HEAD_COLUMNS,
    ORDER_LINE_COLUMNS,
    OrderPlan,
    next_order_number,
    order_number,
)
from supplychain.plans.transfer_plan import TRANSFER_LINE_COLUMNS, TransferPlan, transfer_number
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["order_plan", "transfer_plan"]

Floats = npt.NDArray[np.float64]


def order_plan(
    dataset: DataSet,
    terms: Terms,
    decisions: Sequence[Decision],
    *,
    models: Sequence[str],
    settings: ReplenishSettings,
    as_of: date,
) -> OrderPlan:
    """Order lines, heads and what waits; ``models`` [N] names the forecast's model of each row."""
    frames = [
        _order_lines(dataset, terms, lines, models, settings=settings, as_of=as_of)
        for lines in ([one.orders for one in decisions], [decisions[0].waiting.lines], [decisions[0].left_out])
    ]
    frames = _own_numbers(dataset, frames)
    lines = frames[0]
    kept_back = [frames[1].assign(status="waiting"), frames[2].assign(status="left_out", held="")]
    waiting = pd.concat([frame for frame in kept_back if len(frame)] or kept_back[:1], ignore_index=True)
    limits = pd.DataFrame([asdict(one) for one in decisions[0].limits], columns=[f.name for f in fields(LimitUse)])
    return OrderPlan(
        lines,
        _heads(dataset, terms, lines, waiting=decisions[0].waiting, waiting_lines=frames[1], as_of=as_of),
        waiting,
        typed_frame(limits.assign(left=limits["amount"] - limits["before"] - limits["tonight"]), LIMIT_COLUMNS),
    )


def _order_lines(
    dataset: DataSet, terms: Terms, lines: Sequence[Lines], models: Sequence[str], *, settings: ReplenishSettings,
    as_of: date,
) -> pd.DataFrame:  # fmt: skip
    row = np.concatenate([one.row for one in lines])
    suppliers = [dataset.suppliers[terms.suppliers[i]] for i in terms.supplier_index[row]]
    common = _common(terms, lines, models, settings=settings, as_of=as_of)
    numbers = [
        order_number(supplier.supplier_id, _day(day), terms.site_ids[i])
        for supplier, day, i in zip(suppliers, common["order_date"], row, strict=True)
    ]
    price = np.concatenate([one.unit_price for one in lines])
    value = common["quantity"] * price
    pay_after = np.array([supplier.payment_days for supplier in suppliers], np.int64)
    frame = typed_frame(
        {
            **common,
            "order_id": numbers,
            "line_id": [f"{number}_{terms.item_ids[i]}" for number, i in zip(numbers, row, strict=True)],
            "supplier_id": [supplier.supplier_id for supplier in suppliers],
            "supply_mode": [terms.mode[i] for i in row],
            "payment_due_date": common["receipt_date"] + pay_after,
            "unit_price": price,
            "currency": [supplier.currency for supplier in suppliers],
            "value": value,
            "value_base": value * terms.supplier_rate[terms.supplier_index[row]],
        },
        ORDER_LINE_COLUMNS,
    )
    return frame.sort_values(["order_date", "order_id", "item_id"], kind="stable").reset_index(drop=True)


def _own_numbers(dataset: DataSet, frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The lines under a number of their own where some of their items are ordered under the order's number already."""
    taken = {(one.order_id, one.item_id) for one in dataset.open_orders}  # an order number has one site
    items = pd.concat([frame[["order_id", "item_id"]] for frame in frames]).groupby("order_id")["item_id"].agg(list)
    own = {number: next_order_number(str(number), wanted, taken) for number, wanted in items.items()}
    if all(number == found for number, found in own.items()):
        return list(frames)
    named = [frame.assign(order_id=frame["order_id"].map(own).astype(frame["order_id"].dtype)) for frame in frames]
    return [
        frame.assign(line_id=(frame["order_id"] + "_" + frame["item_id"]).astype(frame["line_id"].dtype))
        for frame in named
    ]


def transfer_plan(
    dataset: DataSet,
    terms: Terms,
    decisions: Sequence[Decision],
    *,
    models: Sequence[str],
    settings: ReplenishSettings,
    as_of: date,
) -> TransferPlan:
    """Transfer lines; ``models`` [N] names the forecast's model of each row."""
    lines = [one.transfers for one in decisions]
    row = np.concatenate([one.row for one in lines])
    common = _common(terms, lines, models, settings=settings, as_of=as_of)
    origins = [terms.site_ids[i] for one in lines for i in one.origin]
    mode = {pair: _mode(dataset, *pair) for pair in sorted(set(zip(origins, common["site_id"], strict=True)))}
    numbers = [
        transfer_number(origin, _day(day), terms.site_ids[i])
        for origin, day, i in zip(origins, common["order_date"], row, strict=True)
    ]
    frame = typed_frame(
        {
            **common,
            "transfer_id": numbers,
            "line_id": [f"{number}_{terms.item_ids[i]}" for number, i in zip(numbers, row, strict=True)],
            "origin_id": origins,
            "destination_id": common["site_id"],
            "freight": _freight(dataset, numbers, common, origins, weight_kg=terms.weight_kg[row]),
            "mode": [mode[pair] for pair in zip(origins, common["site_id"], strict=True)],
            "value_base": common["quantity"] * terms.unit_cost[row],
            "weight_kg": common["quantity"] * terms.weight_kg[row],
            "volume_l": common["quantity"] * terms.volume_l[row],
        },
        TRANSFER_LINE_COLUMNS,
    )
    return TransferPlan(
        frame.sort_values(["order_date", "transfer_id", "item_id"], kind="stable").reset_index(drop=True)
    )


def _freight(
    dataset: DataSet, numbers: Sequence[str], common: Mapping[str, Any], origins: Sequence[str], *, weight_kg: Floats
) -> Floats:
    """What each line costs to bring over: its units and kilograms, and its share by units of the shipment's cost."""
    quantity = np.asarray(common["quantity"], np.float64)
    total: dict[str, float] = {}
    for number, units in zip(numbers, quantity, strict=True):
        total[number] = total.get(number, 0.0) + float(units)
    lanes = cheapest_lanes(dataset)
    cost = np.zeros(quantity.size)
    for i, pair in enumerate(zip(origins, common["site_id"], strict=True)):
        lane = lanes[pair]
        whole = lane.cost_per_shipment + lane.cost_per_km * lane.distance_km
        per_unit = lane.cost_per_unit + lane.cost_per_kg * weight_kg[i] + whole / total[numbers[i]]
        cost[i] = quantity[i] * per_unit
    return cost


def _common(
    terms: Terms, lines: Sequence[Lines], models: Sequence[str], *, settings: ReplenishSettings, as_of: date
) -> dict[str, Any]:
    """Columns that orders and transfers share, explanation included."""
    row = np.concatenate([one.row for one in lines])
    ordered = np.concatenate([one.order_date for one in lines])
    quantity = np.concatenate([one.quantity for one in lines])
    columns: dict[str, Any] = _joined([one.explanation for one in lines if one.row.size])
    cover = _cover(columns, quantity)
    return columns | {
        "status": np.where(ordered == np.datetime64(as_of, "D"), "proposed", "planned").astype(object),
        "item_id": [terms.item_ids[i] for i in row],
        "site_id": [terms.site_ids[i] for i in row],
        "order_date": ordered,
        "receipt_date": np.concatenate([one.receipt_date for one in lines]),
        "quantity": quantity,
        "policy": [settings.policy] * row.size,
        "model": [models[i] for i in row],
        "held": [
            _held(*line, limit=settings.hold_above_days)
            for line in zip(cover, quantity, columns["position"], columns["daily_demand"], strict=True)
        ],
    }


def _joined(parts: Sequence[Mapping[str, npt.NDArray[Any]]]) -> dict[str, Any]:
    """Columns of all parts one after the other; without any part, empty columns of every name."""
    if not parts:
        return {name: [] for name in (*ORDER_LINE_COLUMNS, *TRANSFER_LINE_COLUMNS)}
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _cover(columns: Mapping[str, Any], quantity: Floats) -> Floats:
    """Days that position and line cover at the daily demand by which the policy measures; infinite without any."""
    position, daily = (np.asarray(columns[name], np.float64) for name in ("position", "daily_demand"))
    after = np.maximum(position + quantity, 0.0)
    cover: Floats = np.divide(after, daily, out=np.full(after.shape, np.inf), where=daily > 0)
    return cover


def _held(days_of_cover: float, quantity: float, position: float, daily: float, *, limit: float) -> str:
    """Why a second person must look: the cover after the line, or a line that is large against the item's sales."""
    if days_of_cover > limit:
        cover = (
            "sells nothing at present"
            if np.isinf(days_of_cover)
            else f"covers {days_of_cover:.0f} days at {significant(daily)} a day"
        )
        return f"{cover}, the limit is {limit:.0f}"
    # What is owed does not show in the cover after the line: a mistyped backorder would buy any quantity.
    if quantity <= limit * daily:
        return ""
    sales = (
        f"{quantity / daily:,.0f} days of sales at {significant(daily)} a day" if daily > 0 else "and it sells nothing"
    )
    return (
        f"buys {amount(quantity)} units, {sales}, for a position of {amount(position)} (owed to customers or blocked); "
        f"the limit is {limit:.0f} days"
    )


def _heads(
    dataset: DataSet, terms: Terms, lines: pd.DataFrame, *, waiting: Waiting,
    waiting_lines: pd.DataFrame, as_of: date,
) -> pd.DataFrame:  # fmt: skip
    """One head an order, and one for each order of the planning day that waits."""
    made = lines.groupby("order_id", sort=False).agg(
        status=("status", "first"),
        supplier_id=("supplier_id", "first"),
        site_id=("site_id", "first"),
        order_date=("order_date", "first"),
        receipt_date=("receipt_date", "max"),
        payment_due_date=("payment_due_date", "max"),
        lines=("line_id", "size"),
        value=("value", "sum"),
    )
    heads = made.reset_index().to_dict("records")
    keys = zip(waiting_lines["supplier_id"], waiting_lines["site_id"], strict=True)
    numbers = dict(zip(keys, waiting_lines["order_id"], strict=True))
    for supplier, site, value in zip(waiting.supplier_index, waiting.site_index, waiting.value, strict=True):
        supplier_id, site_id = terms.suppliers[supplier], terms.sites[site]
        heads.append(
            {
                "order_id": numbers.get((supplier_id, site_id), order_number(supplier_id, as_of, site_id)),
                "status": "waiting",
                "supplier_id": supplier_id,
                "site_id": site_id,
                "order_date": pd.Timestamp(as_of),
                "receipt_date": pd.NaT,
                "payment_due_date": pd.NaT,
                "lines": 0,
                "value": float(value),
            }
        )
    frame = pd.DataFrame(heads, columns=[*made.reset_index().columns])
    suppliers = [dataset.suppliers[supplier_id] for supplier_id in frame["supplier_id"]]
    minimum = np.array([supplier.minimum_order_value for supplier in suppliers], np.float64)
    value = frame["value"].to_numpy(np.float64)
    before = _placed_value(dataset, frame, as_of)
    loads = truck_columns(dataset, lines, frame, as_of=as_of)
    full = frame.assign(
        **loads,
        currency=[supplier.currency for supplier in suppliers],
        value_base=[dataset.to_base(v, s.currency) for v, s in zip(value, suppliers, strict=True)],
        minimum_order_value=minimum,
        placed_value=before,
        missing_to_minimum=np.where(value + before < minimum * (1.0 - 1e-9), minimum - value - before, 0.0),
    )
    return typed_frame(full.sort_values(["order_date", "order_id"], kind="stable"), HEAD_COLUMNS)


def _placed_value(dataset: DataSet, heads: pd.DataFrame, as_of: date) -> Floats:
    """Value of what is placed already of each head's supplier and site, for its day."""
    placed = placed_values(dataset, as_of)
    keys = zip(heads["supplier_id"], heads["site_id"], heads["order_date"], strict=True)
    return np.array([placed.get((supplier, site), 0.0) * (day == pd.Timestamp(as_of)) for supplier, site, day in keys])


def _mode(dataset: DataSet, origin_id: str, destination_id: str) -> str:
    lane = feeding_lane(dataset, origin_id, destination_id)
    return "" if lane is None else lane.mode


def _day(day: np.datetime64) -> date:
    found: date = day.astype("datetime64[D]").item()
    return found
