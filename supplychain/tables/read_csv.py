"""CSV files: bytes to text columns, with nothing guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from supplychain.errors import Problem
from supplychain.tables.decode_text import TextProblem, decode
from supplychain.tables.raw import RawTable, bytes_fingerprint

__all__ = ["parse_csv", "read_csv"]

_BLANK_LINE = re.compile(r"\n\r?\n|\r\r")


def read_csv(
    path: Path,
    file: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    keys: frozenset[str] = frozenset(),
) -> RawTable:
    """Read a CSV file as text cells; ``file`` is its name in problems.

    ``encoding``, ``delimiter`` and ``decimal`` are what dataset.yaml says about the file: without them it has to be
    UTF-8 (or carry a byte order mark), separated by commas. ``keys`` are columns of which a row with too few or too
    many cells keeps what stands at their place, since other rows may refer to it. Whatever is wrong becomes a problem
    of the result.
    """
    data = path.read_bytes()
    fingerprint = bytes_fingerprint(data)
    try:
        text = decode(data, file, encoding, delimiter)
        columns, problems, reported = parse_csv(text, file, delimiter, keys=keys)
    except TextProblem as fault:
        return RawTable(file, fingerprint, problems=(fault.problem,))
    ragged = frozenset(position for position, _ in reported)
    return RawTable(file, fingerprint, columns, tuple(problems), frozenset(reported), decimal=decimal, ragged=ragged)


def parse_csv(
    text: str, file: str, delimiter: str | None = None, *, keys: frozenset[str] = frozenset()
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
        cells, ragged, skip = _slow(
            body, file, len(header), mark, kept={at for at, name in enumerate(header) if name in keys}
        )
        problems += ragged
    if not len(cells[0]):
        fix = "write the rows, or remove the file if there are none"
        raise TextProblem(Problem(file, "", "", "", "has a header but no rows", fix))
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for name, column in zip(header, cells, strict=True):
        columns.setdefault(name, column)
    reported = {(position, name) for position in skip for name in columns}
    return columns, problems, reported


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
                raise TextProblem(Problem(file, "header", "", header[0][:60], rule, fix))
    if not any(name.strip() for name in header):
        raise TextProblem(Problem(file, "header", "", "", "the first row is blank", "begin with the header row"))
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


def _slow(
    text: str, file: str, width: int, delimiter: str, *, kept: set[int]
) -> tuple[list[pa.Array], list[Problem], set[int]]:
    """The same row by row, to say which rows are ragged or blank; of those, cells at the places ``kept`` stay."""
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
        rows.append([record[at] if at in kept and at < len(record) else "" for at in range(width)])
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
        begin = reader.line_num + 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            fix = 'close every quote, and write a quote inside a quoted cell as ""'
            rule = f"the row that begins here cannot be split into cells ({fault})"
            raise TextProblem(Problem(file, f"line {begin}", "", "", rule, fix)) from None
