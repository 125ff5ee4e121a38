"""Whatever keeps the contract survives being written and read, as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.tables.cells import CellError, parse_cell
from supplychain.tables.columns import columns_of
from supplychain.tables.decode_text import decode
from supplychain.tables.parse import parse_table
from supplychain.tables.read_csv import parse_csv

ITEM_ID = next(column for column in columns_of("items") if column.name == "item_id")
SPECIAL = st.sampled_from(
    ["00123", "NA", "1E5", "no", "null", "nan", "-", "0", "1e-3", "TRUE", "'", '"', ",", ";", "\ufeffx"]
)
TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


def is_key(text: str) -> bool:
    try:
        return parse_cell(ITEM_ID, text) == text
    except CellError:
        return False


KEYS = (SPECIAL | TEXTS).filter(is_key)
AMOUNTS = st.just(0.0) | st.floats(1e-30, 1e9)
DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31))
ROWS = st.lists(
    st.tuples(DATES, KEYS, KEYS, st.none() | AMOUNTS, st.booleans(), st.none() | st.booleans()), min_size=1, max_size=20
)


def check(frame, rows) -> None:
    assert [day.date() for day in frame["date"]] == [row[0] for row in rows]
    assert frame["site_id"].tolist() == [row[1] for row in rows]
    assert frame["item_id"].tolist() == [row[2] for row in rows]
    assert [None if amount != amount else amount for amount in frame["quantity"]] == [row[3] for row in rows]
    assert frame["promo"].tolist() == [row[4] for row in rows]
    assert frame["in_stock"].tolist() == [row[5] is not False for row in rows]


@settings(deadline=None)
@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_demand_as_csv(rows, line_end: str, quoting) -> None:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator=line_end, quoting=quoting)
    writer.writerow(["date", "site_id", "item_id", "quantity", "promo", "in_stock"])
    flag = {True: "yes", False: "no", None: ""}
    for day, site, item, amount, promo, in_stock in rows:
        writer.writerow([day, site, item, "" if amount is None else repr(amount), flag[promo], flag[in_stock]])
    columns, problems, reported = parse_csv(decode(target.getvalue().encode(), "demand.csv"), "demand.csv")
    assert not problems
    frame, problems = parse_table("demand", columns, "demand.csv", reported=frozenset(reported))
    assert not problems
    check(frame, rows)


@settings(deadline=None)
@given(ROWS)
def test_demand_as_parquet(rows) -> None:
    names = ("date", "site_id", "item_id", "quantity", "promo", "in_stock")
    kinds = (pa.date32(), pa.string(), pa.string(), pa.float64(), pa.bool_(), pa.bool_())
    columns = {
        name: pa.array([row[at] for row in rows], kind)
        for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }
    frame, problems = parse_table("demand", columns, "demand.parquet")
    assert not problems
    check(frame, rows)


@settings(deadline=None)
@given(st.lists(KEYS | st.sampled_from(["", " x", "x ", "1E+09", "a\tb"]), min_size=1, max_size=30))
def test_each_bad_key_is_reported_where_it_stands(keys: list[str]) -> None:
    frame, problems = parse_table("items", {"item_id": pa.array(keys)}, "items.csv")
    found = {problem.record for problem in problems if problem.field == "item_id" and problem.record != "header"}
    assert found == {f"row {at + 2}" for at, key in enumerate(keys) if not is_key(key) or not key}
    assert frame["item_id"].tolist() == [key if key and is_key(key) else None for key in keys]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_csv_reader(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pathlib.Path.read_bytes", lambda _self: data)
        from pathlib import Path

        from supplychain.tables.read_csv import read_csv

        raw = read_csv(Path("x.csv"), "x.csv")
        assert raw.columns or raw.problems
        if raw.columns:
            parse_table("rates", raw.columns, raw.file, reported=raw.reported)
