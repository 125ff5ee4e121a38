"""A data set that is written reads back as it was."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.errors import UsageError
from supplychain.reports.text import figure_text, frame_text, harmless, table_text
from supplychain.service import load_inputs, map_data, template_data, write_data
from supplychain.tables import read_tables
from tests.cli.small_shop import FILES, write_project, write_shop


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    """Order lines of eight items over 120 days in the shape of the UCI file."""
    rows = []
    for n, i in ((n, i) for n in range(240) for i in range(3)):
        item, units, customer = f"{22000 + (n + i) % 8}", 1 + (n * i) % 7, 12000 + n % 30
        rows.append([f"{536000 + n}", item, units, "", 1.25 + i, customer, "United Kingdom"])
    frame = pd.DataFrame(
        rows, columns=["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    )
    frame["InvoiceDate"] = pd.Timestamp("2010-12-01 10:00") + pd.to_timedelta([n // 6 for n in range(len(frame))], "D")
    file = tmp_path_factory.mktemp("orders") / "orders.parquet"
    frame.to_parquet(file)
    return file


def test_a_mapped_file_written_as_a_folder_reads_back_as_the_same_tables(orders, tmp_path):
    tables, report = map_data("online_retail", orders, tmp_path / "mapped")
    back = read_tables(tmp_path / "mapped")
    assert sum(count.lines for count in report.outcomes) == report.lines
    assert (back.name, back.as_of, back.base_currency) == (tables.name, tables.as_of, tables.base_currency)
    for name, frame in tables.frames.items():
        other = back.frames[name]
        assert len(frame) == len(other), name
        for column in frame.columns:
            left, right = (part[column].astype(object).where(part[column].notna(), None) for part in (frame, other))
            assert left.tolist() == right.tolist(), f"{name}.{column}"


def test_every_table_survives_writing(tmp_path):
    suppliers = FILES["suppliers.csv"].replace("payment_days\n", "payment_days,closures\n").replace(",30\n", ",30,\n")
    suppliers = suppliers.replace("USD,60\n", "USD,60,2026-02-10..2026-02-24|2026-10-01..2026-10-07\n")
    deliveries = "\n".join(
        row + (",window_start,window_end" if n == 0 else ",09:05,17:30" if n == 1 else ",,")
        for n, row in enumerate(FILES["deliveries.csv"].splitlines())
    )
    first = read_tables(write_shop(tmp_path / "a", suppliers=suppliers, deliveries=deliveries + "\n"))
    assert len(first.frames["suppliers"]["closures"].iloc[1]) == 2
    write_data(first, tmp_path / "b")
    second = read_tables(tmp_path / "b")
    for name, frame in first.frames.items():
        pd.testing.assert_frame_equal(frame, second.frames[name], check_dtype=True, check_categorical=False)
    write_data(second, tmp_path / "c")
    files = sorted(path.name for path in (tmp_path / "b").iterdir())
    assert all((tmp_path / "b" / f).read_bytes() == (tmp_path / "c" / f).read_bytes() for f in files)


def test_nothing_is_overwritten(tmp_path):
    template_data(tmp_path / "t.xlsx")
    with pytest.raises(UsageError, match="exists already"):
        template_data(tmp_path / "t.xlsx")
    with pytest.raises(UsageError, match="not an empty folder"):
        map_data("online_retail", tmp_path / "t.xlsx", tmp_path)


def test_data_of_a_scenario_lies_in_its_project_wherever_one_stands(tmp_path, monkeypatch):
    project = write_project(tmp_path / "shop")
    monkeypatch.chdir(tmp_path)
    by_name = load_inputs("small_better", project=project)
    by_path = load_inputs(project / "scenarios" / "small_better.yaml")
    monkeypatch.chdir(project)
    here = load_inputs("small_better")
    assert by_name[1].fingerprints == by_path[1].fingerprints == here[1].fingerprints
    assert by_name[0].settings == here[0].settings


def test_figures_as_people_read_them():
    assert figure_text(0.1234, "share") == "12.3%"
    assert figure_text(1234567.0, "money") == "1,234,567"
    assert figure_text(float("nan"), "days") == "-"


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=6))
def test_a_table_has_one_line_a_row_and_nothing_that_drives_a_terminal(rows):
    text = table_text(["a", "b"], rows)
    assert text.count("\n") == 1 + len(rows)
    assert harmless(text.replace("\n", "")) == text.replace("\n", "")


def test_wide_letters_take_two_columns():
    assert table_text(["名", "x"], [["a", "1"]]).split("\n")[2] == "a   1"
    assert frame_text(pd.DataFrame({"n": [1.0, float("inf"), float("nan")]})).split("\n")[2:] == [
        "        1",
        "unlimited",
        "",
    ]
