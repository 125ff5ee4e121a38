"""Entries of ``changes`` about tables: cells of a column, or whole rows."""

from __future__ import annotations

from supplychain.scenario.changes import TableChange, Where
from supplychain.scenario.columns import LISTS, NUMBERS, Cell, Column, contract, parse_cell, parse_list
from supplychain.scenario.document import Listing, Node, Scalar
from supplychain.scenario.entry import Entry
from supplychain.scenario.filters import single_text
from supplychain.scenario.rows import read_rows
from supplychain.scenario.typed import join
from supplychain.scenario.words import WordError, parse_integer, parse_number

__all__ = ["read_cells", "read_whole_rows"]


_LARGEST_SHIFT_DAYS = 3650


def read_cells(entry: Entry, column: Column) -> list[TableChange]:
    """A change of one column."""
    columns = contract()[column.table]
    conditions = entry.where(columns)
    _refuse_days(entry, column.table, dated="date" in columns)
    try:
        value = _cell(entry, column)
    except WordError as error:
        entry.refuse_operand(error)
        return []
    return [_table_change(entry, (column.table, column.name), value, conditions)]


def read_whole_rows(entry: Entry, table: str) -> list[TableChange]:
    """Rows to append, or to remove."""
    columns = contract()[table]
    where = entry.where(columns)
    dated = "date" in columns
    _refuse_days(entry, table, dated=dated)
    rows: Cell = ()
    if entry.operation == "append":
        if where or entry.own_span:
            entry.refuse("where" if where else "during", "rows that are appended are not filtered", "remove the key")
        rows = read_rows(entry.reader, entry.operand, table, join(entry.path, "append"))
    elif not (isinstance(entry.operand, Scalar) and entry.operand.text == "rows"):
        entry.refuse(
            "remove",
            "of a whole table only `rows` can be removed",
            "write `remove: rows`, and name a column to change cells",
        )
    elif not where and not entry.span:
        entry.refuse("remove", "this would remove every row", "say which rows by `where`")
    return [_table_change(entry, (table, ""), rows, where)]


def _refuse_days(entry: Entry, table: str, *, dated: bool) -> None:
    """Days on a table without dates would silently last for ever."""
    if entry.span and not dated:
        rule = f"{table} has no column `date`, so the change would not end"
        fix = "remove the days, use `world`, or use `where` with {from, to} on a date column"
        entry.refuse("during", rule, fix)


def _table_change(entry: Entry, place: tuple[str, str], value: Cell, where: Where) -> TableChange:
    table, column = place
    first, last = entry.span if entry.span and "date" in contract()[table] else (None, None)
    return TableChange(
        table=table,
        column=column,
        operation=entry.operation,
        value=value,
        where=where,
        first=first,
        last=last,
        allow_empty=entry.allow_empty,
        layer=entry.layer,
        origin=entry.node.place,
    )


def _cell(entry: Entry, column: Column) -> Cell:
    node, operation, path = entry.operand, entry.operation, f"{column.table}.{column.name}"
    is_list = column.type in LISTS
    if operation in ("append", "remove"):
        if not is_list:
            raise WordError(f"{path} is no list", "use value")
        return parse_list(column, _texts(node))
    if operation == "value":
        if isinstance(node, Scalar) and node.empty:
            if column.required or column.default:
                raise WordError(f"{path} cannot be empty", "write a value")
            return () if is_list else None
        return parse_list(column, _texts(node)) if is_list else parse_cell(column, single_text(node))
    text = single_text(node)
    if operation == "add" and column.type in ("date", "integer", "time"):
        number = parse_integer(text)
        if column.type == "date" and abs(number) > _LARGEST_SHIFT_DAYS:
            raise WordError(f"a date moves by at most {_LARGEST_SHIFT_DAYS} days", "write fewer days")
        return number
    if column.type not in NUMBERS:
        raise WordError(f"{path} is no number", "use value")
    return parse_number(text)


def _texts(node: Node) -> list[str]:
    return [single_text(item) for item in node.items] if isinstance(node, Listing) else [single_text(node)]
