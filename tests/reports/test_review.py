"""Exceptions, action messages and the cash view, in text and on the page."""

from __future__ import annotations

import pandas as pd

from supplychain.plans.cash_weeks import CASH_COLUMNS, MONTH_COLUMNS
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_actions import ACTION_COLUMNS
from supplychain.plans.order_exceptions import OrderException, exception_frame
from supplychain.plans.order_limits import LIMIT_COLUMNS
from supplychain.reports.html_review import action_table, cash_table, exception_table
from supplychain.reports.limit_text import limit_parts
from supplychain.reports.review_text import actions_text, cash_text, exceptions_text

DAY = pd.Timestamp("2025-06-10")


def exceptions(count: int = 3) -> pd.DataFrame:
    found = [
        OrderException(
            "stock_out", 900.0 - n, "lost margin", f"empty {n}", "why", "do it", item_id="A", site_id="DC",
            command="plan explain A DC",
        )
        for n in range(count)
    ]  # fmt: skip
    frame = exception_frame([*found, OrderException("missing_data", 0.0, "unknown", "zero\x1b[31m", "why", "fill in")])
    return frame.assign(item_name="Kettle <b>")


def action(**more: object) -> dict[str, object]:
    blank = {name: 0 if kind in ("float64", "int64", "bool") else "" for name, kind in ACTION_COLUMNS.items()}
    known = {"line_id": "P1_A_DC", "order_id": "P1", "kind": "open order", "action": "advance", "item_id": "A"}
    known |= {"site_id": "DC", "quantity": 10.0, "new_quantity": 10.0, "saves": 120.0, "due_date": DAY}
    known |= {"new_due_date": DAY - pd.Timedelta(days=4)}
    return {**blank, "earliest_date": DAY, "needed_date": DAY, "sell_by_date": DAY, **known, **more}


def actions(*rows: dict[str, object]) -> pd.DataFrame:
    return typed_frame(pd.DataFrame(list(rows), columns=list(ACTION_COLUMNS)), ACTION_COLUMNS).assign(
        item_name="Kettle"
    )


def weeks() -> pd.DataFrame:
    rows = [
        ("2025-W24", "2025-06-09", "CNY", 100.0, 0.0, 50.0, 0.0, 1.0, 151.0, 151.0, 151.0, 151.0),
        ("2025-W24", "2025-06-09", "USD", 0.0, 0.0, 10.0, 5.0, 0.0, 15.0, 108.0, 15.0, 108.0),
        ("2025-W25", "2025-06-16", "CNY", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 151.0, 151.0),
    ]
    return typed_frame(pd.DataFrame(rows, columns=list(CASH_COLUMNS)), CASH_COLUMNS)


def months(budget: float = float("nan")) -> pd.DataFrame:
    rows = [("2025-06", 100.0, 0.0, 122.0, 36.0, 1.0, 259.0, budget, budget - 223.0)]
    return typed_frame(pd.DataFrame(rows, columns=list(MONTH_COLUMNS)), MONTH_COLUMNS)


def test_an_exception_says_what_why_and_what_to_do() -> None:
    text = exceptions_text(exceptions(), currency="CNY", shell="supplychain {}".format, count=1)
    assert "1. [high] stock-out before an order can help: A Kettle <b> at DC, 900 CNY (lost margin)" in text
    for words in ("   empty 0", "   why: why", "   do: do it", "   more: supplychain plan explain A DC"):
        assert words in text
    assert "... and 3 more; --all shows them" in text
    assert "\x1b" not in exceptions_text(exceptions(), currency="CNY", shell=str, count=9)
    assert exceptions_text(exceptions().iloc[:0], currency="CNY", shell=str).startswith("Exceptions: none")


def test_one_kind_without_exceptions_says_how_many_others_there_are() -> None:
    none = exceptions().iloc[:0]
    text = exceptions_text(none, currency="CNY", shell="supplychain {}".format, kind="below_minimum", others=460)
    assert text.startswith("Exceptions of the kind below_minimum (order below its supplier's minimum): none.")
    assert "460 exceptions of other kinds: supplychain plan exceptions" in text


def test_open_orders_are_counted_and_those_that_change_listed() -> None:
    keeps = action(line_id="P2_A_DC", order_id="P2", action="keep", new_due_date=DAY, saves=0.0)
    late = action(line_id="P3_A_DC", order_id="P3", action="keep", new_due_date=DAY, saves=0.0, past_due_days=3)
    approved = action(
        line_id="P4_A_DC", order_id="P4", kind="approved order", action="keep", new_due_date=DAY, saves=0.0
    )
    tonight = action(line_id="L", order_id="O", kind="order line", action="new", new_due_date=DAY, saves=0.0)
    text = actions_text(actions(action(), keeps, late, approved, tonight), currency="CNY")
    assert text.startswith("Open orders (4): 1 advance, 3 keep; 1 past due; 1 approved, which stay as they are")
    assert "P1" in text
    assert "P3" in text
    assert "P2" not in text
    assert "2025-06-06" in text
    assert "of that change alone" in text
    assert "do not add up" in text
    two = actions_text(actions(action(), action(line_id="P5_A_DC", order_id="P5", saves=333.0)), currency="CNY")
    assert "453" not in two
    assert actions_text(actions(), currency="CNY") == "Open orders: none."


