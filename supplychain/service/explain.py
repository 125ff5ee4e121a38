"""Why an order or transfer, one of its lines, or nothing at all is planned: in words and as data."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.amounts import counted
from supplychain.plans.explain import explain_line, line_reason, recompute_quantity
from supplychain.plans.explain_order import explain_order_worth, order_worth
from supplychain.plans.mail_table import explain_mail
from supplychain.plans.order_actions import action_number
from supplychain.plans.order_plan import DECIDED, order_number
from supplychain.plans.order_rows import STOPS
from supplychain.plans.rush_table import explain_rush
from supplychain.plans.source_table import explain_sources
from supplychain.reports.text import frame_text
from supplychain.service.explain_under_way import LineExplanation, explain_under_way
from supplychain.service.forecast_view import ForecastExplanation, explain_forecast
from supplychain.service.order_view import base_currency, check_columns, item_names, waiting_orders
from supplychain.service.result import RunResult
from supplychain.service.stored import near, plan_table

__all__ = ["ForecastExplanation", "LineExplanation", "explain_forecast", "explain_order"]

_TABLES = (("order", "order_lines"), ("transfer", "transfer_lines"), ("order", "order_waiting"))
_RANK = dict.fromkeys(DECIDED, 0) | {"proposed": 0, "waiting": 1, "left_out": 1, "planned": 2}


def explain_order(result: RunResult, line: str, site: str | None = None) -> tuple[LineExplanation, ...]:
    """Explain a line or an order by its number, open ones too, or every line of an item at a site, tonight's first.

    An item that is not ordered at a site is explained too. Raises PlanError, with what comes nearest, for what the run
    does not know.
    """
    check_columns(result)
    if site is None:
        found = [*_lines(result, "line_id", line), *_heads(result, line), *explain_under_way(result, number=line)]
        found += [] if found else _approved_earlier(result, line)
        if not found:
            raise PlanError(_unknown(result, line))
        return tuple(found)
    _check_listed(result, line, site)
    found = [one for one in _lines(result, "item_id", line) if _site(one.line) == site]
    found.sort(key=lambda one: (_RANK[one.line["status"]], one.line["order_date"], one.kind))
    if not found or found[0].line["status"] == "planned":
        found.insert(0, _nothing(result, line, site))
    return (*found, *explain_under_way(result, item_id=line, site_id=site))


def _approved_earlier(result: RunResult, number: str) -> Iterator[LineExplanation]:
    """The line that an earlier run got approved, by its number there; it is under way by now."""
    earlier = result.tables.get("order_approved")
    if earlier is None:
        return
    for line in earlier.loc[earlier["line_id"].eq(number)].to_dict("records"):
        yield from explain_under_way(result, number=action_number(line["order_id"], line["item_id"], line["site_id"]))


def _lines(result: RunResult, column: str, value: str) -> Iterator[LineExplanation]:
    heads = plan_table(result, "order_heads")
    minimum = dict(zip(heads["order_id"], heads["minimum_order_value"], strict=True))
    orders = plan_table(result, "order_lines")
    whole = orders.groupby("order_id")["cost_of_waiting"].sum().to_dict()
    names, currency, never = item_names(result), base_currency(result), _never_comes(result)
    for kind, table in _TABLES:
        frame = plan_table(result, table)
        for line in frame.loc[frame[column].eq(value)].to_dict("records"):
            known = {**line, "item_name": names.get(line["item_id"], ""), "base_currency": currency}
            if line["status"] != "planned":
                place = line["site_id" if kind == "order" else "destination_id"]
                known["never_comes"] = never.get((line["item_id"], place), 0.0)
            if kind == "order":
                known["minimum_order_value"] = minimum.get(line["order_id"])
                known["order_cost_of_waiting"] = whole.get(line["order_id"])
            more = _source_text(result, line, currency) if kind == "order" else ""
            text = "\n".join(part for part in (explain_line(known), more) if part)
            yield LineExplanation(kind, line, text, recompute_quantity(line))


def _never_comes(result: RunResult) -> dict[tuple[str, str], float]:
    """Units of open orders by item and site beyond what their suppliers usually deliver of an order."""
    cards = result.tables.get("supplier_scorecards")
    if cards is None:
        return {}
    cards = cards.loc[cards["item_id"].eq("") & cards["planned_with"].eq("measured") & cards["received_share"].notna()]
    short = 1.0 - cards.set_index("supplier_id")["received_share"].clip(upper=1.0)
    actions = plan_table(result, "order_actions")
    orders = actions.loc[actions["kind"].isin(["open order", "approved order"])]
    numbers = [order_number(s, result.as_of, at) for s, at in zip(orders["source_id"], orders["site_id"], strict=True)]
    tonight = [one == n or one.startswith(f"{n}_") for one, n in zip(orders["order_id"], numbers, strict=True)]
    short_of = orders["source_id"].map(short).fillna(0.0).mask(np.array(tonight, np.bool_), 0.0)  # these count whole
    units = orders["quantity"] * short_of
    sums = units.groupby([orders["item_id"], orders["site_id"]]).sum()
    return {(str(item), str(site)): float(value) for (item, site), value in sums.items()}


def _source_text(result: RunResult, line: Mapping[str, Any], currency: str) -> str:
    """The sources that were compared for the line's item and site, a rush order that pays there, and direct mail."""
    sources, rushes, mail = (
        frame.loc[frame["item_id"].eq(line["item_id"]) & frame["site_id"].eq(line["site_id"])].to_dict("records")
        for frame in (plan_table(result, f"order_{name}") for name in ("sources", "rushes", "direct_mail"))
    )
    told = [explain_sources(sources, currency=currency), *(explain_rush(one, currency=currency) for one in rushes)]
    told += [explain_mail(one, currency=currency) for one in mail]
    return "\n".join(part for part in told if part)


