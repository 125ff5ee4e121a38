"""Settings sections of a file, and ``--set`` texts -> assignments of typed values to setting paths."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from supplychain.scenario.changes import SettingChange
from supplychain.scenario.document import Mapping, Node, Scalar, parse_document
from supplychain.scenario.targets import column_paths, sections, settings_catalogue, world_targets
from supplychain.scenario.typed import MISSING, SchemaReader, join, strip_optional
from supplychain.scenario.words import nearest

__all__ = ["read_section", "read_sets"]

NOT_YET = "not yet: this key is reserved until it is built"


def read_section(reader: SchemaReader, node: Node, model: type[BaseModel], path: str) -> list[SettingChange]:
    """Read the keys of one section, maps inside it too; keys that are not given keep their value."""
    if isinstance(node, Scalar) and node.empty:
        return []
    known = tuple(model.model_fields)
    assignments: list[SettingChange] = []
    for key, child in reader.keys(_without_reserved(reader, node, path), known, path):
        inner = join(path, key.text)
        annotation, _ = strip_optional(model.model_fields[key.text].annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            assignments += read_section(reader, child, annotation, inner)
            continue
        value = reader.field(child, model, key.text, inner)
        if value is not MISSING:
            assignments.append(SettingChange(inner, "value", value, child.place))
    return assignments


def _without_reserved(reader: SchemaReader, node: Node, path: str) -> Node:
    if path != "place" or not isinstance(node, Mapping):
        return node
    for key, _ in node.entries:
        if key.text == "fix":
            reader.refuse(key.place, "place.fix", "", NOT_YET, "open the sites by changes of sites.status")
    return Mapping(node.place, tuple(entry for entry in node.entries if entry[0].text != "fix"))


def read_sets(reader: SchemaReader, sets: Sequence[str]) -> list[SettingChange]:
    """Read ``key=value`` texts of the command line; keys are setting paths, values are typed as in a file."""
    assignments: list[SettingChange] = []
    seen: dict[str, str] = {}
    for text in sets:
        key, equals, value = text.partition("=")
        path, place = key.strip(), f"--set {text}"
        if not equals or not path:
            reader.refuse(place, "", "", "must be key=value", "write --set replenish.policy=optimized")
        elif path in seen:
            reader.refuse(place, path, "", f"the key is given twice, also as {seen[path]!r}", "give it once")
        elif path not in settings_catalogue():
            reader.refuse(place, path, "", *_unknown(path))
        else:
            seen[path] = text
            assignments += _assignment(reader, path, value.strip(), place)
    return assignments


def _assignment(reader: SchemaReader, path: str, value: str, place: str) -> list[SettingChange]:
    leaf = settings_catalogue()[path]
    node, problems = parse_document(f"value: {value}", place)
    child = node.get("value") if node is not None else None
    if problems or child is None:
        reader.refuse(place, path, value, "is not one value", "quote it, or write a list as [a, b]")
        return []
    typed = reader.field(_moved(child, place), leaf.model, leaf.name, path)
    return [] if typed is MISSING else [SettingChange(path, "value", typed, place)]


def _moved(node: Node, place: str) -> Node:
    if isinstance(node, Scalar):
        return Scalar(place, node.text, node.quoted)
    if isinstance(node, Mapping):
        return Mapping(place, node.entries)
    return type(node)(place, tuple(_moved(item, place) for item in node.items))


def _unknown(path: str) -> tuple[str, str]:
    if path in sections():
        return "holds several settings", f"name one: {', '.join(_inside(path))}"
    if path in world_targets() or path in column_paths():
        return "tables, outlook and world cannot be set on the command line", "write a change in a scenario file"
    return "unknown key", _advice(path)


def _inside(path: str) -> list[str]:
    return [leaf for leaf in settings_catalogue() if leaf.startswith(f"{path}.")]


def _advice(path: str) -> str:
    first = path.partition(".")[0]
    advice = nearest(path, _inside(first) or settings_catalogue())
    heads = sorted({leaf.partition(".")[0] for leaf in settings_catalogue()})
    return advice if advice.startswith("did") else f"begin the key with one of {', '.join(heads)}"
