"""Exceptions in a small world: each kind is found where it is made, with its money, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import DataSet, Event, OpenOrder, Promotion, Receipt, StockLine, Supply
from supplychain.handover.cash_weeks import cash_months, cash_weeks, payments
from supplychain.handover.look import look
from supplychain.handover.order_actions import order_actions
from supplychain.handover.order_advice import less_on_order
from supplychain.handover.order_exceptions import order_exceptions
from supplychain.handover.orders import plan_orders
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.plans.judge.cash_weeks import judge_cash
from supplychain.plans.judge.excess_orders import judge_excess_orders
from supplychain.plans.judge.order_exceptions import judge_exceptions
from supplychain.plans.order_exceptions import EXCEPTION_COLUMNS, OrderException, exception_frame
from supplychain.plans.order_plan import OrderPlan
from supplychain.scenario.settings import ReplenishSettings
from tests.messages import raw_numbers
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, items, suppliers, supply


def reviewed(
    dataset: DataSet,
    *,
    history: np.ndarray | None = None,
    busy: dict[str, dict[int, float]] | None = None,
    rushes: pd.DataFrame | None = None,
    **options,
) -> tuple[pd.DataFrame, OrderPlan, ReplenishSettings]:
    """Exceptions that their judge accepts; ``busy`` gives days of an item another mean."""
    rule = ReplenishSettings(**({"policy": "optimized", "review_days": 7, "outlook_days": 10} | options))
    terms = compile_terms(dataset, rule)
    means = daily_means(terms)
    made = forecast(means)
    for item_id, days in (busy or {}).items():
        for row in np.flatnonzero(np.array(terms.item_ids) == item_id):
            for day, units in days.items():
                made.mean[row, day - 1] = units
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    orders, transfers, stock = plan_orders(dataset, terms, state, made, settings=rule, as_of=AS_OF)
    situation = look(state, made, AS_OF, terms=terms, settings=rule)
    actions = order_actions(dataset, situation, settings=rule, order_lines=orders.lines, transfer_lines=transfers.lines)
    quantity = np.tile(means[:, None], (1, 60)) if history is None else history
    frame = order_exceptions(
        dataset,
        situation,
        {
            **orders.to_tables(),
            **transfers.to_tables(),
            "order_actions": actions,
            **({} if rushes is None else {"order_rushes": rushes}),
        },
        settings=rule,
        quantity=quantity,
        first_day=np.datetime64(AS_OF) - 59,
    )
    assert list(frame.columns) == list(EXCEPTION_COLUMNS)
    also = {"transfers": transfers.lines, "stock": stock.days, "actions": actions}
    assert judge_exceptions(dataset, frame, orders=orders, **also) == ()
    assert raw_numbers([*frame["what"], *frame["why"], *frame["fix"], *actions["reason"]]) == []
    return frame, orders, rule


def found(frame: pd.DataFrame, kind: str, item_id: str = "", site_id: str = "") -> list[dict]:
    part = frame.loc[frame["kind"].eq(kind)]
    part = part.loc[part["item_id"].eq(item_id)] if item_id else part
    part = part.loc[part["site_id"].eq(site_id)] if site_id else part
    return part.to_dict("records")


def mill(**more: object) -> dict:
    """The suppliers with another S1."""
    return {s.supplier_id: replace(s, **more) if s.supplier_id == "S1" else s for s in suppliers()}


def stocked(**units: float) -> tuple[StockLine, ...]:
    return tuple(StockLine("WUH", item, held) for item, held in units.items())


def order(number: str, item: str, quantity: float, due: int, **more: object) -> OpenOrder:
    fields = {"ordered": AS_OF - timedelta(days=20), "due": AS_OF + timedelta(days=due)}
    return OpenOrder(number, "S1", item, "WUH", quantity, **(fields | more))


def test_stock_that_runs_out_before_an_order_can_help() -> None:
    frame, _, _ = reviewed(data_set(stock=stocked(NA=5.0)), review_days=1)
    (line,) = found(frame, "stock_out", "NA", "WUH")
    assert line["date"] == pd.Timestamp(AS_OF + timedelta(days=3))  # 5 units at 2.5 a day
    lead = 7  # 6.5 days, started
    assert line["units"] == pytest.approx(2.5 * (lead - 1) - 5.0, rel=0.35)
    assert line["money"] == pytest.approx(line["units"] * 40.0)
    assert line["money_is"] == "lost margin"
    assert not found(reviewed(data_set(stock=stocked(NA=100.0)))[0], "stock_out", "NA", "WUH")


def test_the_fastest_remedy_is_an_order_sooner_stock_elsewhere_or_another_supplier() -> None:
    late = order("P9", "NA", 60, 25)
    sooner, _, _ = reviewed(data_set(stock=stocked(NA=5.0), open_orders=(late,)))
    assert "advance order P9" in found(sooner, "stock_out", "NA", "WUH")[0]["fix"]
    elsewhere = (*stocked(soap=2.0), StockLine("HUB", "soap", 900.0))
    back = data_set(
        stock=elsewhere, lanes=(*data_set().lanes, replace(data_set().lanes[0], origin_id="HUB", destination_id="WUH"))
    )
    assert "units from HUB" in found(reviewed(back)[0], "stock_out", "soap", "WUH")[0]["fix"]
    quick = [*suppliers(), replace(suppliers()[0], supplier_id="S9", lead_time_mean_days=1.0)]
    both = data_set(
        stock=stocked(NA=0.0),
        suppliers={s.supplier_id: s for s in quick},
        supply=(*supply(), Supply("S9", "NA", 95.0, pack_units=5)),
    )
    assert "order from S9" in found(reviewed(both)[0], "stock_out", "NA", "WUH")[0]["fix"]
    none, _, _ = reviewed(data_set(stock=stocked(NA=5.0)))
    assert "nothing on the way" in found(none, "stock_out", "NA", "WUH")[0]["fix"]


def test_a_promotion_that_starts_before_an_order_can_be_here() -> None:
    busy = {"NA": dict.fromkeys(range(3, 7), 25.0)}
    promotion = Promotion("NA", AS_OF + timedelta(days=3), AS_OF + timedelta(days=6), 99.0)
    frame, _, _ = reviewed(data_set(stock=stocked(NA=20.0), promotions=(promotion,)), busy=busy)
    (line,) = found(frame, "lead_time_too_short", "NA", "WUH")
    assert "its promotion starts on" in line["what"]
    assert line["units"] > 50
    assert found(reviewed(data_set(stock=stocked(NA=20.0)), busy=busy)[0], "lead_time_too_short") == []
    event = Event("Fair", AS_OF + timedelta(days=3), AS_OF + timedelta(days=6))
    named, _, _ = reviewed(data_set(stock=stocked(NA=20.0), events=(event,)), busy=busy)
    assert "Fair starts on" in found(named, "lead_time_too_short", "NA", "WUH")[0]["what"]
    both = [*found(named, "stock_out", "NA", "WUH"), *found(named, "lead_time_too_short", "NA", "WUH")]
    alone = found(reviewed(data_set(stock=stocked(NA=20.0)), busy=busy)[0], "stock_out", "NA", "WUH")
    assert sum(one["units"] for one in both) == pytest.approx(alone[0]["units"])  # no unit is lost twice


def test_excess_dead_and_expiring_stock() -> None:
    milk = StockLine("WUH", "milk", 400.0, expiry=AS_OF + timedelta(days=4))
    frame, _, rule = reviewed(data_set(stock=(*stocked(NA=900.0, old=500.0), milk)))
    (excess,) = found(frame, "excess_stock", "NA", "WUH")
    assert 700 < excess["units"] < 900
    assert excess["value"] == pytest.approx(excess["units"] * 80.0)
    assert excess["money"] < excess["value"] * rule.holding_share_per_year
    (ending,) = found(frame, "excess_stock", "old", "WUH")
    assert ending["units"] == pytest.approx(500 - 36)  # three a day until its last day in twelve days
    assert ending["money"] == pytest.approx(ending["value"])
    (waste,) = found(frame, "expiring_stock", "milk", "WUH")
    assert waste["units"] > 200
    assert waste["money"] == pytest.approx(waste["units"] * 8.0)
    ended = {one.item_id: replace(one, ended=AS_OF) if one.item_id == "NA" else one for one in items()}
    dead, _, _ = reviewed(data_set(stock=stocked(NA=90.0), items=ended, open_orders=()))
    (line,) = found(dead, "dead_stock", "NA", "WUH")
    assert (line["units"], line["value"]) == (90.0, 7200.0)


def test_an_overdue_order() -> None:
    frame, _, _ = reviewed(
        data_set(stock=stocked(NA=5.0), open_orders=(order("P1", "NA", 40, -3), order("P2", "NA", 5, 9)))
    )
    (line,) = found(frame, "past_due")
    assert line["order_id"] == "P1"
    assert "3 days ago" in line["what"]
    assert line["money"] > 0


def test_a_supplier_above_its_capacity() -> None:
    dataset = data_set(suppliers=mill(weekly_capacity_units=50.0), stock=())
    assert not found(reviewed(dataset)[0], "capacity_exceeded")  # the optimized plan keeps it
    frame, orders, _ = reviewed(dataset, policy="textbook")
    lines = found(frame, "capacity_exceeded")
    assert lines
    assert all(line["supplier_id"] == "S1" for line in lines)
    assert all(line["limit"] == "weekly_capacity_units" for line in lines)
    without = judge_exceptions(dataset, frame.loc[frame["kind"].ne("capacity_exceeded")], orders=orders)
    assert any("above the supplier's capacity" in violation.rule for violation in without)


def test_a_supplier_that_closes() -> None:
    shut = ((AS_OF + timedelta(days=3), AS_OF + timedelta(days=20)),)
    closed = {s.supplier_id: replace(s, closures=shut) if s.supplier_id == "S1" else s for s in suppliers()}
    (line,) = [
        one for one in found(reviewed(data_set(suppliers=closed))[0], "supplier_closed") if one["supplier_id"] == "S1"
    ]
    assert line["date"] == pd.Timestamp(shut[0][0])
    assert line["money"] > 0
    assert "closed from" in line["what"]
    assert line["fix"].startswith("nothing ")  # 7 days of lead time do not fit before it


def closing(first: int, last: int, **more: object) -> dict[str, object]:
    """What is said of S1 (order days daily, lead time 7 days) that is closed from day ``first`` to ``last``."""
    shut = ((AS_OF + timedelta(days=first), AS_OF + timedelta(days=last)),)
    closed = {s.supplier_id: replace(s, closures=shut) if s.supplier_id == "S1" else s for s in suppliers()}
    frame, _, _ = reviewed(data_set(suppliers=closed, **more))
    (line,) = [one for one in found(frame, "supplier_closed") if one["supplier_id"] == "S1"]
    return line


def test_before_a_closure_an_order_helps_only_where_it_is_here_before_it() -> None:
    do = str(closing(9, 20)["fix"])
    assert do.startswith(f"order by {AS_OF + timedelta(days=1)} what must last until ")
    assert f"it is here before {AS_OF + timedelta(days=9)}" in do
    for first in (1, 3, 7):  # tonight's order comes after the closure
        assert "order by" not in str(closing(first, 20)["fix"])


def test_in_a_closure_who_else_delivers_is_named_or_that_nobody_does() -> None:
    do = str(closing(3, 30)["fix"])
    assert "take meanwhile from " in do
    alone = [one for one in supply() if one.supplier_id == "S1"]
    nobody = str(closing(3, 30, supply=alone, stock=())["fix"])
    assert nobody.startswith("nothing that is ordered or sent now arrives before ")


def past(quantities: list[float], item: str = "NA") -> tuple[Receipt, ...]:
    days = [AS_OF - timedelta(days=10 * n + 10) for n in range(len(quantities))]
    return tuple(
        Receipt(f"R{n}", "S1", item, "WUH", day, day, day, units, units)
        for n, (day, units) in enumerate(zip(days, quantities, strict=True))
    )


@pytest.mark.parametrize(("quantity", "far"), [(400.0, True), (60.0, False), (4.0, True)])
def test_an_order_far_from_history(quantity: float, far: bool) -> None:
    usual = past([40, 45, 50, 55, 60, 50])
    frame, _, _ = reviewed(data_set(open_orders=(order("P1", "NA", quantity, 9),), receipts=usual))
    assert bool(found(frame, "far_from_history", "NA")) == far
    few, _, _ = reviewed(data_set(open_orders=(order("P1", "NA", quantity, 9),), receipts=usual[:4]))
    assert found(few, "far_from_history") == []


@pytest.mark.parametrize("status", ["placed", "approved"])
def test_the_size_of_an_order_that_a_plan_proposed_is_not_doubted(status: str) -> None:
    usual = past([40, 45, 50, 55, 60, 50])
    typed = data_set(open_orders=(order("P1", "NA", 8, 9),), receipts=usual)
    frame, orders, _ = reviewed(typed)
    assert len(found(frame, "far_from_history", "NA")) == 1
    ours = replace(typed, open_orders=(replace(typed.open_orders[0], status=status),))
    assert found(reviewed(ours)[0], "far_from_history", "NA") == []
    assert any("a plan proposed it" in v.rule for v in judge_exceptions(ours, frame, orders=orders))


def test_one_small_past_order_does_not_make_small_orders_usual() -> None:
    """Five units once, else about fifty: an open order of eight is far, though it lies between least and most."""
    dataset = data_set(open_orders=(order("P1", "NA", 8, 9),), receipts=past([40, 45, 50, 55, 60, 50, 5]))
    frame, orders, _ = reviewed(dataset)
    (line,) = found(frame, "far_from_history", "NA")
    assert line["units"] == pytest.approx(8 - 50)
    assert "only 16% of the usual 50" in line["what"]
    untold = frame.loc[frame["kind"].ne("far_from_history")].assign(rank=lambda f: range(1, len(f) + 1))
    assert any("is far from the usual 50, and" in v.rule for v in judge_exceptions(dataset, untold, orders=orders))
    near = replace(dataset, open_orders=(order("P1", "NA", 48, 9),))
    assert any("the order has 48" in v.rule for v in judge_exceptions(near, frame, orders=orders))
    mixed = replace(dataset, receipts=past([4, 6, 8, 10, 12, 50, 5]))
    assert any("is not far from that" in v.rule for v in judge_exceptions(mixed, frame, orders=orders))


@pytest.mark.parametrize(
    ("units", "due", "told"),
    [
        (60.0, 3, r"^cancel order P1 \(60 units\); "),
        (60.0, 118, None),
        (None, 0, None),
    ],
)
def test_too_much_stock_names_the_orders_that_should_not_come(units: float | None, due: int, told: str | None) -> None:
    """Stock for a year: an order of tomorrow is not needed, and what is said of it is its action message."""
    coming = () if units is None else (order("P1", "NA", units, due),)
    dataset = data_set(stock=stocked(NA=900.0), open_orders=coming, transfers=())
    frame, _, _ = reviewed(dataset)
    (line,) = found(frame, "excess_stock", "NA", "WUH")
    assert "on order" not in line["fix"]
    if told:
        assert re.match(told, line["fix"])
        assert "order nothing" in line["fix"]


def test_too_much_stock_is_no_reason_against_an_order_that_is_needed() -> None:
    """The judge holds what is told against the action messages."""
    actions = pd.DataFrame(
        {
            "kind": "open order", "action": ["decrease", "postpone", "advance", "keep", "cancel"],
            "order_id": ["P1", "P2", "P3", "P4", "P5"], "line_id": list("abcde"), "item_id": "NA", "site_id": "WUH",
            "quantity": [4792.0, 408.0, 720.0, 90.0, 498.5], "new_quantity": [2072.0, 408.0, 720.0, 90.0, 0.0],
            "due_date": pd.Timestamp("2025-06-01"), "new_due_date": pd.Timestamp("2025-06-17"),
        }
    )  # fmt: skip
    words = less_on_order(actions)["NA", "WUH"]
    assert words == (
        "cut order P1 from 4,792 to 2,072 units (here on 2025-06-17); postpone order P2 (408 units) from 2025-06-01 to "
        "2025-06-17; cancel order P5 (498.5 units)"
    )
    told = pd.DataFrame(
        {"rank": [1], "kind": "excess_stock", "item_id": "NA", "site_id": "WUH", "fix": f"{words}; order nothing"}
    )
    assert list(judge_excess_orders(told, actions)) == []
    for wrong in (
        f"{words}; cancel order P3 (720 units)",
        words.replace("2,072", "2,073"),
        words.replace("2025-06-17", "2025-06-18"),
        "cancel or postpone the 490 units on order; order nothing",
        "order nothing",
    ):
        assert list(judge_excess_orders(told.assign(fix=wrong), actions)), wrong


def test_a_mistyped_day() -> None:
    dataset = data_set()
    terms = compile_terms(dataset, ReplenishSettings())
    row = terms.row_of("NA", "WUH")
    assert row is not None
    history = np.tile(daily_means(terms)[:, None], (1, 60))
    history[row, 40] *= 1000
    (line,) = found(reviewed(dataset, history=history)[0], "suspect_history")
    assert (line["item_id"], line["site_id"]) == ("NA", "WUH")
    assert line["date"] == pd.Timestamp(AS_OF - timedelta(days=19))
    history[row, 41] *= 1000  # two days alike are no slip of a finger
    assert found(reviewed(dataset, history=history)[0], "suspect_history") == []


def test_missing_master_data() -> None:
    blank = {one.item_id: replace(one, price=0.0, weight_kg=0.0) if one.item_id == "soap" else one for one in items()}
    assumed = {s.supplier_id: replace(s, assumed=("lead_time_mean_days",)) for s in suppliers()}
    lonely = tuple(s for s in supply() if s.item_id != "NA")
    away = replace(order("P7", "phone", 5, 5), site_id="HUB")
    frame, _, _ = reviewed(data_set(items=blank, suppliers=assumed, supply=lonely, open_orders=(away,)))
    texts = "\n".join(line["what"] for line in found(frame, "missing_data"))
    for words in (
        "nobody delivers it",
        "price is zero for soap",
        "weight kg is zero for soap",
        "lead_time_mean_days (3)",
    ):
        assert words in texts
    assert "order P7" in texts
    assert all(line["severity"] != "low" for line in found(frame, "missing_data"))


def test_what_was_relaxed_is_ranked_with_the_rest() -> None:
    slack = OrderException(
        "relaxed_limit", 500.0, "cost of the limit", "w", "y", "f", limit="budget_per_month", amount=100.0,
        unit_cost=5.0, cost=500.0,
    )  # fmt: skip
    small = OrderException("dead_stock", 20.0, "holding cost", "w", "y", "f")
    frame = exception_frame([small, slack])
    assert frame["kind"].tolist() == ["relaxed_limit", "dead_stock"]
    assert frame["severity"].tolist() == ["high", "low"]
    assert frame.loc[0, ["limit", "amount", "cost"]].tolist() == ["budget_per_month", 100.0, 500.0]
    assert exception_frame([]).empty


def test_the_judge_sees_what_does_not_hold() -> None:
    dataset = data_set(stock=stocked(NA=900.0))
    frame, orders, _ = reviewed(dataset)
    at = frame.index[frame["kind"].eq("excess_stock")][0]
    for column, value, field in (
        ("units", 5000.0, "units"),
        ("money", -1.0, "money"),
        ("fix", "", "fix"),
        ("kind", "odd", "kind"),
    ):
        changed = frame.copy()
        changed.loc[at, column] = value
        assert field in {v.field for v in judge_exceptions(dataset, changed, orders=orders)}, column
    late = replace(dataset, open_orders=(order("P1", "NA", 40, -3),))
    assert any("overdue and not told" in v.rule for v in judge_exceptions(late, frame, orders=orders))


def cash(dataset: DataSet, *, budget: float | None = None) -> tuple[dict[str, pd.DataFrame], OrderPlan]:
    _, orders, _ = reviewed(dataset)
    paid = payments(dataset, orders.lines)
    tables = {
        "cash_payments": paid,
        "cash_weeks": cash_weeks(dataset, paid),
        "cash_months": cash_months(dataset, paid, budget=budget),
    }
    assert judge_cash(dataset, tables, orders=orders) == ()
    return tables, orders


def test_money_leaves_after_the_payment_days_less_the_settlement_days() -> None:
    slow = {
        s.supplier_id: replace(s, settlement_days=2, payment_fee_share=0.01) if s.supplier_id == "S1" else s
        for s in suppliers()
    }
    tables, _ = cash(
        data_set(suppliers=slow, open_orders=(order("P1", "NA", 45, 3, unit_price=81.0), order("P2", "NA", 10, -2)))
    )
    first, second = (tables["cash_payments"].set_index("line_id").loc[f"{number}_NA_WUH"] for number in ("P1", "P2"))
    assert first["payment_due_date"] == pd.Timestamp(AS_OF + timedelta(days=33))
    assert first["cash_date"] == pd.Timestamp(AS_OF + timedelta(days=31))
    assert (first["value"], first["fee"], first["price_known"]) == (45 * 81.0, pytest.approx(36.45), True)
    assert second["receipt_date"] == pd.Timestamp(AS_OF + timedelta(days=1))  # overdue: counted for tomorrow
    assert (second["value"], second["price_known"]) == (800.0, False)
    breaks, _ = cash(data_set(open_orders=(order("P1", "NA", 45, 3),)))
    assert breaks["cash_payments"].set_index("line_id").loc["P1_NA_WUH", "value"] == 45 * 76.0  # all-units break


def test_weeks_are_whole_by_currency_and_add_up_and_the_budget_is_told() -> None:
    tables, orders = cash(data_set(stock=()), budget=5_000.0)
    weeks, months = tables["cash_weeks"], tables["cash_months"]
    assert set(weeks["currency"]) == {"CNY", "USD"}
    assert weeks["week_start"].dt.weekday.eq(0).all()
    assert weeks.groupby("currency")["week_start"].diff().dropna().eq(pd.Timedelta(days=7)).all()
    last = weeks.groupby("currency").tail(1).set_index("currency")
    fees = tables["cash_payments"].groupby("currency")["fee"].sum()
    for currency, lines in orders.lines.groupby("currency"):
        opened = tables["cash_payments"].query("state == 'open' and currency == @currency")["value"].sum()
        assert last.loc[currency, "cumulative"] == pytest.approx(lines["value"].sum() + opened + fees[currency])
    assert last.loc["USD", "cumulative_base"] == pytest.approx(last.loc["USD", "cumulative"] * 7.2)
    assert (months["left"] < 0).any()
    assert months["total"].sum() == pytest.approx(weeks["total_base"].sum())
    assert cash(data_set(), budget=None)[0]["cash_months"]["budget"].isna().all()


def test_the_judge_sees_money_that_is_wrong() -> None:
    tables, orders = cash(data_set())
    for table, column in (
        ("cash_payments", "value"),
        ("cash_payments", "fee"),
        ("cash_weeks", "total"),
        ("cash_weeks", "cumulative_base"),
        ("cash_months", "total"),
    ):
        changed = tables[table].copy()
        changed.loc[changed.index[-1], column] += 100.0
        assert judge_cash(data_set(), {**tables, table: changed}, orders=orders), column
    moved = tables["cash_payments"].assign(cash_date=tables["cash_payments"]["cash_date"] + pd.Timedelta(days=7))
    assert judge_cash(data_set(), {**tables, "cash_payments": moved}, orders=orders)
    fewer = {**tables, "cash_payments": tables["cash_payments"].iloc[1:]}
    assert any("not paid" in v.rule for v in judge_cash(data_set(), fewer, orders=orders))


def test_help_comes_with_the_plans_own_next_line() -> None:
    """A row that cannot wait is ordered before its supplier's review day, and that order is the help that is told."""
    world = data_set(stock=stocked(NA=8.0))
    frame, orders, _ = reviewed(world, review_days=7)
    (line,) = found(frame, "stock_out", "NA", "WUH")
    own = orders.lines.loc[orders.lines["item_id"].eq("NA") & orders.lines["site_id"].eq("WUH")]
    tonight, later = sorted(own["receipt_date"])[:2]
    assert line["help_date"] == tonight < later
    assert f"the order of tonight takes {(tonight - pd.Timestamp(AS_OF)).days} days" in line["why"]
    assert f"help is here on {line['help_date']:%Y-%m-%d} at the earliest" in line["what"]
    assert f"{line['units']:,.0f} units are lost until then" in line["what"]
    for name, change in (("help_date", pd.Timedelta(days=1)), ("date", pd.Timedelta(days=30))):
        wrong = frame.assign(**{name: frame[name] + change})
        assert "help_date" in {v.field for v in judge_exceptions(world, wrong, orders=orders)}


