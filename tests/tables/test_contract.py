"""The column table itself, its page, its template."""

from __future__ import annotations

import dataclasses
import hashlib
from importlib import resources
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from supplychain.tables import build_dataset, load_columns, read_contacts, read_tables, write_template
from supplychain.tables.cells import parse_cell
from supplychain.tables.columns import TYPES, read_order, table_list
from supplychain.tables.page import render_page
from supplychain.tables.template import example_rows

PAGE = Path(__file__).parents[2] / "docs" / "data_contract.md"
COLUMNS = [column for columns in load_columns().values() for column in columns]


def test_tables_and_columns_name_each_other() -> None:
    assert list(table_list()) == list(load_columns())
    assert set(table_list()) - set(read_order()) == {"contacts"}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.table}.{column.name}")
def test_each_column_is_sound(column) -> None:
    assert column.type in TYPES
    assert column.meaning.endswith(".")
    assert not (column.required and column.default), "a required cell is never empty"
    assert bool(column.choices) == (column.type == "choice")
    if column.default and column.default != "base":
        parse_cell(column, column.default)
    if column.type == "boolean":
        assert column.default, "a boolean is never empty"
    if column.references:
        table, name = column.references
        (target,) = [one for one in load_columns()[table] if one.name == name]
        assert target.key
        assert column.type == target.type == "key"
    if column.type in {"number", "share", "integer"}:
        assert column.minimum is not None, "a number has limits that no real business passes"
        assert column.maximum is not None
        assert column.minimum < column.maximum
    if column.type == "share":
        assert (column.minimum, column.maximum) == (0.0, 1.0)


def test_names_stand_once_in_a_table_and_each_table_has_a_key() -> None:
    for columns in load_columns().values():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert any(column.key for column in columns)


def test_columns_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        COLUMNS[0].name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        load_columns()["items"] = ()  # type: ignore[index]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_page(), "run python -m supplychain.tables.page"


def test_the_page_shows_every_column() -> None:
    page = render_page()
    assert "{{" not in page
    for column in COLUMNS:
        assert f"| `{column.name}` | {column.type} |" in page
        assert column.meaning.replace("|", "\\|") in page


def test_the_template_passes_and_equals_the_example(tmp_path) -> None:
    write_template(tmp_path / "template.xlsx")
    template = read_tables(tmp_path / "template.xlsx")
    with resources.as_file(resources.files("supplychain.tables") / "example") as folder:
        example = read_tables(folder)
        contacts = read_contacts(folder)
    for name, frame in example.frames.items():
        pd.testing.assert_frame_equal(frame, template.frames[name])
        assert len(frame), name
    pd.testing.assert_frame_equal(contacts, read_contacts(tmp_path / "template.xlsx"))
    dataset = build_dataset(template)
    assert dataset.items["00124"].replaces == "00123"
    assert dataset.lanes[-1].filled


def test_the_template_is_the_same_every_time(tmp_path) -> None:
    marks = set()
    for name in ("one.xlsx", "two.xlsx"):
        write_template(tmp_path / name)
        marks.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(marks) == 1


def test_the_template_explains_itself(tmp_path) -> None:
    write_template(tmp_path / "template.xlsx")
    book = openpyxl.load_workbook(tmp_path / "template.xlsx")
    assert book.sheetnames == ["dataset", *load_columns()]
    for table, columns in load_columns().items():
        sheet = book[table]
        assert [cell.value for cell in sheet[1]] == [column.name for column in columns]
        lists = {str(rule.sqref).split("2:")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
        formats = {
            at: dimension.number_format
            for dimension in sheet.column_dimensions.values()
            for at in range(dimension.min, dimension.max + 1)
        }
        for cell, column in zip(sheet[1], columns, strict=True):
            assert column.meaning in cell.comment.text
            if column.choices:
                assert lists[cell.column_letter] == f'"{",".join(column.choices)}"'
            if column.type in {"key", "text"}:
                assert formats[cell.column] == "@", column.name
        assert sheet.max_row == 1 + len(example_rows(table))
