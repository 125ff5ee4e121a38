"""CSV files: what is read, and what is refused with which fix."""

from __future__ import annotations

import pytest

from supplychain.errors import DataError
from supplychain.tables import read_tables
from supplychain.tables.read_csv import parse_csv

NUMBERS = ("price", "unit_cost", "volume_l", "weight_kg", "shelf_life_days")


def test_keys_stay_text(write) -> None:
    tables = read_tables(write())
    assert list(tables.frames["items"]["item_id"]) == ["00123", "NA", "1E5", "no"]
    assert list(tables.frames["demand"]["item_id"]) == ["00123", "NA", "no"]
    assert list(tables.frames["supply"]["item_id"]) == ["00123", "NA", "1E5", "no"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_read(write, small_files, encoding: str) -> None:
    text = small_files["items.csv"].replace("Milk", "\u725b\u5976")
    tables = read_tables(write(items=text.encode(encoding)))
    assert tables.frames["items"]["name"][0] == "\u725b\u5976"


def test_gbk_is_refused_unless_it_is_named(write, small_files, small_header) -> None:
    data = small_files["items.csv"].replace("Milk", "\u725b\u5976").encode("gb18030")
    with pytest.raises(DataError) as caught:
        read_tables(write(items=data))
    (problem,) = caught.value.problems
    assert (problem.file, problem.record, problem.field) == ("items.csv", "row 2", "name")
    assert problem.value.startswith("0xC4")
    assert "gb18030 for Chinese GBK" in problem.fix
    header = small_header + "tables: {items: {file: items.csv, encoding: gb18030}}\n"
    tables = read_tables(write(items=data, header=header))
    assert tables.frames["items"]["name"][0] == "\u725b\u5976"


def test_bytes_that_are_no_text_at_all(faults, small_files) -> None:
    (problem,) = faults(items=small_files["items.csv"].encode() + b"\xff\xff,\n")
    assert (problem.file, problem.record, problem.field) == ("items.csv", "row 6", "item_id")
    assert "not UTF-8" in problem.rule
    for encoding in ("utf-16-le", "utf-16-be"):
        (problem,) = faults(items=small_files["items.csv"].encode(encoding))
        assert "UTF-16" in problem.rule
        assert f"encoding: {encoding}" in problem.fix


def test_latin_1_is_told_with_its_cell(faults, small_files) -> None:
    text = small_files["items.csv"].replace("Milk", '"Milk\nfresh, cold"').replace("Shirt", "Caf\u00e9")
    (problem,) = faults(items=text.encode("latin-1"))
    assert (problem.record, problem.field, problem.value) == ("row 3", "name", "0xE9")
    assert "cp1252" in problem.fix
    (problem,) = faults(items=text.replace("price", "pric\u00e9").encode("latin-1"))
    assert (problem.record, problem.field) == ("header", "column 4")


def test_a_nul_among_text_is_no_utf_16(faults, small_files) -> None:
    (problem,) = faults(items=small_files["items.csv"].replace("Shirt", "Shi\0rt"))
    assert (problem.record, problem.field) == ("row 3", "name")
    assert "NUL" in problem.rule
    assert "remove it" in problem.fix
    assert "utf-16" not in problem.fix


@pytest.mark.parametrize("codec", ["base64", "undefined"])
def test_a_codec_that_makes_no_text(faults, small_files, small_header, codec: str) -> None:
    header = small_header + f"tables: {{items: {{file: items.csv, encoding: {codec}}}}}\n"
    (problem,) = faults(items=small_files["items.csv"], header=header)
    assert problem.file == "items.csv"
    assert "no encoding of text" in problem.rule


@pytest.mark.parametrize("text", ["1e300", "1e18", "123456789012345678901234567890"])
@pytest.mark.parametrize("column", ["price", "unit_cost", "volume_l", "weight_kg", "shelf_life_days"])
def test_numbers_that_no_business_has(faults, column: str, text: str) -> None:
    cells = {"item_id": "a", "name": "A", "category": "food"} | dict.fromkeys(NUMBERS, "1") | {column: text}
    problems = faults(items=",".join(cells) + "\n" + ",".join(cells.values()) + "\n")
    problem = next(problem for problem in problems if problem.file == "items.csv")
    assert (problem.record, problem.field, problem.value) == ("row 2", column, text)
    assert problem.rule.startswith("must be at most 1,000,000") or problem.rule == "must be at most 36,500 days"
    assert "unit" in problem.fix


@pytest.mark.parametrize(("column", "most"), [("item_id", 200), ("name", 4000)])
def test_texts_that_are_too_long(faults, write, small_files, column: str, most: int) -> None:
    cell = {"item_id": "no,", "name": ",Soap,"}[column]
    items = small_files["items.csv"].replace(cell, cell.replace(cell.strip(","), "x" * (most + 1)))
    problem = faults(items=items)[0]
    assert (problem.file, problem.record, problem.field) == ("items.csv", "row 5", column)
    assert problem.rule == f"has {most + 1:,} characters, more than {most:,}"
    assert len(str(problem)) < 300


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04\x80", "workbook"),
        (b"\xd0\xcf\x11\xe0", "old Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PAR1", "Parquet"),
    ],
)
def test_other_files_that_are_called_csv(faults, data: bytes, kind: str) -> None:
    (problem,) = faults(items=data)
    assert problem.file == "items.csv"
    assert kind in problem.rule
    assert "CSV UTF-8" in problem.fix