@pytest.mark.parametrize(("share", "fate"), [(1.0, "are lost"), (0.0, "are late"), (0.25, "are lost or late")])
def test_of_customers_who_wait_nothing_is_lost(share: float, fate: str) -> None:
    frame, _, _ = reviewed(data_set(stock=stocked(NA=8.0)), lost_sale_share=share)
    (line,) = found(frame, "stock_out", "NA", "WUH")
    assert f"{line['units']:,.0f} units {fate} until then" in line["what"]
    assert (line["money"] > 0) == (share > 0)


def test_what_is_lost_is_what_the_stock_projection_loses() -> None:
    world = data_set(stock=stocked(NA=5.0))
    frame, orders, rule = reviewed(world)
    terms = compile_terms(world, rule)
    means = daily_means(terms)
    state = state_from_dataset(world, terms, recent_daily_sales=means)
    _, transfers, stock = plan_orders(world, terms, state, forecast(means), settings=rule, as_of=AS_OF)
    row = frame["kind"].eq("stock_out") & frame["item_id"].eq("NA") & frame["site_id"].eq("WUH")
    days = stock.days.loc[stock.days["item_id"].eq("NA") & stock.days["site_id"].eq("WUH")]
    (line,) = frame.loc[row].to_dict("records")
    lost = days.loc[days["date"].lt(line["help_date"]), "lost"]
    assert line["units"] >= lost.sum() - 1e-6 > 0
    assert line["date"] == days.loc[days["lost"].gt(0), "date"].min()
    for name, wrong in (("units", frame["units"] / 2), ("date", frame["date"] + pd.Timedelta(days=1))):
        changed = frame.assign(**{name: frame[name].mask(row, wrong)})
        told = judge_exceptions(world, changed, orders=orders, transfers=transfers.lines, stock=stock.days)
        assert any(v.field == name and "stock projection" in v.rule for v in told), name


