"""Parquet files and frames in memory: typed columns against the contract."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplychain.errors import DataError
from supplychain.tables import Header, parse_table, read_tables, tables_from_frames

DAYS = [date(2025, 5, 29), date(2025, 5, 30), date(2025, 5, 31)]
GOOD = {
    "date": pa.array(DAYS),
    "site_id": pa.array(["Z1", "Z2", "Z1"]),
    "item_id": pa.array(["00123", "NA", "no"]),
    "quantity": pa.array([3.0, None, 2.5]),
    "in_stock": pa.array([True, None, False]),
}


def faults_of(folder, **changes):
    pq.write_table(pa.table({**GOOD, **changes}), folder / "demand.parquet")
    with pytest.raises(DataError) as caught:
        read_tables(folder)
    return caught.value.problems


@pytest.fixture
def folder(write):
    return write(demand=None)


def test_typed_columns_are_read(folder) -> None:
    pq.write_table(pa.table(GOOD), folder / "demand.parquet")
    frame = read_tables(folder).frames["demand"]
    assert frame["item_id"].tolist() == ["00123", "NA", "no"]
    assert frame["date"].tolist() == [pd.Timestamp(day) for day in DAYS]
    np.testing.assert_array_equal(frame["quantity"], [3.0, np.nan, 2.5])
    assert frame["in_stock"].tolist() == [True, True, False]
    assert frame["promo"].tolist() == [False] * 3


def test_many_storage_types_mean_the_same(folder) -> None:
    stored = {
        "date": [
            pa.array(DAYS),
            pa.array(DAYS, pa.date64()),
            pa.array([datetime.combine(day, time()) for day in DAYS], pa.timestamp("ns")),
            pa.array([day.isoformat() for day in DAYS]),
        ],
        "item_id": [
            pa.array(["00123", "NA", "no"]),
            pa.array(["00123", "NA", "no"], pa.large_string()),
            pa.array(["00123", "NA", "no"]).dictionary_encode(),
        ],
        "quantity": [
            pa.array([3, None, 2]),
            pa.array([3.0, None, 2.0], pa.float32()),
            pa.array(["3", "", "2"]),
            pa.array([3, None, 2], pa.decimal128(9, 2)),
        ],
    }
    frames = []
    for name, arrays in stored.items():
        for array in arrays:
            columns = {**GOOD, "quantity": pa.array([3.0, None, 2.0]), name: array}
            pq.write_table(pa.table(columns), folder / "demand.parquet")
            frames.append(read_tables(folder).frames["demand"])
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0])


def test_numbers_in_key_columns_are_refused(folder) -> None:
    problems = faults_of(folder, item_id=pa.array([123, 124, 125]))
    (problem,) = [one for one in problems if one.field == "item_id"]
    assert (problem.file, problem.record, problem.value) == ("demand.parquet", "all rows", "int64")
    assert "leading zeros" in problem.rule
    assert "as text" in problem.fix


@pytest.mark.parametrize(
    ("changes", "record", "field", "value", "rule"),
    [
        ({"quantity": pa.array([3.0, -1.0, 2.0])}, "row 2", "quantity", "-1", "must be at least 0"),
        ({"quantity": pa.array([3.0, float("nan"), 2.0])}, "row 2", "quantity", "nan", "is not a finite number"),
        ({"quantity": pa.array([3.0, 1.0, float("inf")])}, "row 3", "quantity", "inf", "is not a finite number"),
        ({"quantity": pa.array([True, False, True])}, "all rows", "quantity", "bool", "stored as numbers"),
        ({"in_stock": pa.array([1, 0, 1])}, "all rows", "in_stock", "int64", "stored as true and false"),
        ({"date": pa.array([1, 2, 3])}, "all rows", "date", "int64", "stored as dates"),
        ({"quantity": pa.array(["3", "x", "2"])}, "row 2", "quantity", "x", "is not a number"),
        ({"item_id": pa.array(["00123", None, "no"])}, "row 2", "item_id", "", "must not be empty"),
        ({"item_id": pa.array(["00123", "NA ", "no"])}, "row 2", "item_id", "NA ", "blank"),
    ],
)
def test_bad_cells(folder, changes, record: str, field: str, value: str, rule: str) -> None:
    problem = faults_of(folder, **changes)[0]
    assert (problem.file, problem.record, problem.field, problem.value) == ("demand.parquet", record, field, value)
    assert rule in problem.rule
    assert problem.fix


def test_moments_are_no_dates(folder) -> None:
    noon = pa.array([datetime.combine(day, time(12)) for day in DAYS], pa.timestamp("us"))
    problems = faults_of(folder, date=noon)
    assert [problem.record for problem in problems] == ["row 1", "row 2", "row 3"]
    assert problems[0].rule == "holds a time of day"
    (zoned,) = faults_of(
        folder, date=pa.array([datetime.combine(day, time()) for day in DAYS], pa.timestamp("us", "UTC"))
    )
    assert "time zone" in zoned.rule


def test_rows_of_parquet_count_from_one(folder) -> None:
    problem = faults_of(folder, item_id=pa.array(["00123", "NA", "yes"]))[0]
    assert (problem.record, problem.field, problem.value) == ("row 3", "item_id", "yes")


def test_broken_empty_and_ragged_files(folder) -> None:
    (folder / "demand.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(DataError) as caught:
        read_tables(folder)
    assert caught.value.problems[0].file == "demand.parquet"
    assert "not a readable Parquet file" in caught.value.problems[0].rule
    (problem,) = faults_of(folder, **{name: array.slice(0, 0) for name, array in GOOD.items()})
    assert problem.rule == "has a header but no rows"


def test_all_bad_integers_are_named() -> None:
    items = {"shelf_life_days": pa.array([1.0, 2.5, 0.0, None]), "item_id": pa.array(["a", "b", "c", "d"])}
    frame, problems = parse_table("items", items, "items.parquet")
    found = [(one.record, one.value) for one in problems if one.field == "shelf_life_days"]
    assert found == [("row 2", "2.5"), ("row 3", "0")]
    assert frame["shelf_life_days"].tolist() == [1, pd.NA, pd.NA, pd.NA]


def test_frames_go_through_the_same_door(write) -> None:
    tables = read_tables(write())
    frames = {name: frame for name, frame in tables.frames.items() if not frame.empty}
    again = tables_from_frames(Header(as_of=tables.as_of, base_currency="CNY"), frames, name="again")
    for name, frame in tables.frames.items():
        pd.testing.assert_frame_equal(frame, again.frames[name])
    assert again.files["items"] == "items.parquet"
    assert set(again.fingerprints) == set(tables.fingerprints)


def test_bad_frames_are_refused(write) -> None:
    frames = dict(read_tables(write()).frames)
    frames["items"] = frames["items"].assign(item_id=[123, 124, 125, 126])
    frames["itmes"] = frames["items"]
    frames["rates"] = frames["rates"].assign(rate=[1.0, "x", 3.0])
    with pytest.raises(DataError) as caught:
        tables_from_frames(Header(as_of=DAYS[-1], base_currency="CNY"), frames, name="bad", files={"items": "code"})
    rules = {problem.file: problem.rule for problem in caught.value.problems if problem.field != "currency"}
    assert "itmes is not a table" in rules["itmes.parquet"]
    assert "mixes types" in rules["rates.parquet"]
    assert "keys must be stored as text" in rules["code"]
