"""dataset.yaml: plain YAML, known keys, places of faults."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.tables.header import parse_header
from supplychain.tables.yaml_text import parse_yaml


def fault(text: str):
    problems = parse_header(text, "dataset.yaml").problems
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_scalars_stay_text() -> None:
    plain = parse_yaml("a: 00123\nb: no\nc: 1E5\nd: 2025-05-31\ne: [NA, ~, 0x1F]\nf: {g: on}\n", "f")
    assert plain.tree == {
        "a": "00123",
        "b": "no",
        "c": "1E5",
        "d": "2025-05-31",
        "e": ["NA", "~", "0x1F"],
        "f": {"g": "on"},
    }
    assert plain.place(("f", "g")) == "6:5"
    assert plain.place(("e", 1)) == "5:9"


def test_a_good_header() -> None:
    text = "name: x\nas_of: 2025-05-31\nbase_currency: CNY\nsynthetic: yes\nlane_rule: great_circle\n"
    read = parse_header(text + "tables:\n  items: goods.csv\n  demand: {file: d.csv, delimiter: ';'}\n", "f")
    assert not read.problems
    assert not read.doubtful
    header = read.header
    assert header is not None
    assert (header.as_of, header.synthetic, header.lane_rule) == (date(2025, 5, 31), True, "great_circle")
    assert header.tables["items"].file == "goods.csv"
    assert (header.tables["demand"].delimiter, header.tables["demand"].decimal) == (";", ".")


@pytest.mark.parametrize(
    ("text", "place", "rule"),
    [
        ("a: &x 1\n", "1:4", "an anchor is not allowed"),
        ("a: !!python/object:os.system x\n", "1:4", "a tag is not allowed"),
        ("a: !x 1\n", "1:4", "a tag is not allowed"),
        ("a: 1\na: 2\n", "2:1", "stands twice"),
        ("a: [1, 2\n", "2:1", "is not YAML"),
        ("a: 1\n---\nb: 2\n", "3:1", "second one"),
        ("[" * 5000 + "]" * 5000, "1:41", "deeper than 40"),
        ("{a: " * 5000 + "}" * 5000, "1:161", "deeper than 40"),
        ("? [a, b]\n: 1\n", "1:3", "key must be a word"),
    ],
)
def test_yaml_that_is_not_plain(text: str, place: str, rule: str) -> None:
    problem = parse_yaml(text, "dataset.yaml").problems[0]
    assert problem.file == f"dataset.yaml:{place}"
    assert rule in problem.rule
    assert problem.fix


def test_an_alias_is_refused_before_it_multiplies() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join([f'*{chr(97 + at)}'] * 9)}]\n" for at in range(9)
    )
    rules = [problem.rule for problem in parse_yaml(bomb, "f").problems]
    assert "an alias is not allowed" in rules
    assert parse_yaml("a: *b\n", "f").problems[0].file == "f:1:4"


def test_unknown_keys_show_the_nearest() -> None:
    problem = fault("as_of: 2025-05-31\nbase_currency: CNY\nlane_rul: none\n")
    assert (problem.file, problem.field) == ("dataset.yaml:3:1", "lane_rul") or problem.file == "dataset.yaml:3:11"
    assert problem.rule == "is not a key of the data set"
    assert "did you mean lane_rule?" in problem.fix


def test_unknown_tables_and_options() -> None:
    problem = fault("base_currency: CNY\ntables: {itmes: x.csv}\n")
    assert problem.field == "tables.itmes"
    assert "items" in problem.fix
    problem = fault("base_currency: CNY\ntables: {items: {file: x.csv, delimeter: ';'}}\n")
    assert problem.field.startswith("tables.items")
    assert "did you mean delimiter?" in problem.fix


@pytest.mark.parametrize(
    ("line", "field", "rule"),
    [
        ("as_of: 31.05.2025", "as_of", "date such as 2025-05-31"),
        ("as_of: 2025-02-29", "as_of", "does not exist"),
        ("as_of: 20250531", "as_of", "date such as"),
        ("time_zone: Shanghai", "time_zone", "not a time zone"),
        ("country: Atlantis", "country", "country with known holidays"),
        ("time_zone: ../x", "time_zone", "not a time zone"),
        ('title: "\\e[31mred"', "title", "control characters"),
        ("name: [a]", "name", "single text"),
        ("ignore: a.csv", "ignore", "must be a list"),
        ("tables: [items]", "tables", "map of keys"),
        ("tables: {items: [x]}", "tables.items", "map of keys"),
        ("tables: {items: {file: ''}}", "tables.items.file", "must not be empty"),
        ("lane_rule: fill", "lane_rule", "great_circle"),
        ("synthetic: maybe", "synthetic", "yes or no"),
        ("tables: {items: {file: x.csv, decimal: x}}", "tables.items.decimal", "'.' or ','"),
        ("tables: {items: {file: x.csv, encoding: klingon}}", "tables.items.encoding", "not an encoding"),
        ("tables: {items: {file: x.csv, delimiter: ab}}", "tables.items.delimiter", "one character"),
    ],
)
def test_wrong_values(line: str, field: str, rule: str) -> None:
    problem = fault(f"base_currency: CNY\n{line}\n")
    assert problem.file.startswith("dataset.yaml:2:")
    assert problem.field == field
    assert rule in problem.rule


def test_all_faults_at_once() -> None:
    read = parse_header("as_of: never\ntitel: x\nname: n\ntables: {itmes: x.csv, sites: s.csv}\n", "dataset.yaml")
    assert {problem.field for problem in read.problems} == {"as_of", "titel", "tables.itmes", "base_currency"}
    assert read.header is not None
    assert (read.header.name, list(read.header.tables)) == ("n", ["sites"])  # what has no fault can be used
    assert read.doubtful == {"as_of", "titel", "title", "base_currency"}
    assert read.tables == {"itmes"}


@pytest.mark.parametrize("text", ["", "- a\n", "just text\n"])
def test_what_is_no_map(text: str) -> None:
    assert fault(text).file.startswith("dataset.yaml:1:1")


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    read = parse_header(text, "f")
    assert read.problems or read.header is not None


WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=5)
TREES = st.recursive(WORDS, lambda node: st.lists(node, max_size=3) | st.dictionaries(WORDS, node, max_size=3))


@given(TREES)
def test_trees_survive_being_written(tree: object) -> None:
    def flow(node: object) -> str:
        if isinstance(node, dict):
            return "{" + ", ".join(f'"{key}": {flow(value)}' for key, value in node.items()) + "}"
        if isinstance(node, list):
            return "[" + ", ".join(map(flow, node)) + "]"
        return f'"{node}"'

    plain = parse_yaml(flow(tree), "f")
    assert not plain.problems
    assert plain.tree == tree
