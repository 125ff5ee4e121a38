"""One scenario file, or ``shocks.yaml`` -> its parts, typed, with places; ancestors are not looked at."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

from supplychain.scenario.changes import SettingChange
from supplychain.scenario.document import Listing, Mapping, Node, Scalar, decode, parse_document
from supplychain.scenario.entry import Span
from supplychain.scenario.read_changes import Change, read_change
from supplychain.scenario.read_settings import NOT_YET as NOT_YET_RULE
from supplychain.scenario.read_settings import read_section
from supplychain.scenario.schema import NOT_YET, CompareEntry, ScenarioFile, ShockEntry, ShocksFile
from supplychain.scenario.settings import Settings
from supplychain.scenario.typed import MISSING, SchemaReader, join
from supplychain.scenario.words import WordError, nearest, parse_during

__all__ = ["Shock", "Source", "read_scenario_file", "read_shocks_file", "read_tree"]

_SECTIONS = ("forecast", "place", "replenish", "route", "twin")


@dataclass(frozen=True, slots=True)
class Shock:
    """A shock as read: its changes carry its days."""

    name: str
    title: str
    changes: tuple[Change, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Source:
    """The parts of one scenario file. ``shocks`` holds shocks defined here, or nodes that name one."""

    label: str
    tree: Mapping
    name: str
    title: str
    description: str
    extends: Scalar | None
    data: Scalar | None
    as_of: date | None
    own: tuple[SettingChange, ...]
    shocks: tuple[Shock | Scalar, ...]
    changes: tuple[Change, ...]
    compare: dict[str, Any] = field(default_factory=dict)


def read_tree(file: Path, label: str, reader: SchemaReader) -> Mapping | None:
    """The tree of one file; None, with problems, when there is no sensible one."""
    try:
        data = file.read_bytes()
    except OSError as error:
        reader.refuse(label, "", "", f"cannot be read: {error.strerror}", "check that the file is there and readable")
        return None
    text, problems = decode(data, label)
    tree = None
    if not problems:
        tree, problems = parse_document(text, label)
    for problem in problems:
        reader.refuse(problem.file, problem.field, problem.value, problem.rule, problem.fix)
    return tree


def read_scenario_file(file: Path, label: str, reader: SchemaReader) -> Source | None:
    """Read one scenario file; problems go to the reader, None means that nothing can be used."""
    tree = read_tree(file, label, reader)
    if tree is None:
        return None
    values = reader.model(_without_reserved(reader, tree), ScenarioFile)
    _check_name(reader, tree, values, file.stem)
    settings: list[SettingChange] = []
    if values.get("seed") is not None:
        settings.append(SettingChange("seed", "value", values["seed"], cast(Node, tree.get("seed")).place))
    for section in _SECTIONS:
        if section in values:
            model = Settings.model_fields[section].annotation
            settings += read_section(reader, values[section], cast(Any, model), section)
    name = file.stem
    return Source(
        label=label,
        tree=tree,
        name=name,
        title=values.get("title", ""),
        description=values.get("description", ""),
        extends=_scalar(tree, values, "extends"),
        data=_scalar(tree, values, "data"),
        as_of=values.get("as_of"),
        own=tuple(settings),
        shocks=_read_shock_list(reader, tree, values, name),
        changes=_read_changes(reader, tree.get("changes"), "changes", f"changes of {name}", None),
        compare=_read_compare(reader, tree),
    )


def read_shocks_file(file: Path, label: str, reader: SchemaReader) -> dict[str, Shock]:
    """Read a ``shocks.yaml``: name -> shock."""
    tree = read_tree(file, label, reader)
    if tree is None:
        return {}
    reader.model(tree, ShocksFile)
    node = tree.get("shocks")
    shocks: dict[str, Shock] = {}
    for index, item in enumerate(node.items if isinstance(node, Listing) else ()):
        shock = _read_shock(reader, item, f"shocks[{index}]", "shocks")
        if shock is not None and shock.name in shocks:
            rule = f"two shocks have this name; the other is at {shocks[shock.name].origin}"
            reader.refuse(shock.origin, "name", shock.name, rule, "rename one")
        elif shock is not None:
            shocks[shock.name] = shock
    return shocks


def _without_reserved(reader: SchemaReader, tree: Mapping) -> Mapping:
    for key, _ in tree.entries:
        if key.text in NOT_YET:
            fix = "remove the key; write one scenario file for each point"
            reader.refuse(key.place, key.text, "", NOT_YET_RULE, fix)
    return Mapping(tree.place, tuple(entry for entry in tree.entries if entry[0].text not in NOT_YET))


def _check_name(reader: SchemaReader, tree: Mapping, values: dict[str, Any], stem: str) -> None:
    if "name" in values and values["name"] != stem:
        rule = f"the name differs from the file's name {stem}"
        reader.refuse(cast(Node, tree.get("name")).place, "name", values["name"], rule, "make the two the same")


def _scalar(tree: Mapping, values: dict[str, Any], key: str) -> Scalar | None:
    node = tree.get(key)
    return node if values.get(key) is not None and isinstance(node, Scalar) else None


def _read_changes(reader: SchemaReader, node: Node | None, path: str, layer: str, span: Span) -> tuple[Change, ...]:
    changes: list[Change] = []
    for index, item in enumerate(node.items if isinstance(node, Listing) else ()):
        changes += read_change(reader, item, f"{path}[{index}]", layer=layer, span=span)
    return tuple(changes)


def _read_shock_list(
    reader: SchemaReader, tree: Mapping, values: dict[str, Any], name: str
) -> tuple[Shock | Scalar, ...]:
    shocks: list[Shock | Scalar] = []
    seen: dict[str, str] = {}
    for index, item in enumerate(values.get("shocks", ())):
        path = f"shocks[{index}]"
        shock: Shock | Scalar | None = item if isinstance(item, Scalar) else None
        if shock is None:
            shock = _read_shock(reader, item, path, f"shocks of {name}")
        if shock is None:
            continue
        called = shock.text if isinstance(shock, Scalar) else shock.name
        place = shock.place if isinstance(shock, Scalar) else shock.origin
        if called in seen:
            reader.refuse(place, path, called, f"the shock is listed twice; first at {seen[called]}", "list it once")
            continue
        seen[called] = place
        shocks.append(shock)
    return tuple(shocks)


def _read_shock(reader: SchemaReader, node: Node, path: str, layer: str) -> Shock | None:
    before = len(reader.problems)
    values = reader.model(node, ShockEntry, path)
    if not isinstance(node, Mapping):
        return None
    span: Span = None
    if values.get("during") is not None:
        try:
            span = parse_during(values["during"])
        except WordError as error:
            place = cast(Node, node.get("during")).place
            reader.refuse(place, join(path, "during"), values["during"], error.rule, error.fix)
    changes = _read_changes(reader, node.get("changes"), join(path, "changes"), layer, span)
    if len(reader.problems) > before:
        return None
    return Shock(values["name"], values["title"], changes, cast(Node, node.get("name")).place)


def _read_compare(reader: SchemaReader, tree: Mapping) -> dict[str, Any]:
    node = tree.get("compare")
    if node is None or (isinstance(node, Scalar) and node.empty):
        return {}
    values = reader.model(node, CompareEntry, "compare")
    show = node.get("show") if isinstance(node, Mapping) else None
    for item in show.items if isinstance(show, Listing) else ():
        if isinstance(item, Scalar) and item.text not in figure_names():
            reader.refuse(item.place, "compare.show", item.text, "no key figure", nearest(item.text, figure_names()))
    return {key: value for key, value in values.items() if value is not MISSING}


@cache
def figure_names() -> tuple[str, ...]:
    """Names of the key figures, from the glossary's data file."""
    file = Path(__file__).resolve().parents[1] / "plans" / "figures.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return tuple(row["figure"] for row in csv.DictReader(lines))
