"""What is approved and what is left is the same everywhere, and what is approved stands until the data set has it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from supplychain.plans.judge.cash_weeks import judge_cash
from supplychain.plans.order_plan import OrderPlan
from supplychain.reports.approved_text import approved_text
from supplychain.reports.html_orders import earlier_table
from supplychain.service.approving import approve_lines
from supplychain.service.execution import run
from supplychain.service.explain import explain_order
from supplychain.service.export import export_plan, export_tables
from supplychain.service.listing import list_plans, open_stored
from supplychain.service.order_view import order_view
from supplychain.service.reporting import report
from supplychain.service.result import RunResult
from supplychain.store import Store
from supplychain.tables import read_tables
from supplychain.tables.build import build_dataset
from tests.cli.small_shop import write_project

NOON = datetime(2025, 5, 30, 12, tzinfo=UTC)


def plan(project: Path, store: Store) -> RunResult:
    made = run("small_better", project=project, store=store, until="replenish")
    return open_stored(made.run_id, store=store)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("project"))


def shop(folder: Path) -> Path:
    """The small shop, whose suppliers ask for a fee on each payment."""
    made = write_project(folder)
    file = made / "data" / "small_shop" / "suppliers.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    text = "\n".join([f"{head},payment_fee_share", *(f"{row},0.01" for row in rows)])
    file.write_text(f"{text}\n", encoding="utf-8")
    return made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def approve_part(result: RunResult, store: Store) -> tuple[RunResult, pd.Series]:
    """Approve one line of an order with several lines."""
    lines = result.tables["order_lines"].query("status == 'proposed'")
    number = lines["order_id"].value_counts().index[0]
    own = lines.loc[lines["order_id"].eq(number)]
    assert len(own) > 1
    approve_lines(result, [own["line_id"].iloc[0]], who="Ann", store=store, now=NOON)
    return open_stored(result.run_id, store=store), own.iloc[0]


def money(text: str) -> float:
    return float(text.replace(",", ""))


def test_every_place_has_the_same_lines_and_money_as_approved_and_as_left(project, store, tmp_path) -> None:
    made = plan(project, store)
    whole = made.tables["order_lines"].query("status == 'proposed'")["value_base"].sum()
    count = len(made.tables["order_lines"].query("status == 'proposed'"))
    now, line = approve_part(made, store)
    done, left = line["value_base"], whole - line["value_base"]

    kpis = now.kpis.set_index("figure")["value"]
    assert (kpis["order_lines"], kpis["approved_lines"]) == (count - 1, 1)
    assert (kpis["order_value"], kpis["approved_value"]) == (pytest.approx(left), pytest.approx(done))
    (listed,) = list_plans(store).to_dict("records")
    assert (listed["lines"], listed["approved"]) == (count - 1, 1)
    assert (listed["value"], listed["approved_value"]) == (pytest.approx(left), pytest.approx(done))

    view = order_view(now)
    assert view["order_heads"]["approved_lines"].sum() == 1
    assert view["order_heads"]["approved_value"].sum() == pytest.approx(line["value"])
    told = re.match(
        r"Approved of them: 1 line for ([\d,.]+) CNY; left to decide: (\d+) lines for ([\d,.]+) CNY",
        approved_text(view["order_lines"], currency="CNY"),
    )
    assert told is not None
    assert [money(one) for one in told.groups()] == [
        pytest.approx(done, abs=0.01),
        count - 1,
        pytest.approx(left, abs=0.01),
    ]

    paid = now.tables["cash_payments"].groupby("state")["value"].sum()
    assert paid["approved"] == pytest.approx(line["value"])
    weeks, months, before = now.tables["cash_weeks"], now.tables["cash_months"], made.tables["cash_weeks"]
    assert weeks["approved"].sum() == pytest.approx(line["value"])
    assert weeks["proposed"].sum() == pytest.approx(before["proposed"].sum() - line["value"])
    assert weeks["total_base"].tolist() == pytest.approx(before["total_base"].tolist())
    assert months["approved"].sum() == pytest.approx(done)
    assert months["proposed"].sum() == pytest.approx(left)
    dataset = build_dataset(read_tables(project / "data" / "small_shop"))
    assert judge_cash(dataset, now.tables, orders=OrderPlan.from_tables(now.tables)) == ()

    out = export_tables(now)
    states = out["lines"].groupby("status")["value_base"].sum()
    assert (states["approved"], states["proposed"]) == (pytest.approx(done, abs=0.01), pytest.approx(left, abs=0.05))
    assert out["orders"]["approved_value"].sum() == pytest.approx(line["value"], abs=0.01)
    assert out["cash"]["approved"].sum() == pytest.approx(line["value"], abs=0.01)

    page = report(now, to=tmp_path / "page.html").read_text(encoding="utf-8")
    caption = re.search(r"Orders of the planning day, by supplier \(([\d,]+) CNY approved, ([\d,]+) CNY proposed", page)
    assert caption is not None
    assert [money(one) for one in caption.groups()] == [pytest.approx(done, abs=1), pytest.approx(left, abs=1)]
    release = re.search(r"release (\d+) order lines to \d+ suppliers? for ([\d,]+) CNY", page)
    assert release is not None
    assert [money(one) for one in release.groups()] == [count - 1, pytest.approx(left, abs=1)]
    assert f"1 order line approved already, for {done:,.0f} CNY" in page
    assert (
        f"1 of {int(made.tables['order_heads'].set_index('order_id').loc[line['order_id'], 'lines'])} approved" in page
    )


def test_cash_has_fees_and_totals_without_the_outlook(project, store) -> None:
    made = plan(project, store)
    cash, whole = export_tables(made)["cash"], export_tables(made, planned=True)["cash"]
    assert set(whole.columns) - set(cash.columns) == {"planned"}
    paid = made.tables["cash_payments"].query("state != 'planned'")
    assert paid["fee"].sum() > 0
    assert cash["fees"].sum() == pytest.approx(paid["fee"].sum(), abs=0.05)
    parts = cash[["open", "approved", "proposed", "fees"]].sum(axis=1)
    assert cash["total"].tolist() == pytest.approx(parts.tolist(), abs=0.03)
    last = cash.groupby("currency").tail(1).set_index("currency")
    for currency, own in paid.groupby("currency"):
        assert last.loc[currency, "cumulative"] == pytest.approx((own["value"] + own["fee"]).sum(), abs=0.01)
    assert cash["total_base"].sum() < whole["total_base"].sum()


def test_the_newest_plan_hands_over_what_was_approved_until_the_data_set_has_it(project, store, tmp_path) -> None:
    first, line = approve_part(plan(project, store), store)
    again = plan(project, store)
    assert again.run_id != first.run_id
    assert line["line_id"] not in set(again.tables["order_lines"]["line_id"])
    out = export_tables(again)
    assert not out["lines"]["line_id"].duplicated().any()
    (mine,) = out["lines"].query("status == 'approved'").to_dict("records")
    for name in ("line_id", "order_id", "supplier_id", "item_id", "site_id", "quantity", "currency", "order_date"):
        assert mine[name] == line[name], name
    assert (mine["unit_price"], mine["value"]) == (round(line["unit_price"], 4), round(line["value"], 2))
    assert (mine["receipt_date"], mine["payment_due_date"]) == (line["receipt_date"], line["payment_due_date"])
    assert (mine["approved_by"], mine["checked_by"], mine["approved_in_run"]) == ("Ann", "", first.run_id)
    assert datetime.fromisoformat(mine["approved_at"]) == NOON
    assert mine["item_name"]
    heads = out["orders"].query("status != 'waiting'")
    assert not heads["order_id"].duplicated().any()
    sums = out["lines"].groupby("order_id")["value"].sum()
    assert heads.set_index("order_id")["value"].to_dict() == pytest.approx(sums.to_dict(), abs=0.02)
    head = heads.set_index("order_id").loc[mine["order_id"]]
    assert (head["approved_lines"], head["approved_value"], head["placed_value"]) == (1, mine["value"], 0)
    assert out["cash"]["approved"].sum() == pytest.approx(mine["value"])

    (file,) = export_plan(again, tmp_path / "orders.csv")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row["approved_by"] for row in rows if row["line_id"] == mine["line_id"]] == ["Ann"]
    assert all(row["order_value"] for row in rows)
    (book,) = export_plan(again, tmp_path / "orders.xlsx")
    sheet = openpyxl.load_workbook(book)["lines"]
    assert mine["line_id"] in [cell.value for cell in sheet["B"]]
    (told,) = explain_order(again, mine["line_id"])
    assert told.kind == "approved order"
    assert "Approved by Ann on 2025-05-30" in told.text
    view = order_view(again)["order_approved"]
    assert view["line_id"].tolist() == [mine["line_id"]]
    table = earlier_table(view, names={}, currency="CNY")
    assert table is not None
    assert line["line_id"] in json.dumps(report(again, to=tmp_path / "p.html").read_text(encoding="utf-8"))


def test_what_the_data_set_has_is_not_handed_over_again(project, store, tmp_path) -> None:
    _, line = approve_part(plan(project, store), store)
    later = shop(tmp_path / "later")
    cells = {"order_id": line["order_id"], "supplier_id": line["supplier_id"], "item_id": line["item_id"],
             "site_id": line["site_id"], "quantity": f"{line['quantity']:g}", "ordered": date(2025, 5, 30).isoformat(),
             "due": str(line["receipt_date"])[:10], "unit_price": f"{line['unit_price']}"}  # fmt: skip
    for status in ("open", "approved"):  # sent to the supplier, or only taken over by the program that orders
        row = cells | {"status": status}
        text = f"{','.join(row)}\n{','.join(row.values())}\n"
        (later / "data" / "small_shop" / "open_orders.csv").write_text(text, encoding="utf-8")
        again = plan(later, store)
        assert again.tables["order_approved"].empty
        assert line["line_id"] not in set(export_tables(again)["lines"]["line_id"])
