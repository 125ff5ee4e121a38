"""Text nodes -> values typed by a pydantic schema, with every problem at its line and column."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping as Map
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from supplychain.errors import Problem
from supplychain.scenario.document import Listing, Mapping, Node, Scalar
from supplychain.scenario.words import WordError, nearest, parse_boolean, parse_date, parse_integer, parse_number
from supplychain.tables.rules import rule_of

__all__ = ["MISSING", "SchemaReader", "check_leaf", "join", "strip_optional"]

MISSING = object()


def strip_optional(annotation: Any) -> tuple[Any, bool]:
    """The annotation without ``| None`` and outer ``Annotated``, and whether None was allowed."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        if len(rest) == 1:
            return strip_optional(rest[0])[0], True
    return annotation, False


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field: FieldInfo = model.model_fields[name]
    annotation: Any = field.annotation
    for constraint in field.metadata:
        annotation = Annotated[annotation, constraint]
    return TypeAdapter(annotation)


def check_leaf(model: type[BaseModel], name: str, value: object) -> list[tuple[tuple[int | str, ...], str, str]]:
    """Limits that a typed value of one field breaks: (location inside the value, rule, fix)."""
    try:
        _adapter(model, name).validate_python(value, strict=True)
    except ValidationError as error:
        return [(tuple(fault["loc"]), *rule_of(fault)) for fault in error.errors(include_url=False)]
    return []


class SchemaReader:
    """Reads nodes by schema and collects what is wrong.

    ``record`` names the scenario in messages; ``homes`` maps keys that stand deeper in the file to their path.
    """

    def __init__(self, record: str, homes: Map[str, str] | None = None) -> None:
        self.record = record
        self.homes = homes or {}
        self.problems: list[Problem] = []

    def refuse(self, place: str, path: str, value: str, rule: str, fix: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(place, self.record, path, value, rule, fix))

    def keys(
        self, node: Node, known: tuple[str, ...], path: str, *, required: tuple[str, ...] = ()
    ) -> list[tuple[Scalar, Node]]:
        """The known entries of a map; unknown and missing keys become problems."""
        if not isinstance(node, Mapping):
            rule = "must be a map of keys"
            self.refuse(node.place, path, _shown(node), rule, f"write keys below it: {', '.join(known[:6])}")
            return []
        found = []
        for key, value in node.entries:
            if key.text in known:
                found.append((key, value))
            else:
                self.refuse(key.place, join(path, key.text), "", "unknown key", self._advice(key.text, known, path))
        present = {key.text for key, _ in found}
        for name in required:
            if name not in present:
                self.refuse(node.place, join(path, name), "", "the key is missing", f"add `{name}:`")
        return found

    def _advice(self, key: str, known: tuple[str, ...], path: str) -> str:
        advice = nearest(key, known)
        deeper = [] if path else [self.homes[name] for name in difflib.get_close_matches(key, self.homes, 1, 0.8)]
        return f"did you mean {deeper[0]}? At this level {advice}" if deeper else advice

    def model(self, node: Node, model: type[BaseModel], path: str = "") -> dict[str, Any]:
        """Read a map by a model; fields annotated ``object`` keep their node. Bad fields are left out."""
        fields = model.model_fields
        required = tuple(name for name, field in fields.items() if field.is_required())
        values: dict[str, Any] = {}
        for key, child in self.keys(node, tuple(fields), path, required=required):
            value = self.field(child, model, key.text, join(path, key.text))
            if value is not MISSING:
                values[key.text] = value
        return values

    def field(self, node: Node, model: type[BaseModel], name: str, path: str) -> Any:
        """Read one field of a model and check its limits; MISSING when it is wrong."""
        annotation, optional = strip_optional(model.model_fields[name].annotation)
        if annotation is object or _is_model(annotation):
            return node
        before = len(self.problems)
        value = None if optional and _is_empty(node) else self.value(node, annotation, path)
        if len(self.problems) > before:
            return MISSING
        for location, rule, fix in check_leaf(model, name, value):
            child = _inside(node, location)
            self.refuse(child.place, path, _shown(child), rule, fix)
        return value if len(self.problems) == before else MISSING

    def value(self, node: Node, annotation: Any, path: str) -> Any:
        """Type a node by an annotation of the small set that schemas use."""
        annotation, optional = strip_optional(annotation)
        if optional and _is_empty(node):
            return None
        if annotation is object:
            return node
        if get_origin(annotation) is tuple:
            return self._list(node, get_args(annotation)[0], path)
        if not isinstance(node, Scalar):
            self.refuse(node.place, path, "", "must be a single value", "write one value, not a list or map")
            return MISSING
        try:
            return _parse(annotation, node)
        except WordError as error:
            self.refuse(node.place, path, node.text, error.rule, error.fix)
            return MISSING

    def _list(self, node: Node, element: Any, path: str) -> Any:
        if not isinstance(node, Listing):
            self.refuse(node.place, path, _shown(node), "must be a list", "write [a, b] or lines that begin with `- `")
            return MISSING
        return tuple(self.value(item, element, path) for item in node.items)


def join(path: str, key: str) -> str:
    """``path.key``."""
    return f"{path}.{key}" if path else key


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.empty


def _shown(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _inside(node: Node, location: tuple[int | str, ...]) -> Node:
    for step in location:
        if isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node


def _parse(annotation: Any, node: Scalar) -> object:
    if node.empty:
        raise WordError("must not be empty", "write a value or remove the key")
    if get_origin(annotation) is Literal:
        return _parse_choice(get_args(annotation), node.text)
    if annotation is str:
        return node.text
    for kind, parse in ((bool, parse_boolean), (int, parse_integer), (float, parse_number), (date, parse_date)):
        if annotation is kind:
            return cast(object, parse(node.text))
    raise TypeError(f"the schema uses {annotation}, which the reader does not know")


def _parse_choice(choices: tuple[object, ...], text: str) -> object:
    for choice in choices:
        if text == str(choice):
            return choice
    names = [str(choice) for choice in choices]
    raise WordError(f"must be one of {', '.join(names)}", nearest(text, names))
