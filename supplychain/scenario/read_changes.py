"""Entries of ``changes`` -> typed changes, every problem at its place."""

from __future__ import annotations

from typing import cast

from supplychain.scenario.changes import Operation, SettingChange, TableChange, WorldChange
from supplychain.scenario.columns import contract
from supplychain.scenario.document import Mapping, Node
from supplychain.scenario.entry import Entry, Span
from supplychain.scenario.filters import single_text
from supplychain.scenario.read_settings import read_section
from supplychain.scenario.schema import ChangeEntry
from supplychain.scenario.settings import Settings
from supplychain.scenario.table_entries import read_cells, read_whole_rows
from supplychain.scenario.targets import (
    CLOSED_TABLES,
    LARGEST_FACTOR,
    WorldTarget,
    column_paths,
    open_tables,
    sections,
    settings_catalogue,
    world_targets,
)
from supplychain.scenario.typed import MISSING, SchemaReader, join
from supplychain.scenario.words import WordError, nearest, parse_during, parse_number
from supplychain.tables.cells import limit_text

__all__ = ["Change", "read_change"]

Change = SettingChange | TableChange | WorldChange
_OPERATIONS = ("value", "multiply", "add", "append", "remove")


def read_change(reader: SchemaReader, node: Node, path: str, *, layer: str, span: Span = None) -> list[Change]:
    """Read one entry; ``span`` holds the days of a shock for entries without their own. Empty when it is wrong."""
    before = len(reader.problems)
    values = reader.model(node, ChangeEntry, path)
    if not isinstance(node, Mapping) or "set" not in values:
        return []
    operation = _operation(reader, node, path)
    own = _during(reader, node, values.get("during"), path)
    entry = Entry(
        reader=reader,
        path=path,
        node=node,
        operation=operation or "value",
        span=own or span,
        own_span=own is not None,
        allow_empty=values.get("allow_empty", False),
        layer=layer,
    )
    if operation is None:
        _check_names(entry, values["set"])
        return []
    changes = _read_target(entry, values["set"])
    return changes if len(reader.problems) == before else []


def _operation(reader: SchemaReader, node: Mapping, path: str) -> Operation | None:
    present = [key.text for key, _ in node.entries if key.text in _OPERATIONS]
    if len(present) == 1:
        return cast(Operation, present[0])
    found = " and ".join(present) if present else "none"
    rule = f"a change has exactly one of {', '.join(_OPERATIONS)}; it has {found}"
    fix = "split it into several changes" if present else "add `value: ...` or another operation"
    reader.refuse(node.place, path, "", rule, fix)
    return None


def _during(reader: SchemaReader, node: Mapping, text: str | None, path: str) -> Span:
    if text is None:
        return None
    try:
        return parse_during(text)
    except WordError as error:
        reader.refuse(cast(Node, node.get("during")).place, join(path, "during"), text, error.rule, error.fix)
        return None


def _read_target(entry: Entry, target: str) -> list[Change]:
    if target in sections():
        return _section(entry, target)
    if target in settings_catalogue():
        return _setting(entry, target)
    if target in world_targets():
        return _world(entry, world_targets()[target])
    if target in column_paths():
        return list(read_cells(entry, column_paths()[target]))
    if target in open_tables() and entry.operation in ("append", "remove"):
        return list(read_whole_rows(entry, target))
    _refuse_target(entry, target)
    return []


def _check_names(entry: Entry, target: str) -> None:
    """Without an operation nothing can be typed, but wrong names are still told."""
    if target in world_targets():
        entry.where(world_targets()[target].columns)
    elif target in column_paths():
        columns = contract()[column_paths()[target].table]
        entry.where(columns)
    elif target not in sections() and target not in settings_catalogue():
        _refuse_target(entry, target)


def _refuse_rows(entry: Entry) -> None:
    given = {
        "where": entry.node.get("where") is not None,
        "during": entry.span is not None,
        "allow_empty": entry.allow_empty,
    }
    for key, present in given.items():
        if present:
            entry.refuse(key, "a setting has no rows and no days", f"remove `{key}`")


def _section(entry: Entry, target: str) -> list[Change]:
    _refuse_rows(entry)
    if entry.operation != "value":
        first = next(path for path in settings_catalogue() if path.startswith(f"{target}."))
        entry.refuse("set", f"{target} holds several settings", f"name one, such as {first}")
        return []
    return list(read_section(entry.reader, entry.operand, sections()[target], target))