def test_money_is_told_by_currency_together_and_against_the_budget() -> None:
    text = cash_text(weeks(), months(200.0), currency="CNY")
    for words in (
        "In CNY",
        "In USD",
        "All currencies in CNY",
        "By month in CNY",
        "More than a month's budget is to be paid, without any outlook: 2025-06",
        "In the month in which money leaves",
        "The budget itself limits orders by the month of their order date",
    ):
        assert words in text
    assert "approved  " not in text.split("In CNY")[1]  # nothing is approved, so there is no such column
    assert "sets no budget" in cash_text(weeks(), months(), currency="CNY")
    alone = weeks().query("currency == 'CNY'")
    assert "All currencies" not in cash_text(alone, months(), currency="CNY")
    assert cash_text(weeks().iloc[:0], months(), currency="CNY").startswith("Nothing is to be paid")


def test_the_page_has_the_same_in_tables() -> None:
    more = {"names": {"A": "Kettle", "DC": "Centre"}, "currency": "CNY", "run_id": "r1"}
    table = exception_table(exceptions(20), **more)
    assert len(table.rows) == 15
    assert "6 more" in table.note
    assert table.rows[0][2].note == "Kettle at Centre"
    assert table.rows[0][5].code == "supplychain plan explain A DC --run r1"
    changed = action_table(
        actions(action(), action(line_id="x", order_id="P9", new_quantity=24.0, action="increase")), **more
    )
    assert changed.rows[0][4].note == "→ 2025-06-06"
    assert changed.rows[1][3].note == "→ 24"
    cash = cash_table(weeks(), **more)
    assert [cell.text for cell in cash.rows[0]][:3] == ["2025-W24", "2025-06-09", "100"]
    assert cash.rows[0][-1].text == "259"


def test_high_comes_before_medium_before_low_whatever_the_money() -> None:
    money = [600.0, 300.0, 60.0, 30.0, 10.0]
    found = [
        OrderException("stock_out", worth, "lost margin", f"empty {worth}", "why", "do it", item_id="A", site_id="DC")
        for worth in money
    ]
    gap = OrderException("missing_data", 0.0, "unknown", "no supplier", "why", "fill in")
    frame = exception_frame([gap, *found])
    assert frame["severity"].tolist() == ["high", "medium", "medium", "low", "low", "low"]
    assert frame["kind"].tolist() == ["stock_out", "stock_out", "missing_data", *["stock_out"] * 3]
    assert frame["rank"].tolist() == [1, 2, 3, 4, 5, 6]


def limits(*rows: tuple[object, ...]) -> pd.DataFrame:
    whole = [(*row, *[0.0] * (len(LIMIT_COLUMNS) - len(row))) for row in rows]  # without transfers that are left out
    return typed_frame(pd.DataFrame(whole, columns=list(LIMIT_COLUMNS)), LIMIT_COLUMNS)


BUDGET = ("budget_per_month", "", "", "2025-05-01", 100.0, 60.0, 39.0, 0.0, 1.0, 9.0, 0.0, 0.25)
WEEKS = [
    ("weekly_capacity_units", f"S{n}", "", "2025-06-02", 1000.0, 100.0 * n, 11.0, 0.0, 800.0, 0.0, 0.0, 0.0)
    for n in range(1, 4)
]
ROOM = ("capacity_l", "", "DC", "2025-06-03", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_every_limit_is_shown_with_its_use() -> None:
    none = pd.DataFrame()
    tight, loose = limit_parts(limits(BUDGET, *WEEKS), none, currency="CNY", count=40)
    assert "budget_per_month" in tight
    assert "The budget counts orders by their order date" in tight
    assert loose.splitlines() == [
        "Limits used less than 80% (3), share in use with tonight's orders",
        "  weekly_capacity_units: S3 2025-06-02 31%, S2 2025-06-02 21%, S1 2025-06-02 11%",
    ]
    (short,) = limit_parts(limits(*WEEKS), none, currency="CNY", count=1)
    assert short.endswith("S3 2025-06-02 31%, and 2 more")
    assert "order date" not in short
    assert limit_parts(limits(), none, currency="CNY", count=1) == []
    sent = limit_parts(limits((*ROOM, 63.0, 40.0)), none, currency="CNY", count=1)
    assert sent[-1] == ("Transfers left out for the room at sites: DC 2025-06-03 63 l (40 CNY of expected lost margin)")
    assert limit_parts(limits(ROOM), none, currency="CNY", count=1)  # a site without room is no division by zero
