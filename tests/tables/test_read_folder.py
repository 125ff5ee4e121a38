"""Folders: which file holds which table."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from supplychain.errors import DataError
from supplychain.tables import check_tables, read_contacts, read_tables


def problems_of(path, **options):
    with pytest.raises(DataError) as caught:
        read_tables(path, **options)
    return caught.value.problems


def test_a_path_that_does_not_exist(tmp_path) -> None:
    (problem,) = problems_of(tmp_path / "nothing")
    assert problem.file.endswith("nothing")
    assert problem.rule == "does not exist"
    assert "dataset.yaml" in problem.fix


def test_a_file_of_another_kind(tmp_path) -> None:
    (tmp_path / "x.txt").write_text("hello")
    (problem,) = problems_of(tmp_path / "x.txt")
    assert "neither a folder nor a workbook" in problem.rule


def test_a_folder_without_dataset_yaml(tmp_path) -> None:
    (problem,) = problems_of(tmp_path)
    assert problem.file.endswith("dataset.yaml")
    assert "base_currency" in problem.fix


def test_as_of_may_come_from_the_caller(write, small_header) -> None:
    folder = write(header=small_header.replace("as_of: 2025-05-31\n", ""))
    (problem,) = problems_of(folder)
    assert (problem.file, problem.field) == ("dataset.yaml", "as_of")
    assert "--as-of" in problem.fix
    assert read_tables(folder, as_of=date(2025, 6, 1)).as_of == date(2025, 6, 1)


def test_missing_required_tables(faults) -> None:
    problems = faults(demand=None, supply=None)
    assert [(problem.file, problem.rule) for problem in problems] == [
        ("supply", "is a required table"),
        ("demand", "is a required table"),
    ]
    assert "demand.parquet" in problems[1].fix


def test_files_that_are_no_tables(write, faults, small_header) -> None:
    (problem,) = faults(itmes="a,b\n1,2\n", header=small_header)
    assert (problem.file, problem.rule) == ("itmes.csv", "is not the file of a table")
    assert "did you mean" in problem.fix
    assert "items" in problem.fix
    assert "ignore:" in problem.fix
    tables = read_tables(write(itmes="a,b\n1,2\n", header=small_header + "ignore: [itmes.csv]\n"))
    assert check_tables(tables) == []


def test_one_table_in_two_files(write) -> None:
    folder = write()
    read_tables(folder).frames["items"].drop(columns="assumed").to_parquet(folder / "items.parquet")
    (problem,) = problems_of(folder)
    assert problem.file == "items.parquet"
    assert "beside items.csv" in problem.rule
    assert "keep one" in problem.fix


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ("../items.csv", "leads outside the folder"),
        ("/etc/hostname", "leads outside the folder"),
        ("nothing.csv", "does not exist"),
        ("dataset.yaml", "must end in .csv or .parquet"),
    ],
)
def test_paths_stay_inside_the_folder(write, faults, small_header, small_files, entry: str, rule: str) -> None:
    folder = write()
    (folder.parent / "items.csv").write_text(small_files["items.csv"])
    problems = faults(header=small_header + f"tables: {{items: {entry}}}\n", items=small_files["items.csv"])
    problem = problems[0]
    assert (problem.file, problem.field, problem.value) == ("dataset.yaml", "tables.items", entry)
    assert rule in problem.rule
    assert problem.fix


def test_links_do_not_lead_outside(write, small_files) -> None:
    folder = write(rates=None)
    outside = folder.parent / "elsewhere.csv"
    outside.write_text(small_files["rates.csv"])
    (folder / "rates.csv").symlink_to(outside)
    problem = next(problem for problem in problems_of(folder) if problem.file == "rates.csv")
    assert "outside the folder" in problem.rule


@pytest.mark.parametrize("name", ["stock.csv", "rates.csv", "dataset.yaml"])
@pytest.mark.parametrize("kind", ["folder", "link", "circle", "pipe"])
def test_what_only_looks_like_a_file_is_told(write, kind: str, name: str) -> None:
    path = write(rates=None) / name
    path.unlink(missing_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path.parent / "gone.csv" if kind == "link" else path)
    problem = problems_of(path.parent)[0]
    assert problem.file == name
    assert {"folder": "is a folder", "pipe": "is a pipe"}.get(kind, "a file that is not there") in problem.rule
    assert problem.fix


def test_a_file_that_may_not_be_read(write, monkeypatch) -> None:
    folder = write()
    plain = Path.open

    def refuse(path, *args, **options):
        if path.name == "rates.csv":
            raise PermissionError(13, "Permission denied")
        return plain(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    problem = next(problem for problem in problems_of(folder) if problem.file == "rates.csv")
    assert problem.rule == "cannot be read (Permission denied)"


@pytest.mark.parametrize("name", ["stock.tsv", "stock.csv.gz", "stock.xls", "stock"])
def test_a_table_in_another_form_is_not_passed_over(write, small_header, name: str) -> None:
    folder = write()
    (folder / name).write_text("site_id\n")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.rule) == (name, "is called like a table, but only .csv and .parquet are read")
    read_tables(write(folder, header=small_header + f"ignore: [{name}]\n"))


def test_files_are_named_as_they_are_opened_from_here(write, monkeypatch) -> None:
    folder = write(rates="currency,date,rate\nUSD,2025-01-01,x\n")
    monkeypatch.chdir(folder.parent)
    for given in (folder, Path(folder.name)):
        assert f"{folder.name}/rates.csv" in {problem.file for problem in problems_of(given)}
    (folder.parent / "elsewhere").mkdir()
    monkeypatch.chdir(folder.parent / "elsewhere")
    assert str(folder / "rates.csv") in {problem.file for problem in problems_of(folder)}
    assert f"../{folder.name}/rates.csv" in {problem.file for problem in problems_of(Path("..") / folder.name)}


def test_fingerprints_follow_the_bytes(write, tmp_path, small_files) -> None:
    one = read_tables(write(tmp_path / "one"))
    two = read_tables(write(tmp_path / "two", items=small_files["items.csv"].replace("Milk", "Milch")))
    assert one.fingerprints["items"] == hashlib.sha256(small_files["items.csv"].encode()).hexdigest()
    assert one.fingerprints["items"] != two.fingerprints["items"]
    same = [name for name in one.fingerprints if one.fingerprints[name] == two.fingerprints[name]]
    assert set(one.frames) - set(same) == {"items"}
    assert set(one.fingerprints) == set(one.frames)


def test_replacing_a_frame_leaves_the_old_tables_alone(write) -> None:
    tables = read_tables(write())
    items = tables.frames["items"]
    dearer = tables.replace_frame("items", items.assign(price=items["price"] * 2))
    assert dearer.frames["items"]["price"].tolist() == (items["price"] * 2).tolist()
    assert tables.frames["items"] is items
    assert dearer.fingerprints["items"] != tables.fingerprints["items"]
    again = tables.replace_frame("items", items.assign(price=items["price"] * 2))
    assert again.fingerprints == dearer.fingerprints
    cut = tables.replace_frame("items", items[items["price"] > 50])
    assert cut.frames["items"].index.tolist() == [0, 1]
    with pytest.raises(KeyError):
        tables.replace_frame("contacts", items)


def test_personal_data_are_read_on_request_only(write, small_files) -> None:
    deliveries = "delivery_id,depot_id,site_id,lat,lon,weight_kg,volume_l\nD1,H1,Z1,31,118,1,2\nD2,H1,Z1,31,118,1,2\n"
    contacts = "delivery_id,name,phone,street\nD1,Anna,0123,Road 1\nD2,Bert,0124,Road 2\n"
    folder = write(deliveries=deliveries, contacts=contacts)
    tables = read_tables(folder)
    assert "contacts" not in tables.frames
    assert "contacts" not in tables.files
    assert not any("Anna" in frame.to_csv() for frame in tables.frames.values())
    frame = read_contacts(folder)
    assert frame["phone"].tolist() == ["0123", "0124"]
    assert read_contacts(write(folder.parent / "none")).empty


def test_problems_of_personal_data_show_no_values(write) -> None:
    contacts = "delivery_id,name,phone,street\nD1,Anna,0123,Road 1\nD1,Bert,0124,Road 2\n C,Cora,1,Road 3\nD,Dora\n"
    with pytest.raises(DataError) as caught:
        read_contacts(write(contacts=contacts))
    assert [(problem.record, problem.field) for problem in caught.value.problems] == [
        ("row 5", ""),
        ("row 4", "delivery_id"),
        ("row 3", "delivery_id"),
    ]
    for secret in ("Anna", "Bert", "Cora", "Dora", "Road", "0123"):
        assert secret not in str(caught.value)


def test_frames_have_the_types_of_the_contract(write) -> None:
    frames = read_tables(write()).frames
    assert isinstance(frames["demand"]["item_id"].dtype, pd.CategoricalDtype)
    assert isinstance(frames["actuals"]["site_id"].dtype, pd.CategoricalDtype)
    assert str(frames["demand"]["date"].dtype) == "datetime64[s]"
    assert str(frames["items"]["shelf_life_days"].dtype) == "Int64"
    assert frames["items"]["price"].dtype == "float64"
    assert frames["items"]["supplier_item_code"].tolist() == [None] * 4
    assert frames["sites"]["remote"].dtype == bool
    assert frames["vehicles"]["shift_start"].dtype == "Int64"
    assert frames["stock"].empty
    assert frames["items"]["currency"].tolist() == ["CNY", "USD", "CNY", "CNY"]


@pytest.mark.parametrize("table", ["items", "suppliers", "supply"])
@pytest.mark.parametrize("how", ["workbook", "folder"])
def test_a_table_whose_file_is_refused_is_not_called_missing_too(write, table, how) -> None:
    folder = write()
    file = folder / f"{table}.csv"
    if how == "workbook":
        file.rename(folder / f"{table}.xlsx")
    else:
        file.unlink()
        file.mkdir()
    with pytest.raises(DataError) as caught:
        read_tables(folder)
    (problem,) = caught.value.problems
    assert problem.file.startswith(table)
    assert "required" not in problem.rule
