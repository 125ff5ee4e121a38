"""One entry of ``changes`` on its way from text to a typed change."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date
from typing import cast

from supplychain.scenario.changes import Operation, Where
from supplychain.scenario.columns import Column
from supplychain.scenario.document import Mapping, Node, Scalar
from supplychain.scenario.filters import read_where
from supplychain.scenario.typed import SchemaReader, join
from supplychain.scenario.words import WordError

__all__ = ["Entry", "Span"]

Span = tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of ``changes`` while its parts are typed. ``span`` holds its days, its own or those of its shock."""

    reader: SchemaReader
    path: str
    node: Mapping
    operation: Operation
    span: Span
    own_span: bool
    allow_empty: bool
    layer: str

    @property
    def operand(self) -> Node:
        """What stands behind the operation."""
        return cast(Node, self.node.get(self.operation))

    def refuse(self, key: str, rule: str, fix: str) -> None:
        """Note a problem of one key."""
        node = self.node.get(key) or self.node
        value = node.text if isinstance(node, Scalar) else ""
        self.reader.refuse(node.place, join(self.path, key), value, rule, fix)

    def refuse_operand(self, error: WordError) -> None:
        """Note a problem of the operand."""
        self.refuse(self.operation, error.rule, error.fix)

    def where(self, columns: Map[str, Column]) -> Where:
        """The filter over the given columns."""
        return read_where(self.reader, self.node.get("where"), columns, join(self.path, "where"))
