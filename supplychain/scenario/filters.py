"""The ``where`` of a change: a map of column to value, list of values, or {from, to}."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import cast

from supplychain.scenario.changes import Where
from supplychain.scenario.columns import LISTS, ORDERED, Cell, Column, parse_cell
from supplychain.scenario.document import Listing, Mapping, Node, Scalar
from supplychain.scenario.typed import SchemaReader, join
from supplychain.scenario.words import WordError

__all__ = ["read_where", "single_text"]


def read_where(reader: SchemaReader, node: Node | None, columns: Map[str, Column], path: str) -> Where:
    """Read a filter over the given columns; what is wrong becomes problems of the reader."""
    if node is None or (isinstance(node, Scalar) and node.empty):
        return {}
    rules: dict[str, tuple[Cell, ...] | Map[str, Cell]] = {}
    for key, value in reader.keys(node, tuple(columns), path):
        rule = _rule(reader, columns[key.text], value, join(path, key.text))
        if rule is not None:
            rules[key.text] = rule
    return rules


def single_text(node: Node) -> str:
    """The text of a scalar that is not empty; else WordError."""
    if isinstance(node, Scalar) and not node.empty:
        return node.text
    raise WordError("must be a single value", "write one value")


def _rule(reader: SchemaReader, column: Column, node: Node, path: str) -> tuple[Cell, ...] | Map[str, Cell] | None:
    try:
        if column.type in LISTS:
            raise WordError("a list column cannot be a filter", "filter by another column")
        if isinstance(node, Mapping):
            return _range(reader, column, node, path)
        items = node.items if isinstance(node, Listing) else (node,)
        if not items:
            raise WordError("the filter is empty", "write a value or a list of values")
        return tuple(_value(reader, column, item, path) for item in items)
    except WordError as error:
        _refuse(reader, node, path, error)
        return None


def _value(reader: SchemaReader, column: Column, node: Node, path: str) -> Cell:
    """One typed value; an unquoted null means an empty cell."""
    if isinstance(node, Scalar) and node.empty:
        return None
    try:
        return parse_cell(column, single_text(node))
    except WordError as error:
        _refuse(reader, node, path, error)
        return None


def _range(reader: SchemaReader, column: Column, node: Mapping, path: str) -> Map[str, Cell]:
    if column.type not in ORDERED:
        raise WordError("the column has no order, so {from, to} is no filter", "list the values")
    ends = {
        key.text: _value(reader, column, value, join(path, key.text))
        for key, value in reader.keys(node, ("from", "to"), path)
    }
    low, high = ends.get("from"), ends.get("to")
    if low is None and high is None:
        raise WordError("the range has neither from nor to", "write {from: ..., to: ...}")
    if low is not None and high is not None and cast(float, low) > cast(float, high):
        raise WordError("the range ends before it begins", "swap from and to")
    return {end: value for end, value in ends.items() if value is not None}


def _refuse(reader: SchemaReader, node: Node, path: str, error: WordError) -> None:
    value = node.text if isinstance(node, Scalar) else ""
    reader.refuse(node.place, path, value, error.rule, error.fix)
