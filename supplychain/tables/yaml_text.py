"""Plain YAML 1.2: maps, lists and text. No tags, anchors, aliases or repeated keys; every scalar stays text."""

from __future__ import annotations

from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, Event, MappingStartEvent, ScalarEvent, SequenceStartEvent

from supplychain.errors import Problem
from supplychain.tables.cells import UNSAFE

__all__ = ["PlainYaml", "YamlValue", "parse_yaml"]

YamlValue = str | list["YamlValue"] | dict[str, "YamlValue"]
Path = tuple[str | int, ...]
_MAX_EVENTS = 100_000
_MAX_DEPTH = 40


@dataclass
class PlainYaml:
    """The tree of one document and where its parts stand: ``places`` maps a path to "line:column" from 1."""

    tree: YamlValue = field(default_factory=dict)
    places: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> str:
        """Line and column of the nearest part of the path that stands in the file."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, "1:1")


def parse_yaml(text: str, file: str) -> PlainYaml:
    """Parse one YAML document; whatever is not plain becomes a problem at ``file:line:column``."""
    result = PlainYaml()
    try:
        events = _events(text, file, result)
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        rule = f"is not YAML ({fault.problem or fault.context})"
        result.problems.append(Problem(place, "", "", "", rule, "correct the line; mind indents and colons"))
    except YAMLError as fault:  # a character that YAML does not allow
        rule = f"is not YAML ({' '.join(str(fault).split())})"
        result.problems.append(Problem(file, "", "", "", rule, "remove control characters; save it as UTF-8"))
    if result.problems or not events:
        return result
    builder = _Builder(events, file, result)
    result.tree = builder.node(())
    if builder.at < len(events):
        fix = "keep one document in a file"
        result.problems.append(Problem(f"{file}:{_mark(events[builder.at])}", "", "", "", "begins a second one", fix))
    return result


def _events(text: str, file: str, result: PlainYaml) -> list[Event]:
    """Parser events of nodes, up to the first one that is too deep or too many.

    They are asked for one by one, since a hostile file costs the parser more with each level.
    """
    events: list[Event] = []
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif _ends(event):
            depth -= 1
        elif not isinstance(event, AliasEvent | ScalarEvent):
            continue
        events.append(event)
        fault = ""
        if depth > _MAX_DEPTH:
            fault = f"is nested deeper than {_MAX_DEPTH} levels"
        elif len(events) > _MAX_EVENTS:
            fault = f"holds more than {_MAX_EVENTS} parts"
        if fault:
            place = f"{file}:{_mark(event)}"
            result.problems.append(Problem(place, "", "", "", fault, "flatten or split the file"))
            break
    return events


def _ends(event: Event) -> bool:
    return type(event).__name__ in {"MappingEndEvent", "SequenceEndEvent"}


def _mark(event: Event) -> str:
    return f"{event.start_mark.line + 1}:{event.start_mark.column + 1}"


class _Builder:
    """Builds the tree from parser events."""

    def __init__(self, events: list[Event], file: str, result: PlainYaml) -> None:
        self.events = events
        self.file = file
        self.result = result
        self.at = 0

    def node(self, path: Path) -> YamlValue:
        event = self.events[self.at]
        self.at += 1
        self.result.places.setdefault(path, _mark(event))
        if isinstance(event, AliasEvent):
            self.refuse(event, path, "an alias is not allowed", "write the value out")
            return ""
        tag = getattr(event, "tag", None)
        if getattr(event, "anchor", None) is not None:
            self.refuse(event, path, "an anchor is not allowed", "remove it and write values out")
        if tag is not None:
            self.refuse(event, path, f"a tag is not allowed ({tag})", "remove it")
        if isinstance(event, ScalarEvent):
            if UNSAFE.search(str(event.value)):
                self.refuse(event, path, "a text holds control characters", "remove them; write it on one line")
            return str(event.value)
        if isinstance(event, SequenceStartEvent):
            return self.sequence(path)
        return self.mapping(path)

    def sequence(self, path: Path) -> list[YamlValue]:
        values: list[YamlValue] = []
        while not _ends(self.events[self.at]):
            values.append(self.node((*path, len(values))))
        self.at += 1
        return values

    def mapping(self, path: Path) -> dict[str, YamlValue]:
        values: dict[str, YamlValue] = {}
        while not _ends(self.events[self.at]):
            event = self.events[self.at]
            key = self.node((*path, "?"))
            self.result.places.pop((*path, "?"), None)
            if not isinstance(key, str):
                self.refuse(event, path, "a key must be a word", "write `key: value`")
                key = str(key)
            if key in values:
                self.refuse(event, (*path, key), "stands twice in its map", "keep one of them")
            self.result.places.setdefault((*path, key), _mark(event))
            value = self.node((*path, key))
            values.setdefault(key, value)
        self.at += 1
        return values

    def refuse(self, event: Event, path: Path, rule: str, fix: str) -> None:
        dotted = ".".join(map(str, path))
        self.result.problems.append(Problem(f"{self.file}:{_mark(event)}", "", dotted, "", rule, fix))
