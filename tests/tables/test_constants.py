"""Constants: bundled, of the data set, calibrated."""

from __future__ import annotations

import csv

import pytest

from supplychain.errors import DataError
from supplychain.resources import bundled
from supplychain.tables import build_dataset, constant, read_tables

HEAD = "name,value,unit,status,source,low,high,fitted,meaning\n"


def test_bundled_constants_are_read_by_name() -> None:
    with (bundled("data") / "constants.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert constant(row["name"]) == float(row["value"])
    with pytest.raises(KeyError, match="no_such_constant"):
        constant("no_such_constant")


def test_every_data_set_holds_the_bundled_constants(write) -> None:
    dataset = build_dataset(read_tables(write()))
    assert dataset.constant("circuity") == constant("circuity")


def test_calibration_is_laid_over_row_by_row(write, tmp_path) -> None:
    plain = read_tables(write(tmp_path / "plain"))
    tables = read_tables(write(tmp_path / "fitted", calibrated="name,value\ncircuity,1.4\n"))
    before = plain.frames["constants"].set_index("name")
    after = tables.frames["constants"].set_index("name")
    assert after.loc["circuity", "value"] == 1.4
    assert bool(after.loc["circuity", "fitted"]) is True
    assert after.loc["circuity", "source"] == before.loc["circuity", "source"]
    others = [name for name in before.index if name != "circuity"]
    assert after.loc[others].equals(before.loc[others])
    assert list(after.index) == list(before.index)
    assert after.dtypes.equals(before.dtypes)
    assert "calibrated.csv" in tables.files["constants"]
    assert tables.fingerprints["constants"] != plain.fingerprints["constants"]
    assert constant("circuity") == before.loc["circuity", "value"]


def test_calibration_counts_even_when_it_is_listed_as_no_table(write, small_header) -> None:
    folder = write(header=small_header + "ignore: [calibrated.csv]\n", calibrated="name,value\ncircuity,1.4\n")
    assert build_dataset(read_tables(folder)).constant("circuity") == 1.4


def test_own_constants_may_be_new_and_calibration_wins(write) -> None:
    own = HEAD + "circuity,1.5,ratio,data,Ours,,,no,Road km\nmine,2,units,data,Ours,,,no,Mine\n"
    tables = read_tables(write(constants=own, calibrated="name,value\ncircuity,1.2\nmine,3\n"))
    values = build_dataset(tables).constants
    assert (values["circuity"], values["mine"]) == (1.2, 3.0)


def test_faults_of_a_calibration(faults) -> None:
    unknown, twice, text = sorted(
        faults(calibrated="name,value\ncircuty,1.4\ncircuity,1.4\ncircuity,1.4\ntouch_days,x\n"),
        key=lambda problem: problem.record,
    )
    assert (unknown.file, unknown.record, unknown.field, unknown.value) == (
        "calibrated.csv",
        "row 2",
        "name",
        "circuty",
    )
    assert "did you mean circuity?" in unknown.fix
    assert (twice.record, twice.rule) == ("row 4", "stands twice")
    assert (text.record, text.field, text.value) == ("row 5", "value", "x")


def test_a_calibration_without_its_columns(faults) -> None:
    (problem,) = faults(calibrated="name,amount\ncircuity,1\n")
    assert (problem.file, problem.record, problem.field) == ("calibrated.csv", "header", "value")
    assert "name and value" in problem.fix


def test_new_own_constants_need_every_column(write) -> None:
    with pytest.raises(DataError) as caught:
        read_tables(write(constants="name,value\nmine,2\n"))
    assert {problem.field for problem in caught.value.problems} == {"unit", "status", "source", "meaning"}