def test_a_column_without_a_name(faults, small_files) -> None:
    problem = faults(rates=small_files["rates.csv"].replace("\n", ",\n"))[0]
    assert (problem.file, problem.record, problem.field) == ("rates.csv", "header", "column 4")
    assert problem.rule == "has no name"


@pytest.mark.parametrize("letter", ["\x1b", "\x07", "\x7f", "\x85", "\u202e", "\u2028", "\t"])
def test_names_hold_no_control_characters(faults, small_files, letter: str) -> None:
    (problem,) = faults(items=small_files["items.csv"].replace("Shirt", f"Shi{letter}rt"))
    assert (problem.file, problem.record, problem.field) == ("items.csv", "row 3", "name")
    assert f"U+{ord(letter):04X}" in problem.rule


def test_keys_hold_nothing_that_cannot_be_seen(faults, small_files) -> None:
    problems = faults(items=small_files["items.csv"].replace("NA,", "N\u200bA,"))
    assert ("row 3", "item_id") in [(problem.record, problem.field) for problem in problems]
    assert "U+200B" in problems[0].rule


def test_a_wrong_encoding_in_dataset_yaml(faults, small_files, small_header) -> None:
    header = small_header + "tables: {items: {file: items.csv, encoding: ascii}}\n"
    (problem,) = faults(items=small_files["items.csv"].replace("Milk", "\u725b\u5976"), header=header)
    assert problem.file == "items.csv"
    assert "although dataset.yaml says ascii" in problem.rule
    assert "CSV UTF-8" in problem.fix


@pytest.mark.parametrize(("mark", "word"), [(";", "';'"), ("\t", "a tab"), ("|", "'|'")])
def test_other_separators_are_refused(faults, small_files, mark: str, word: str) -> None:
    (problem,) = faults(items=small_files["items.csv"].replace(",", mark))
    assert (problem.file, problem.record) == ("items.csv", "header")
    assert f"separated by {word}" in problem.rule
    assert "delimiter:" in problem.fix


def test_semicolon_and_decimal_comma_by_an_explicit_rule(write, small_files, small_header) -> None:
    text = small_files["items.csv"].replace(",", ";").replace(".", ",")
    header = small_header + "tables:\n  items: {file: items.csv, delimiter: ';', decimal: ','}\n"
    tables = read_tables(write(items=text, header=header))
    assert list(tables.frames["items"]["price"]) == [5.5, 99.0, 199.0, 9.9]


def test_decimal_comma_is_refused(faults, small_files) -> None:
    (problem,) = faults(items=small_files["items.csv"].replace("5.5,3.25", '"5,5",3.25'))
    assert (problem.file, problem.record, problem.field, problem.value) == ("items.csv", "row 2", "price", "5,5")
    assert "decimal: ','" in problem.fix


def test_ragged_rows_are_all_named(faults, small_files) -> None:
    text = small_files["rates.csv"] + "EUR,2025-01-01\nEUR,2025-01-02,7.8,9\n"
    short, long = faults(rates=text)
    assert (short.file, short.record, short.value) == ("rates.csv", "row 5", "EUR,2025-01-01")
    assert short.rule == "has 2 cells, the header has 3"
    assert (long.record, long.rule) == ("row 6", "has 4 cells, the header has 3")
    assert "every cell of the row" in long.fix


def test_blank_lines(write, faults, small_files) -> None:
    tables = read_tables(write(rates=small_files["rates.csv"] + "\n\r\n\n"))
    assert len(tables.frames["rates"]) == 3
    (problem,) = faults(rates=small_files["rates.csv"].replace("USD,2025-05-30", "\nUSD,2025-05-30"))
    assert (problem.file, problem.record, problem.rule) == ("rates.csv", "row 3", "is a blank line")


