"""Bytes of a CSV file to text, or where and why that fails."""

from __future__ import annotations

import codecs
import csv
import io

from supplychain.errors import Problem

__all__ = ["TextProblem", "decode"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_FILES = {
    b"PK\x03\x04": "a workbook or ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
}
_SAMPLE = 4096
_MOSTLY = 0.4  # share of NUL bytes on one side of the pairs that UTF-16 of Latin text far exceeds


class TextProblem(Exception):  # noqa: N818 - carries a problem to the reader, which never lets it out
    """A file that cannot become rows, with the problem to report."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def decode(data: bytes, file: str, encoding: str | None = None, delimiter: str | None = None) -> str:
    """Text of the bytes, by byte order mark, by the given encoding, or as UTF-8.

    Anything else raises TextProblem, with row and column of the first byte that does not fit.
    """
    if not data.strip():
        raise TextProblem(Problem(file, "", "", "", "the file is empty", "write a header row and rows, or remove it"))
    for start, kind in _OTHER_FILES.items():
        if data.startswith(start):
            fix = "save the table as CSV UTF-8, and keep the name for the new file"
            raise TextProblem(Problem(file, "", "", "", f"is {kind} and no CSV file, whatever its name says", fix))
    why, fix = "", "save it as CSV UTF-8"
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding, why = data[len(mark) :], name, f"although its byte order mark says {name}"
            break
    else:
        if encoding is not None:
            why = f"although dataset.yaml says {encoding}"
        else:
            _refuse_utf_16(data, file)
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as fault:
        before = data[: fault.start].decode(encoding or "utf-8", errors="replace")
        rule = f"cannot be decoded, {why}" if why else "is not UTF-8"
        bad = " ".join(f"0x{byte:02X}" for byte in data[fault.start : fault.end])
        raise TextProblem(_at(before, file, delimiter, bad, (rule, fix if why else _encoding_fix(data)))) from None
    except (LookupError, UnicodeError):  # a codec that makes no text, such as base64
        rule, fix = f"{encoding} is no encoding of text", "name another one in dataset.yaml"
        raise TextProblem(Problem(file, "", "", "", rule, fix)) from None
    at = text.find("\0")
    if at >= 0:
        rule_and_fix = "holds a NUL character", "remove it; when there are many, the file is damaged: export it anew"
        raise TextProblem(_at(text[:at], file, delimiter, "", rule_and_fix))
    return text.removeprefix("\ufeff")


def _refuse_utf_16(data: bytes, file: str) -> None:
    """UTF-16 without a mark: every other byte of Latin letters, digits and separators is zero."""
    sample = data[:_SAMPLE]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = sample[first::2]
        if half.count(0) > _MOSTLY * len(half):
            fix = f"save it as CSV UTF-8, or give `encoding: {name}` for this table in dataset.yaml"
            raise TextProblem(Problem(file, "", "", "", "looks like UTF-16 without a byte order mark", fix))


def _encoding_fix(data: bytes) -> str:
    """GBK cannot be told from Latin letters with certainty, so both are offered where both are possible."""
    try:
        data.decode("gb18030")
        known = "gb18030 for Chinese GBK, or cp1252 for Western European text"
    except UnicodeDecodeError:
        known = "such as cp1252 for Western European text"
    return f"save it as CSV UTF-8, or name its `encoding` for this table in dataset.yaml ({known})"


def _at(before: str, file: str, delimiter: str | None, value: str, fault: tuple[str, str]) -> Problem:
    """The fault at the cell that follows the text ``before``."""
    reader = csv.reader(io.StringIO(before.removeprefix("\ufeff") + "x", newline=""), delimiter=delimiter or ",")
    try:
        header = cells = next(reader)
        row = 1
        for row, cells in enumerate(reader, start=2):  # noqa: B007 - the last one is meant
            pass
    except csv.Error:
        return Problem(file, f"line {before.count(chr(10)) + 1}", "", value, *fault)
    if row == 1:
        return Problem(file, "header", f"column {len(cells)}", value, *fault)
    column = header[len(cells) - 1] if len(cells) <= len(header) else f"column {len(cells)}"
    return Problem(file, f"row {row}", column, value, *fault)
