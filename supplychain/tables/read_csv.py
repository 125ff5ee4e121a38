"""CSV files: bytes to text columns, with nothing guessed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from supplychain.errors import Problem
from supplychain.tables.raw import RawTable, bytes_fingerprint

__all__ = ["decode", "parse_csv", "read_csv"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLANK_LINE = re.compile(r"\n\r?\n|\r\r")


class _Unreadable(Exception):  # noqa: N818 - carries a problem out of the steps below, never leaves this file
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_csv(
    path: Path, file: str, *, encoding: str | None = None, delimiter: str | None = None, decimal: str = "."
) -> RawTable:
    """Read a CSV file as text cells; ``file`` is its name in problems.

    ``encoding``, ``delimiter`` and ``decimal`` are what dataset.yaml says about the file: without them it has to be
    UTF-8 (or carry a byte order mark), separated by commas. Whatever is wrong becomes a problem of the result.
    """
    data = path.read_bytes()
    fingerprint = bytes_fingerprint(data)
    try:
        text = decode(data, file, encoding)
        columns, problems, reported = parse_csv(text, file, delimiter)
    except _Unreadable as fault:
        return RawTable(file, fingerprint, problems=(fault.problem,))
    return RawTable(file, fingerprint, columns, tuple(problems), frozenset(reported), decimal=decimal)


def decode(data: bytes, file: str, encoding: str | None = None) -> str:
    """Text of the bytes, by byte order mark, by the given encoding, or as UTF-8; anything else is refused."""
    if not data.strip():
        raise _Unreadable(Problem(file, "", "", "", "the file is empty", "write a header row and rows, or remove it"))
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], name, file, f"the byte order mark says {name}")
    if encoding is not None:
        return _decoded(data, encoding, file, f"dataset.yaml says {encoding}")
    if b"\0" in data:
        fix = "save it as CSV UTF-8, or give `encoding: utf-16-le` for this table in dataset.yaml"
        raise _Unreadable(Problem(file, "", "", "", "holds NUL bytes: UTF-16 without a mark, or no text at all", fix))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise _Unreadable(_not_utf8(data, file, f"line {line}", data[fault.start : fault.end])) from None


def parse_csv(
    text: str, file: str, delimiter: str | None = None
) -> tuple[dict[str, pa.ChunkedArray | pa.Array], list[Problem], set[tuple[int, str]]]:
    """Text columns by header name, problems, and the cells (position, column) of rows that cannot be used.

    A repeated header name keeps its first column and is a problem. Raises for text without header or rows.
    """
    header, mark = _header(text, file, delimiter)
    body = text.rstrip("\r\n")
    problems = _repeated(header, file)
    skip: set[int] = set()
    cells: list[pa.ChunkedArray | pa.Array]
    plain = '"' not in body and not _BLANK_LINE.search(body)  # Arrow repairs "a"b and blank lines in silence
    fast = _fast(body, len(header), mark) if plain else None
    if fast is not None:
        cells = list(fast.columns)
    else:
        cells, ragged, skip = _slow(body, file, len(header), mark)
        problems += ragged
    if not len(cells[0]):
        fix = "write the rows, or remove the file if there are none"
        raise _Unreadable(Problem(file, "", "", "", "has a header but no rows", fix))
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for name, column in zip(header, cells, strict=True):
        columns.setdefault(name, column)
    reported = {(position, name) for position in skip for name in columns}
    return columns, problems, reported


def _decoded(data: bytes, encoding: str, file: str, why: str) -> str:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as fault:
        fix = "save it as CSV UTF-8"
        raise _Unreadable(Problem(file, "", "", "", f"cannot be decoded, although {why} ({fault})", fix)) from None
    if "\0" in text:
        raise _Unreadable(Problem(file, "", "", "", "holds NUL characters", "save it as CSV UTF-8"))
    return text.removeprefix("\ufeff")


def _not_utf8(data: bytes, file: str, where: str, start: bytes) -> Problem:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        fix = "save it as CSV UTF-8, or name its `encoding` for this table in dataset.yaml"
        return Problem(file, where, "", repr(start), "is not UTF-8", fix)
    rule = "is not UTF-8; it could be GBK, but that cannot be told with certainty"
    fix = "save it as CSV UTF-8, or give `encoding: gb18030` for this table in dataset.yaml"
    return Problem(file, where, "", repr(start), rule, fix)


def _header(text: str, file: str, delimiter: str | None) -> tuple[list[str], str]:
    mark = delimiter or ","
    header = next(_records(text, mark, file))
    if len(header) == 1 and delimiter is None:
        for other in (";", "\t", "|"):
            if other in header[0]:
                name = {"\t": "a tab"}.get(other, repr(other))
                quoted = '"\\t"' if other == "\t" else f"'{other}'"
                fix = f"save it with commas, or give `delimiter: {quoted}` for this table in dataset.yaml"
                rule = f"the cells are separated by {name}, not by commas"
                raise _Unreadable(Problem(file, "header", "", header[0][:60], rule, fix))
    if not any(name.strip() for name in header):
        raise _Unreadable(Problem(file, "header", "", "", "the first row is blank", "begin with the header row"))
    return header, mark


def _repeated(header: list[str], file: str) -> list[Problem]:
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    return [
        Problem(file, "header", name, "", f"stands {header.count(name)} times in the header", "keep one of them")
        for name in twice
    ]


def _fast(text: str, width: int, delimiter: str) -> pa.Table | None:
    """All cells of a text without quotes and blank lines, or None when a row has another width."""
    names = [str(position) for position in range(width)]
    data = io.BytesIO(text.encode())
    read = pa_csv.ReadOptions(column_names=names, skip_rows_after_names=1, use_threads=False, block_size=1 << 24)
    parse = pa_csv.ParseOptions(delimiter=delimiter, quote_char=False)
    types = dict.fromkeys(names, pa.string())
    convert = pa_csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=False)
    try:
        return pa_csv.read_csv(data, read_options=read, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid:
        return None


def _slow(text: str, file: str, width: int, delimiter: str) -> tuple[list[pa.Array], list[Problem], set[int]]:
    """The same row by row, to say which rows are ragged or blank."""
    problems: list[Problem] = []
    skip: set[int] = set()
    rows: list[list[str]] = []
    records = _records(text, delimiter, file)
    next(records)
    for position, record in enumerate(records):
        if len(record) == width:
            rows.append(record)
            continue
        skip.add(position)
        rows.append([""] * width)
        place = f"row {position + 2}"
        if not record:
            problems.append(Problem(file, place, "", "", "is a blank line", "remove it"))
            continue
        fix = "quote cells that hold the separator, and write every cell of the row"
        rule = f"has {len(record)} cells, the header has {width}"
        problems.append(Problem(file, place, "", delimiter.join(record)[:60], rule, fix))
    return [pa.array([row[at] for row in rows], pa.string()) for at in range(width)], problems, skip


def _records(text: str, delimiter: str, file: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            fix = 'close every quote, and write a quote inside a quoted cell as ""'
            rule = f"cannot be split into cells ({fault})"
            raise _Unreadable(Problem(file, f"line {reader.line_num}", "", "", rule, fix)) from None
