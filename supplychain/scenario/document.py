"""YAML text -> a tree of text nodes that know their line and column.

Nothing is typed here: ``00123``, ``1E5``, ``no`` and dates stay text until the schema types them. Aliases, anchors,
tags, directives, duplicate keys, several documents, and huge or deep files are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from supplychain.errors import Problem

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "Listing", "Mapping", "Node", "Scalar", "decode", "parse_document"]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000
_NULLS = ("", "~", "null")
# would change what a terminal or a page shows: control characters but tab and line feed, and direction overrides
_UNSAFE = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; ``place`` is ``file:line:column``. ``quoted`` texts are never empty cells."""

    place: str
    text: str
    quoted: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was written: an unquoted blank, ``~`` or ``null``."""
        return not self.quoted and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of nodes."""

    place: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs of key and value in file order; keys are unique."""

    place: str
    entries: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return next((node for name, node in self.entries if name.text == key), None)


Node = Scalar | Listing | Mapping


def decode(data: bytes, label: str) -> tuple[str, list[Problem]]:
    """Bytes of a file -> text, or the problem that keeps them from being one."""
    if len(data) > MAX_BYTES:
        rule = f"a scenario file has at most {MAX_BYTES} bytes, this one has {len(data)}"
        return "", [Problem(f"{label}:1:1", "", "", "", rule, "move data into tables of the data set")]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        rule = f"a scenario file is UTF-8 text; byte {error.start + 1} is not"
        return "", [Problem(f"{label}:{line}:{column}", "", "", "", rule, "save the file as UTF-8")]


def parse_document(text: str, label: str) -> tuple[Mapping | None, list[Problem]]:
    """Parse one YAML document whose top is a map; every structural problem is listed at once.

    ``label`` is the name of the file in messages. The tree is None when nothing sensible was found.
    """
    tree, problems = _parse(text, label)
    return tree, list(problems)


@lru_cache(maxsize=128)
def _parse(text: str, label: str) -> tuple[Mapping | None, tuple[Problem, ...]]:
    """Cached, because a family of scenarios shares its ancestors and shocks."""
    builder = _Builder(label)
    tree = _tree(builder, text)
    return tree, tuple(builder.problems)


def _tree(builder: _Builder, text: str) -> Mapping | None:
    label = builder.label
    try:
        node = builder.read(_events(text))
    except _StopError:
        return None
    except MarkedYAMLError as error:
        builder.problems.append(_syntax_problem(error, label))
        return None
    except (YAMLError, ValueError, RecursionError) as error:
        # ruamel raises ValueError for characters that YAML does not allow
        rule = " ".join(str(error).split())[:200] or type(error).__name__
        builder.refuse(f"{label}:1:1", "", rule, "write plain YAML text without control characters")
        return None
    if node is None:
        builder.refuse(f"{label}:1:1", "", "the file is empty", "start it with `scenario: 1`")
        return None
    if not isinstance(node, Mapping):
        builder.refuse(node.place, "", "the top of the file is a map of keys", "start it with `scenario: 1`")
        return None
    return node


def _events(text: str) -> Iterator[Event]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


def _syntax_problem(error: MarkedYAMLError, label: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = f"{label}:{mark.line + 1}:{mark.column + 1}" if mark else f"{label}:1:1"
    rule = ", ".join(part for part in (error.context, error.problem) if part)
    return Problem(place, "", "", "", f"not valid YAML: {rule}", "check indentation, colons, quotes and brackets here")


class _StopError(Exception):
    """Parsing makes no sense any more."""


class _Builder:
    """Turns parse events into nodes and collects problems."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.problems: list[Problem] = []
        self.nodes = 0

    def refuse(self, place: str, value: str, rule: str, fix: str) -> None:
        self.problems.append(Problem(place, "", "", value, rule, fix))

    def place(self, event: Event) -> str:
        mark = event.start_mark
        return f"{self.label}:{mark.line + 1}:{mark.column + 1}"

    def read(self, events: Iterator[Event]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if event.version or event.tags:
                    self.refuse(self.place(event), "", "YAML directives are not allowed", "remove the line with %")
                if documents > 1:
                    self.refuse(self.place(event), "", "a file holds one document", "remove `---` and what follows")
                    raise _StopError
            elif isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent | AliasEvent):
                root = self.node(event, events, 1)
        return root

    def node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        place = self.place(event)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(place, "", f"a file has at most {MAX_NODES} values", "move data into tables of the data set")
            raise _StopError
        if depth > MAX_DEPTH:
            self.refuse(place, "", f"values nest at most {MAX_DEPTH} deep", "flatten the file")
            raise _StopError
        if isinstance(event, AliasEvent):
            self.refuse(place, f"*{event.anchor}", "aliases are not allowed", "write the value out")
            return Scalar(place, "", quoted=True)
        if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            self._refuse_decoration(event, place)
        if isinstance(event, ScalarEvent):
            if _UNSAFE.search(event.value):
                self.refuse(place, event.value, "a text holds control characters", "remove them")
            return Scalar(place, _UNSAFE.sub("?", event.value), quoted=not event.implicit[0])
        if isinstance(event, SequenceStartEvent):
            return self._listing(events, place, depth)
        return self._mapping(events, place, depth)

    def _refuse_decoration(self, event: ScalarEvent | SequenceStartEvent | MappingStartEvent, place: str) -> None:
        if event.anchor:
            self.refuse(place, f"&{event.anchor}", "anchors are not allowed", "write the value where it is needed")
        if event.tag:
            self.refuse(place, str(event.tag), "tags are not allowed", "remove the tag; the schema knows the type")

    def _listing(self, events: Iterator[Event], place: str, depth: int) -> Listing:
        items = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self.node(event, events, depth + 1))
        return Listing(place, tuple(items))

    def _mapping(self, events: Iterator[Event], place: str, depth: int) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, str] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self.node(event, events, depth + 1)
            value = self.node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self.refuse(key.place, "", "a key is plain text", "write `name: value`")
            elif key.text in seen:
                rule = f"the key stands twice; first at {seen[key.text]}"
                self.refuse(key.place, key.text, rule, "keep one of the two")
            else:
                seen[key.text] = key.place
                entries.append((key, value))
        return Mapping(place, tuple(entries))
