"""YAML is read as text with positions; everything that is not plain is refused at its line and column."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.scenario.document import MAX_BYTES, MAX_DEPTH, Listing, Mapping, Scalar, decode, parse_document


def places(text: str) -> list[tuple[str, str]]:
    _, problems = parse_document(text, "f")
    return [(problem.file, problem.rule) for problem in problems]


def test_scalars_stay_text_and_know_their_place():
    tree, problems = parse_document("a: 00123\nb: [1E5, no,\n 2025-11-01]\nc: ~\nd: '~'\n", "f")
    assert problems == []
    assert tree is not None
    assert tree.get("a") == Scalar("f:1:4", "00123")
    listing = tree.get("b")
    assert isinstance(listing, Listing)
    assert [(item.place, item.text) for item in listing.items] == [
        ("f:2:5", "1E5"),
        ("f:2:10", "no"),
        ("f:3:2", "2025-11-01"),
    ]
    assert tree.get("c").empty
    assert not tree.get("d").empty


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: &x 1\n", "f:1:4", "anchors"),
        ("a: 1\nb: *x\n", "f:2:4", "aliases"),
        ("a: !!int 1\n", "f:1:4", "tags"),
        ("a:\n  - !python/object:os.system x\n", "f:2:5", "tags"),
        ("a: 1\nb: 2\na: 3\n", "f:3:1", "twice; first at f:1:1"),
        ("a: {b: 1, b: 2}\n", "f:1:11", "twice; first at f:1:5"),
        ("a: 1\n---\nb: 2\n", "f:2:1", "one document"),
        ("%YAML 1.1\n---\na: 1\n", "f:2:1", "directives"),
        ("? [a]\n: b\n", "f:1:3", "plain text"),
        ("- a\n", "f:1:1", "map of keys"),
        ("", "f:1:1", "empty"),
        ("# only a comment\n", "f:1:1", "empty"),
        ("a: [1, 2\nb: 3\n", "f:2:2", "not valid YAML"),
        ("a: 'x\n", "f:2:1", "not valid YAML"),
        ("a: 1\n\tb: 2\n", "f:2:1", "not valid YAML"),
    ],
)
def test_what_is_not_plain_is_refused_at_its_place(text, place, word):
    assert any(where == place and word in rule for where, rule in places(text)), places(text)


def test_several_problems_are_listed_at_once():
    assert [where for where, _ in places("a: &x 1\na: 2\nb: !t 3\n")] == ["f:1:4", "f:2:1", "f:3:4"]


def test_the_billion_laughs_are_refused_by_their_first_anchor():
    text = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    found = places(text)
    assert found[0] == ("f:1:4", "anchors are not allowed")
    assert len(found) == 9 + 16


def test_deep_and_long_files_are_refused():
    assert "nest" in places("a: " + "[" * 5000)[0][1]
    inside = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert places(inside) == []
    assert "values" in places("a: [" + "1," * 30_000 + "1]")[0][1]
    assert "bytes" in decode(b"#" * (MAX_BYTES + 1), "f")[1][0].rule


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("标题: 春".encode("gbk"), "f:1:1"),
        ("a: 1\nb: é".encode("latin-1"), "f:2:4"),
        ("a: 1".encode("utf-16"), "f:1:1"),
    ],
)
def test_files_that_are_not_utf8_name_the_first_bad_byte(data, place):
    text, problems = decode(data, "f")
    assert text == ""
    assert [problem.file for problem in problems] == [place]


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert decode("﻿a: 1".encode(), "f") == ("a: 1", [])


def test_control_characters_are_refused():
    assert places("a: \x00b\n")
    assert places("a: \x1b[31mb\n")


@pytest.mark.parametrize("letter", ["\\e", "\\a", "\\x9b", "\\u202e", "\\0"])
def test_texts_that_would_steer_a_terminal_are_refused_and_not_passed_on(letter):
    tree, problems = parse_document(f'a: "{letter}[31mred"\n"{letter}k": 1\n', "f")
    assert [problem.file for problem in problems] == ["f:1:4", "f:2:1"]
    assert tree.get("a").text == "?[31mred"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_tree_or_problems_and_never_an_exception(text):
    tree, problems = parse_document(text, "f")
    assert isinstance(tree, Mapping) or problems
    for problem in problems:
        name, line, column = problem.file.rsplit(":", 2)
        assert name == "f"
        assert int(line) >= 1
        assert int(column) >= 1


KEYS = st.text("abcdefgh_", min_size=1, max_size=5)
WORDS = st.sampled_from(
    ["00123", "1E5", "no", "yes", "2025-11-01", "~x", "0x1F", "1_000", ".5", "null0", "12:30:00", "0o7"]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, st.one_of(WORDS, st.lists(WORDS, max_size=4)), min_size=1, max_size=6))
def test_what_is_written_is_read_back_as_the_same_text(content):
    lines = [
        f"{key}: {value if isinstance(value, str) else '[' + ', '.join(value) + ']'}" for key, value in content.items()
    ]
    tree, problems = parse_document("\n".join(lines) + "\n", "f")
    assert problems == []
    read = {key.text: n.text if isinstance(n, Scalar) else [item.text for item in n.items] for key, n in tree.entries}
    assert read == content
    assert [key.place for key, _ in tree.entries] == [f"f:{line}:1" for line in range(1, len(lines) + 1)]
