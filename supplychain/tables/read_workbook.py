"""XLSX workbooks: one sheet per table, each cell back to the text that a person meant."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import Problem
from supplychain.tables.header import Header
from supplychain.tables.raw import RawTable

__all__ = ["is_workbook", "read_workbook"]


def is_workbook(path: Path) -> bool:
    """Whether the file's name is that of a workbook."""
    return path.suffix.lower() == ".xlsx"


def read_workbook(path: Path) -> tuple[Header | None, dict[str, RawTable], list[Problem]]:
    """Header, raw tables and problems of a workbook."""
    raise NotImplementedError
