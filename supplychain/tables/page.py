"""The schema page: ``python -m supplychain.tables.page`` writes docs/data_contract.md."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

from supplychain.tables.cells import limit_text
from supplychain.tables.columns import Column, Table, load_columns, table_list
from supplychain.tables.header import Header, TableFile

__all__ = ["render_page"]

_PAGE = Path("docs") / "data_contract.md"


def render_page() -> str:
    """The page as Markdown: the prose of page.md with the keys of dataset.yaml and the column table put in."""
    prose = resources.files("supplychain.tables").joinpath("page.md").read_text(encoding="utf-8")
    tables = "\n\n".join(_table_section(table) for table in table_list().values())
    return prose.replace("{{dataset.yaml}}", _header_section()).replace("{{tables}}", tables)


def _header_section() -> str:
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for model, prefix in ((Header, ""), (TableFile, "tables.TABLE.")):
        for name, field in model.model_fields.items():
            default = "required" if field.is_required() else ("" if field.default_factory else _shown(field.default))
            lines.append(f"| `{prefix}{name}` | {default} | {field.description or ''} |")
    return "\n".join(lines)


def _shown(default: object) -> str:
    if default is None or default in ("", ()):
        return ""
    return ("yes" if default else "no") if isinstance(default, bool) else f"`{default}`"


def _table_section(table: Table) -> str:
    columns = load_columns()[table.name]
    keys = ", ".join(f"`{column.name}`" for column in columns if column.key)
    required = "Required. " if table.required else ""
    head = f"### {table.name}\n\n{required}{table.meaning} Key: {keys}.\n\n"
    rows = ["| column | type | unit | default | limits | meaning |", "|---|---|---|---|---|---|"]
    rows += [_row(column) for column in columns]
    return head + "\n".join(rows)


def _row(column: Column) -> str:
    default = "required" if column.required else ("base currency" if column.default == "base" else column.default)
    cells = [f"`{column.name}`", column.type, column.unit, default, _limits(column), column.meaning]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _limits(column: Column) -> str:
    if column.choices:
        return ", ".join(column.choices)
    if column.references:
        return "in " + ".".join(column.references)
    low = "" if column.minimum is None else f"at least {limit_text(column.minimum)}"
    high = "" if column.maximum is None else f"at most {limit_text(column.maximum)}"
    return ", ".join(part for part in (low, high) if part)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else _PAGE
    target.write_text(render_page(), encoding="utf-8")