def _site(line: Mapping[str, Any]) -> str:
    return str(line["site_id"] if "supplier_id" in line else line["destination_id"])


def _heads(result: RunResult, number: str) -> Iterator[LineExplanation]:
    """The order or transfer of this number, with its lines."""
    heads = plan_table(result, "order_heads")
    for head in heads.loc[heads["order_id"].eq(number)].to_dict("records"):
        waits = head["status"] == "waiting"
        lines = plan_table(result, "order_waiting" if waits else "order_lines")
        own = lines.loc[lines["order_id"].eq(number)]
        currency = base_currency(result)
        text = (
            _waiting_text(result, head) if waits else f"{_head_text(head)}\n{explain_order_worth(head, own, currency)}"
        )
        known = head if waits else head | order_worth(own)
        yield LineExplanation("order head", known, f"{text}\n{_line_table(result, own)}")
    moves = plan_table(result, "transfer_lines")
    moves = moves.loc[moves["transfer_id"].eq(number)]
    if len(moves):
        first = moves.iloc[0]
        weight, litres = float(moves["weight_kg"].sum()), float(moves["volume_l"].sum())
        line = {
            "transfer_id": number, "status": first["status"], "origin_id": first["origin_id"],
            "destination_id": first["destination_id"], "order_date": first["order_date"], "lines": len(moves),
            "weight_kg": weight, "volume_l": litres,
        }  # fmt: skip
        text = (
            f"{counted(len(moves), 'line')} from {line['origin_id']} to {line['destination_id']} on "
            f"{_day(line['order_date'])}; here by {_day(moves['receipt_date'].max())}; "
            f"{weight:,.1f} kg and {litres:,.1f} l.\n"
        )
        yield LineExplanation("transfer head", line, text + _line_table(result, moves))


def _head_text(head: Mapping[str, Any]) -> str:
    currency, minimum = head["currency"], float(head["minimum_order_value"])
    against = f"against the supplier's minimum of {minimum:,.2f} {currency}" if minimum > 0 else "without a minimum"
    if (placed := float(head["placed_value"])) > 0:
        against += f"; {placed:,.2f} {currency} placed already on that day count for it too"
    return (
        f"{counted(int(head['lines']), 'line')} from {head['supplier_id']} for {head['site_id']} on "
        f"{_day(head['order_date'])}; here by {_day(head['receipt_date'])}, payment due "
        f"{_day(head['payment_due_date'])}.\n"
        f"Value: {float(head['value']):,.2f} {currency} {against}."
    )


def _waiting_text(result: RunResult, head: Mapping[str, Any]) -> str:
    currency = head["currency"]
    frame = waiting_orders(result)
    when = frame.loc[frame["order_id"].eq(head["order_id"])].iloc[0]
    value, minimum, missing = (float(head[name]) for name in ("value", "minimum_order_value", "missing_to_minimum"))
    text = (
        f"Waits: its lines come to {value:,.2f} {currency}, the minimum of {head['supplier_id']} is {minimum:,.2f} "
        f"{currency}; {missing:,.2f} {currency} are missing.\n"
        "Packs that would fill it up cost more than they earn, or pass a limit of stock, cover or shelf life."
    )
    if not pd.isna(when["next_order_date"]):
        text += (
            f"\nReleased: when its value reaches the minimum; it is looked at again on {_day(when['next_order_date'])}."
        )
    if pd.isna(when["expected_date"]):
        return text + "\nThe outlook does not see it placed."
    expected = f"{float(when['expected_value']):,.2f} {currency}"
    return f"{text}\nThe outlook places it on {_day(when['expected_date'])}, for {expected}."


def _line_table(result: RunResult, lines: pd.DataFrame) -> str:
    shown = pd.DataFrame(
        {
            "line_id": lines["line_id"],
            "item": lines["item_id"].map(item_names(result)).fillna(""),
            "quantity": lines["quantity"],
            "packs": lines["packs"],
            "value": lines["value" if "value" in lines else "value_base"].round(2),
            "used_up_without": lines["used_up_date"],
            "reason": [line_reason(line) for line in lines.to_dict("records")],
        }
    )
    return frame_text(shown, decimals={"value": 2})


