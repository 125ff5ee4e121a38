"""dataset.yaml: what holds for a whole data set."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from supplychain.errors import Problem
from supplychain.tables.columns import table_list
from supplychain.tables.nearest import nearest, suggestion
from supplychain.tables.rules import CURRENCY, DELIMITER, known_country, rule_error, rule_of
from supplychain.tables.yaml_text import PlainYaml, YamlValue, parse_yaml

__all__ = ["HEADER_FILE", "NO_CURRENCY", "Header", "ReadHeader", "TableFile", "header_of", "parse_header"]

HEADER_FILE = "dataset.yaml"
_MISSING = "is missing"
NO_CURRENCY = "XXX"
"""Code of ISO 4217 for no currency: stands where the base currency is missing or has a fault."""


def _iso_date(value: object) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise rule_error("must be a date such as 2025-05-31", "write it as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise rule_error("this day does not exist in the calendar", "correct the month or the day") from None


def _known_zone(value: object) -> str:
    try:
        ZoneInfo(str(value))
    except (KeyError, OSError, ValueError):
        fix = suggestion(str(value), available_timezones(), "write an IANA name such as Asia/Shanghai")
        raise rule_error("is not a time zone such as Asia/Shanghai", fix) from None
    return str(value)


def _known_country(value: str) -> str:
    return known_country(value) if value else value


def _known_encoding(value: object) -> str:
    try:
        return codecs.lookup(str(value)).name
    except LookupError:
        raise rule_error("is not an encoding such as gb18030", "write gb18030, cp1252 or utf-16-le") from None


class TableFile(BaseModel):
    """Where a table lies and how its text is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Annotated[str, Field(min_length=1, description="File inside the folder, .csv or .parquet.")]
    encoding: Annotated[
        Annotated[str, BeforeValidator(_known_encoding)] | None,
        Field(description="Encoding of a CSV file that is neither UTF-8 nor marked, such as gb18030."),
    ] = None
    delimiter: Annotated[
        Annotated[str, Field(pattern=DELIMITER)] | None,
        Field(description="Separator of the cells when it is not a comma, such as ';'."),
    ] = None
    decimal: Annotated[Literal[".", ","], Field(description="Decimal mark of numbers.")] = "."


def _table_file(value: object) -> object:
    return {"file": value} if isinstance(value, str) else value