def _setting(entry: Entry, target: str) -> list[Change]:
    _refuse_rows(entry)
    leaf = settings_catalogue()[target]
    if entry.operation == "value":
        value = entry.reader.field(entry.operand, leaf.model, leaf.name, join(entry.path, "value"))
        return [] if value is MISSING else [SettingChange(target, "value", value, entry.operand.place)]
    try:
        operand = _setting_operand(target, entry.operation, single_text(entry.operand))
    except WordError as error:
        entry.refuse_operand(error)
        return []
    return [SettingChange(target, entry.operation, operand, entry.operand.place)]


def _setting_operand(path: str, operation: Operation, text: str) -> object:
    default: object = Settings()
    for part in path.split("."):
        default = getattr(default, part)
    if isinstance(default, tuple):
        if operation not in ("append", "remove"):
            raise WordError(f"{path} is a list", "use value, append or remove")
        return parse_number(text) if default and isinstance(default[0], float) else text
    if operation in ("append", "remove"):
        raise WordError(f"{path} is no list", "use value, multiply or add")
    if isinstance(default, bool | str):
        raise WordError(f"{path} is no number", "use value")
    return parse_number(text)


def _world(entry: Entry, target: WorldTarget) -> list[Change]:
    conditions = entry.where(target.columns)
    if entry.operation not in target.operations:
        rule = f"{target.path} takes {' or '.join(target.operations)}"
        entry.refuse(entry.operation, rule, f"use {target.operations[0]}")
        return []
    try:
        value = _world_operand(target, entry.operation, single_text(entry.operand))
    except WordError as error:
        entry.refuse_operand(error)
        return []
    first, last = entry.span or (None, None)
    scope, _, name = target.path.partition(".")
    change = WorldChange(
        scope="outlook" if scope == "outlook" else "world",
        target=name,
        operation=entry.operation,
        value=value,
        where=conditions,
        first=first,
        last=last,
        allow_empty=entry.allow_empty,
        origin=entry.node.place,
    )
    return [change]


def _world_operand(target: WorldTarget, operation: Operation, text: str) -> float | str:
    if operation == "value":
        if text != "closed":
            raise WordError("the only value is closed", "write closed; without the change it is open")
        return text
    number = parse_number(text)
    if operation == "multiply" and not 0 <= number <= LARGEST_FACTOR:
        rule = f"a factor is at least 0 and at most {limit_text(LARGEST_FACTOR)}"
        raise WordError(rule, "write a factor such as 1.2")
    if operation == "add" and abs(number) > target.largest_step:
        limit = limit_text(target.largest_step)
        raise WordError(f"must be from -{limit} to {limit}", "write a smaller number")
    return number


def _refuse_target(entry: Entry, target: str) -> None:
    first, _, rest = target.partition(".")
    tables = contract()
    if first in CLOSED_TABLES:
        entry.refuse("set", f"scenarios cannot change {first}", CLOSED_TABLES[first])
    elif first in tables and rest in tables[first]:
        fix = f"put {rest} into `where` and set another column"
        entry.refuse("set", "a key column names the row and cannot be changed", fix)
    elif first in tables:
        names = [f"{first}.{name}" for name, column in tables[first].items() if not column.key]
        rule = f"unknown column of {first}" if rest else "a whole table takes only append and remove"
        entry.refuse("set", rule, nearest(target, names) if rest else f"name a column, such as {names[0]}")
    else:
        known = [*settings_catalogue(), *sections(), *world_targets(), *column_paths()]
        entry.refuse("set", "names no setting, table, outlook.* or world.*", _nearest_path(target, known))


def _nearest_path(target: str, known: list[str]) -> str:
    first, _, rest = target.partition(".")
    same_head = [path for path in known if path.partition(".")[0] == first]
    if same_head:
        return nearest(target, same_head)
    same_tail = [path for path in known if rest and path.partition(".")[2] == rest]
    advice = nearest(target, same_tail or known)
    heads = sorted({path.partition(".")[0] for path in known})
    return advice if advice.startswith("did") else f"begin the path with one of {', '.join(heads)}"