@pytest.mark.parametrize("text", ["", "  \n\n"])
def test_empty_file(faults, text: str) -> None:
    (problem,) = faults(rates=text)
    assert (problem.file, problem.rule) == ("rates.csv", "the file is empty")
    assert "remove it" in problem.fix


@pytest.mark.parametrize("name", ["items", "rates"])
def test_header_only_file(faults, small_files, name: str) -> None:
    header = small_files[f"{name}.csv"].splitlines()[0] + "\n"
    problem = next(one for one in faults(**{name: header}) if one.file == f"{name}.csv")
    assert problem.rule == "has a header but no rows"
    assert "remove the file" in problem.fix


def test_header_faults(faults) -> None:
    text = "currency,date,rate,rate,Curency\nUSD,2025-01-01,7,8,x\n"
    twice, unknown = faults(rates=text)
    assert (twice.file, twice.record, twice.field) == ("rates.csv", "header", "rate")
    assert twice.rule == "stands 2 times in the header"
    assert (unknown.field, unknown.rule) == ("Curency", "is not a column of rates")
    assert "did you mean currency?" in unknown.fix


def test_missing_required_columns(faults) -> None:
    problems = faults(sites="site_id,name,kind\nZ1,Town,zone\n")
    missing = [problem.field for problem in problems if problem.file == "sites.csv"]
    assert missing == ["tier", "lat", "lon"]
    assert all("required column of sites" in problem.rule for problem in problems if problem.file == "sites.csv")


def test_broken_quotes(faults, small_files) -> None:
    (problem,) = [one for one in faults(rates=small_files["rates.csv"] + '"EUR,2025-01-01,7.8\n') if one.file]
    assert (problem.file, problem.record) == ("rates.csv", "line 5")
    assert "cannot be split into cells" in problem.rule
    with pytest.raises(Exception, match="cannot be split"):
        parse_csv('a,b\n"x"y,2\n', "f.csv")  # not read as xy


def test_quoted_cells_keep_separators_and_line_breaks() -> None:
    columns, problems, reported = parse_csv('a,b\n"x, ""y""\nz",2\nNA,\n', "f.csv")
    assert columns["a"].to_pylist() == ['x, "y"\nz', "NA"]
    assert columns["b"].to_pylist() == ["2", ""]
    assert not problems
    assert not reported


def test_every_bad_cell_is_reported_at_once(faults, small_files) -> None:
    items = small_files["items.csv"].replace("99,40,USD", "-99,abc,USD").replace(",10,\n", ",0,\n")
    items = items.replace("2025-01-01", "2025-02-30")
    places = [(one.record, one.field, one.value) for one in faults(items=items)]
    assert sorted(places) == [
        ("row 2", "shelf_life_days", "0"),
        ("row 3", "introduced", "2025-02-30"),
        ("row 3", "price", "-99"),
        ("row 3", "unit_cost", "abc"),
    ]


def test_required_cells_must_be_filled(faults, small_files) -> None:
    (problem,) = faults(items=small_files["items.csv"].replace("no,Soap", "no, "))
    assert (problem.file, problem.record, problem.field) == ("items.csv", "row 5", "name")
    assert problem.rule == "must not be empty"


def test_long_lists_of_problems_are_counted_and_cut(write, small_files) -> None:
    rows = "".join(f"2025-05-{day:02d},Z1,00123,-1,,,\n" for day in range(1, 29)) * 2
    with pytest.raises(DataError) as caught:
        read_tables(write(demand=small_files["demand.csv"] + rows))
    count = len(caught.value.problems)
    assert count == 56 + 28  # negative quantities and repeated keys
    assert f"{count} problems" in str(caught.value)
    _, negative, *repeated = str(caught.value).splitlines()
    assert "demand.csv, rows 5, 6, 7, 8 and 52 more, quantity: '-1': must be at least 0" in negative
    assert len(repeated) == 11
    assert "demand.csv, row 33, date, site_id, item_id: '2025-05-01, Z1, 00123'" in repeated[0]
    assert "... and 18 more, with other values: the same key stands" in repeated[-1]


def test_no_more_than_fifty_lines_are_shown(faults) -> None:
    header = ",".join(f"wrong{column}" for column in range(80))
    problems = faults(events=header + "\n" + "," * 79 + "\n")
    lines = str(DataError("bad", problems)).splitlines()
    assert len(problems) == 80 + 3
    assert len(lines) == 52
    assert lines[-1] == "  ... and 33 more"
