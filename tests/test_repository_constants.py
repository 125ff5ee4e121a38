"""Constants of the business are complete rows of a table, each is read, and code holds no number without a name."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("compilation", "forecasts", "solvers", "supplychain")
STATUS = {"data", "literature", "plan target", "assumption"}
COLUMNS = ["name", "value", "unit", "status", "source", "low", "high", "fitted", "meaning"]
TABLES = {
    "data/constants.csv": COLUMNS,
    "data/online_retail/constants.csv": COLUMNS,
}
NO_RANGE = {
    "online_retail_seed": "any seed will do",
    "online_retail_home_population": "a census count",
    "online_retail_places_tier1_city": "all there are",
    "online_retail_places_apart_km_tier1_city": "all there are",
}


def rows(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def faults_of(row: dict[str, str]) -> Iterator[str]:
    yield from (f"no {column}" for column in ("unit", "source", "meaning") if not row[column].strip())
    if row["status"] not in STATUS:
        yield f"status {row['status']!r}"
    if row["fitted"] not in {"yes", "no"}:
        yield f"fitted {row['fitted']!r}"
    if not row["low"] and not row["high"]:
        if row["name"] not in NO_RANGE:
            yield "no test range"
    elif not float(row["low"]) <= float(row["value"]) <= float(row["high"]):
        yield f"{row['low']} <= {row['value']} <= {row['high']} is false"


def test_every_constant_is_complete_and_inside_its_range():
    table = rows("data/constants.csv")
    assert list(table[0]) == COLUMNS
    assert {row["name"]: list(faults_of(row)) for row in table if list(faults_of(row))} == {}
    names = [row["name"] for row in table]
    assert len(names) == len(set(names))
    assert set(NO_RANGE) <= set(names)


@pytest.mark.parametrize("column", ["unit", "status", "source", "meaning"])
def test_the_check_sees_an_empty_cell(column):
    row = rows("data/constants.csv")[0]
    assert list(faults_of(row)) == []
    assert list(faults_of(row | {column: " "}))


def test_the_check_sees_a_value_outside_its_range():
    row = rows("data/constants.csv")[0]
    assert list(faults_of(row | {"value": str(float(row["high"]) + 1)}))


TELLING_LETTERS = 4


def words_and_patterns() -> tuple[set[str], set[str]]:
    """Text in code, and f-strings as patterns in which every inserted part is some word."""
    words, patterns = set(), set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    words.add(node.value)
                elif isinstance(node, ast.JoinedStr):
                    parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                    if len("".join(filter(None, parts))) >= TELLING_LETTERS:
                        patterns.add("".join(r"\w+" if part is None else re.escape(part) for part in parts))
    return words, patterns


def test_every_constant_is_read_somewhere():
    words, patterns = words_and_patterns()
    unread = [
        row["name"]
        for row in rows("data/constants.csv")
        if row["name"] not in words
        and not any(re.fullmatch(p, row["name"]) for p in patterns if not p.startswith(r"\w"))
    ]
    assert unread == []


def test_every_parameter_of_the_generator_is_read_and_explained():
    folder = ROOT / "supplychain" / "datasets" / "china_south"
    table = rows((folder / "parameters.csv").relative_to(ROOT).as_posix())
    words, patterns = words_and_patterns()
    names = [row["name"] for row in table]
    assert len(names) == len(set(names))
    assert [row["name"] for row in table if not (row["unit"] and row["meaning"])] == []
    assert [n for n in names if n not in words and not any(re.fullmatch(p, n) for p in patterns)] == []


CALENDAR = {7, 24, 60, 86400, 365, 365.25}
HARMLESS = {0, 1, 2, 3, 0.5, 10, 100, 1000, 1e6, 1e-6, 1e-9, 1e-12} | CALENDAR
QUIET_CALLS = {"round", "default_rng", "int", "spawn"}  # digits, labels of random streams, number bases


def quiet(tree: ast.Module) -> set[int]:
    """Numbers that need no name: module constants, positions, digits to round to, labels of random streams."""
    nodes: list[ast.AST] = [n for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            nodes.append(node.slice)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in QUIET_CALLS:
            nodes += node.args
        elif isinstance(node, ast.BinOp) and (
            isinstance(node.op, ast.LShift) or ast.unparse(node).startswith("10 ** ")
        ):
            nodes.append(node.right)
    return {id(inner) for node in nodes for inner in ast.walk(node)}


def bare_numbers(text: str) -> set[float]:
    tree = ast.parse(text)
    named = quiet(tree)
    numbers = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) in {int, float})
    return {n.value for n in numbers if id(n) not in named and n.value not in HARMLESS}


def test_bare_numbers_are_seen():
    assert bare_numbers("def f(x):\n    return 0.37 * x + 1") == {0.37}
    assert bare_numbers("SHARE = 0.37\n\ndef f(x):\n    return round(SHARE * x[4], 5)") == set()


@pytest.mark.parametrize("room", ["twin", "datasets"])
def test_no_number_without_a_name(room):
    found = {
        file.relative_to(ROOT).as_posix(): numbers
        for file in sorted((ROOT / "supplychain" / room).rglob("*.py"))
        if (numbers := bare_numbers(file.read_text(encoding="utf-8")))
    }
    assert found == {}