def _nothing(result: RunResult, item_id: str, site_id: str) -> LineExplanation:
    """Why nothing of an item is due for a site on the planning day."""
    line = {"item_id": item_id, "site_id": site_id, "status": "nothing"}
    days = plan_table(result, "stock_projection")
    rows = days.loc[days["item_id"].eq(item_id) & days["site_id"].eq(site_id)].sort_values("date", kind="stable")
    start = f"Nothing of {item_id} is due for {site_id} on {result.as_of.isoformat()}"
    if rows.empty:
        return LineExplanation("nothing", line, f"{start}: no stock is projected for it.")
    first, last = rows.iloc[0], rows.iloc[-1]
    comes = float(rows[["received", "transferred_in", "returned"]].sum().sum())
    asked, lost = float(rows["demand"].sum()), float(rows["lost"].sum())
    sent, wasted = float(rows["transferred_out"].sum()), float(rows["wasted"].sum())
    feeds = f", {sent:,.1f} go to other sites" if sent > 0 else ""
    feeds += f", {wasted:,.1f} expire unsold" if wasted >= 0.05 else ""
    text = (
        f"{start}: {_why_nothing(result, item_id, site_id, lost)}.\n"
        f"Until {_day(last['date'])}: {float(first['opening']):,.1f} units on hand, {comes:,.1f} come in, "
        f"{asked:,.1f} are expected to be asked for{feeds}; lowest stock {float(rows['closing'].min()):,.1f}, "
        f"{float(last['closing']):,.1f} at the end" + (f", {lost:,.1f} lost sales." if lost >= 0.05 else ".")
    )
    if source := _source_text(result, line, base_currency(result)):
        text += f"\n{source}"
    more = {"on_hand": float(first["opening"]), "coming": comes, "demand": asked, "closing": float(last["closing"])}
    return LineExplanation("nothing", {**line, **more}, text)


def _why_nothing(result: RunResult, item_id: str, site_id: str, lost: float) -> str:
    """The stop, the next look, or the position against the target of the row; and what the outlook loses."""
    rows = plan_table(result, "order_rows")
    found = rows.loc[rows["item_id"].eq(item_id) & rows["site_id"].eq(site_id)].to_dict("records")
    if not found:
        why = "nobody delivers it: neither a supplier nor a dc that feeds the site has it"
    elif found[0]["stop"]:
        why = STOPS[str(found[0]["stop"])]
    else:
        row = found[0]
        level = f"position {float(row['position']):,.1f}, target {float(row['target']):,.1f}"
        if not row["looked_at"]:
            day = row["next_look_date"]
            when = "on no day of the forecast" if pd.isna(day) else f"on {_day(day)}"
            why = f"{row['source_id']} is next looked at {when} ({level})"
        elif float(row["need"]) <= 0:
            why = f"what is there and on order is enough until the next order day ({level})"
        else:
            need = float(row["need"])
            why = f"{need:,.1f} units are needed, but a limit or the supplier's minimum leaves nothing ({level})"
    late = f"; about {lost:,.0f} units will be asked for in vain" if lost >= _TELLING_LOSS else ""
    return why + late


_TELLING_LOSS = 0.5  # units


def _check_listed(result: RunResult, item_id: str, site_id: str) -> None:
    models = plan_table(result, "forecast_models")
    for word, name in (("item", item_id), ("site", site_id)):
        known = sorted(set(models[f"{word}_id"]))
        if name not in known:
            raise PlanError(f"{word} {name!r}: run {result.run_id} does not plan it{near(name, known)}")
    if not (models["item_id"].eq(item_id) & models["site_id"].eq(site_id)).any():
        where = ", ".join(sorted(set(models.loc[models["item_id"].eq(item_id), "site_id"])))
        raise PlanError(
            f"{item_id} is not listed at {site_id}, only at {where}; add a row to item_sites to stock it there"
        )


def _unknown(result: RunResult, what: str) -> str:
    models = plan_table(result, "forecast_models")
    items = sorted(set(models["item_id"]))
    if what in items:
        where = sorted(set(models.loc[models["item_id"].eq(what), "site_id"]))
        named = f"supplychain plan explain {what} {where[0]} --run {result.run_id}"
        return f"{what} is an item; name its site too ({', '.join(where)}): {named}"
    orders, moves = plan_table(result, "order_heads"), plan_table(result, "transfer_lines")
    actions = plan_table(result, "order_actions")
    numbers = {*actions["line_id"], *actions["order_id"], *orders["order_id"], *moves["line_id"]}
    numbers |= set(plan_table(result, "order_lines")["line_id"])
    close = difflib.get_close_matches(what, sorted({*numbers, *moves["transfer_id"], *items}), n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(close)}?" if close else f"supplychain plan show {result.run_id} lists them"
    return (
        f"{what!r}: run {result.run_id} ({result.scenario}) has no line, order, transfer or item of this name; {hint}"
    )


def _day(value: Any) -> str:
    return str(value)[:10]