def test_the_sums_of_a_stock_out_can_be_followed() -> None:
    late = order("P9", "NA", 10, 4)
    frame, _, _ = reviewed(data_set(stock=stocked(NA=5.0), open_orders=(late,)))
    (line,) = found(frame, "stock_out", "NA", "WUH")
    asked, there = re.search(r"until \S+ ([\d,]+) are asked for, against (.+?)(?:;|$)", line["why"]).groups()
    parts, total = there.rsplit(" = ", 1)
    assert sum(float(units) for units in re.findall(r"\d+", parts)) == pytest.approx(float(total), abs=1)
    more = re.search(r"; ([\d,]+) more are lost", line["why"])
    lost = float(asked) - float(total) + (float(more.group(1)) if more else 0.0)
    assert lost == pytest.approx(line["units"], abs=2)


def test_excess_names_the_sites_that_need_it_and_no_order_is_raised_beside_it() -> None:
    small = order("P9", "NA", 10, 8)
    stock = (*stocked(NA=20.0), StockLine("CDU", "NA", 3000.0))
    lane = replace(data_set().lanes[0], origin_id="CDU", destination_id="WUH", transit_days=2.0, cost_per_unit=0.01)
    lane = replace(lane, cost_per_kg=0.0, cost_per_shipment=0.0)
    far = mill(closures=((AS_OF, AS_OF + timedelta(days=40)),))
    base = data_set(stock=stock, open_orders=(small,), suppliers=far)
    near = replace(base, lanes=(*base.lanes, lane))
    dear = replace(base, lanes=(*base.lanes, replace(lane, cost_per_unit=1e4)))

    def told(world: DataSet) -> tuple[str, dict, pd.DataFrame, pd.DataFrame, OrderPlan]:
        frame, orders, rule = reviewed(world)
        (excess,) = found(frame, "excess_stock", "NA", "CDU")
        terms = compile_terms(world, rule)
        means = daily_means(terms)
        state, ahead = state_from_dataset(world, terms, recent_daily_sales=means), forecast(means)
        moves = plan_orders(world, terms, state, ahead, settings=rule, as_of=AS_OF)[1].lines
        situation = look(state, ahead, AS_OF, terms=terms, settings=rule)
        lines = {"order_lines": orders.lines, "transfer_lines": moves}
        actions = order_actions(world, situation, settings=rule, **lines)
        (line,) = actions.loc[actions["order_id"].eq("P9")].to_dict("records")
        return excess["fix"], line, actions, frame, orders

    fix, line, actions, frame, orders = told(near)
    assert re.search(r"move \d+ to WUH \(there on 2025-06-01\), which needs them", fix)
    assert (line["action"], line["move_from"], line["saves"]) == ("keep", "CDU", 0.0)
    assert line["move_units"] > 0
    assert "do not raise it: CDU holds more than it needs" in line["reason"]
    fix, raised, _, _, _ = told(base)
    assert "no site that a lane reaches needs what can leave" in fix
    assert raised["action"] == "increase"
    assert told(dear)[1]["action"] == "increase"
    columns = ("action", "new_quantity", "move_from", "saves")
    wrong = actions.assign(**{name: actions[name].mask(actions["order_id"].eq("P9"), raised[name]) for name in columns})
    rules = [v.rule for v in judge_exceptions(near, frame, orders=orders, actions=wrong)]
    assert any(rule.startswith("CDU has") for rule in rules)
    nowhere = actions.assign(move_from=actions["move_from"].mask(actions["order_id"].eq("P9"), "HUB"))
    assert any("no such excess" in v.rule for v in judge_exceptions(near, frame, orders=orders, actions=nowhere))