class Header(BaseModel):
    """The keys of dataset.yaml, and of the sheet ``dataset`` of a workbook."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str | None, Field(description="Short name; else the name of the folder or workbook.")] = None
    title: Annotated[str, Field(description="Title shown to people.")] = ""
    as_of: Annotated[
        Annotated[date, BeforeValidator(_iso_date)] | None,
        Field(description="Planning day: the last day that is known. It can be given with --as-of instead."),
    ] = None
    base_currency: Annotated[
        str, Field(pattern=CURRENCY, description="Currency of all results, three capital letters.")
    ]
    country: Annotated[
        Annotated[str, AfterValidator(_known_country)],
        Field(description="Country whose holidays and sales days move demand, such as CN; empty means none."),
    ] = ""
    time_zone: Annotated[
        Annotated[str, BeforeValidator(_known_zone)],
        Field(description="Time zone in which days and times are meant, such as Asia/Shanghai."),
    ] = "UTC"
    lane_rule: Annotated[
        Literal["great_circle", "none"],
        Field(description="great_circle fills missing truck lanes from each dc; none leaves them out."),
    ] = "none"
    synthetic: Annotated[bool, Field(description="Whether the data are made up.")] = False
    mapping: Annotated[
        str | None, Field(description="Builder for a file that the user brings with --data; then tables are not read.")
    ] = None
    tables: Annotated[
        Mapping[str, Annotated[TableFile, BeforeValidator(_table_file)]],
        Field(description="File of each table whose file is not named after it, or is no plain CSV."),
    ] = Field(default_factory=dict)
    ignore: Annotated[
        tuple[str, ...], Field(description="CSV and Parquet files of the folder, or sheets, that are no tables.")
    ] = ()


def parse_header(text: str, file: str) -> ReadHeader:
    """Parse dataset.yaml as far as it can be used, with every problem at ``file:line:column``."""
    plain = parse_yaml(text, file)
    if plain.problems:
        return ReadHeader(None, tuple(plain.problems))
    if not isinstance(plain.tree, dict):
        fix = "write lines such as `as_of: 2025-05-31`"
        return ReadHeader(None, (Problem(f"{file}:1:1", "", "", "", "must be a map of keys to values", fix),))
    unknown, problems = _unknown_tables(plain, file)
    tables, tree = plain.tree.get("tables"), plain.tree
    if isinstance(tables, dict) and unknown:
        tree = {**tree, "tables": {name: entry for name, entry in tables.items() if name not in unknown}}
    read = header_of(tree, lambda path: (f"{file}:{plain.place(path)}", ""))
    return replace(read, problems=(*problems, *read.problems), tables=read.tables | set(unknown))


@dataclass(frozen=True, slots=True)
class ReadHeader:
    """A header as far as it can be used, so that a fault in it hides no fault of the tables.

    ``header`` is None when nothing can be used. ``doubtful`` are keys whose value is not known for a fault, ``tables``
    those whose entry under ``tables`` has one; both stand at their default in ``header``.
    """

    header: Header | None
    problems: tuple[Problem, ...] = ()
    doubtful: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()


def header_of(tree: Mapping[str, YamlValue], place: Callable[[tuple[str | int, ...]], tuple[str, str]]) -> ReadHeader:
    """The header of a map of keys to text; ``place`` tells file and record of a path, for problems.

    A key without a value counts as not written.
    """
    given = {key: value for key, value in tree.items() if value != ""}
    try:
        return ReadHeader(Header.model_validate(given))
    except ValidationError as fault:
        paths = [tuple(error["loc"]) for error in fault.errors(include_url=False)]
        problems = tuple(_problems(fault, place))
    entries = frozenset(str(path[1]) for path in paths if path[0] == "tables" and len(path) > 1)
    wrong = {str(path[0]) for path in paths if path[0] != "tables" or len(path) == 1}
    meant = {near for key in wrong - set(Header.model_fields) for near in nearest(key, Header.model_fields, 1)}
    problems = tuple(one for one in problems if one.rule != _MISSING or one.field not in meant)  # but for its spelling
    kept = {key: value for key, value in given.items() if key not in wrong}
    files = kept.get("tables")
    if isinstance(files, dict):
        kept["tables"] = {name: file for name, file in files.items() if name not in entries}
    header = Header.model_validate({"base_currency": NO_CURRENCY, **kept})
    return ReadHeader(header, problems, frozenset(wrong | (meant - kept.keys())), entries)


def _unknown_tables(plain: PlainYaml, file: str) -> tuple[list[str], list[Problem]]:
    tables = plain.tree.get("tables") if isinstance(plain.tree, dict) else None
    known = list(table_list())
    unknown = [name for name in tables if name not in known] if isinstance(tables, dict) else []
    return unknown, [
        Problem(
            f"{file}:{plain.place(('tables', name))}",
            "",
            f"tables.{name}",
            "",
            "is not a table of the contract",
            suggestion(name, known, f"use one of {', '.join(known)}"),
        )
        for name in unknown
    ]


def _problems(fault: ValidationError, place: Callable[[tuple[str | int, ...]], tuple[str, str]]) -> list[Problem]:
    problems = []
    for error in fault.errors(include_url=False):
        path = tuple(error["loc"])
        file, record = place(path)
        dotted = ".".join(map(str, path))
        model = TableFile if path[:1] == ("tables",) and len(path) > 2 else Header
        options = list(model.model_fields)
        if error["type"] == "extra_forbidden":
            fix = suggestion(str(path[-1]), options, f"use one of {', '.join(options)}")
            problems.append(Problem(file, record, dotted, "", "is not a key of the data set", fix))
        elif error["type"] == "missing":
            problems.append(Problem(file, record, dotted, "", _MISSING, f"add `{path[-1]}:`"))
        else:
            value = error["input"] if isinstance(error["input"], str) else ""
            problems.append(Problem(file, record, dotted, value, *rule_of(error)))
    return problems
