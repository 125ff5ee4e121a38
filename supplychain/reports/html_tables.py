"""Tables of the page: columns, cells and how figures are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.figures import figures
from supplychain.reports import text as plain
from supplychain.reports.text import figure_text, label, subject_names

__all__ = [
    "Cell",
    "Column",
    "HtmlTable",
    "change_text",
    "count",
    "counted",
    "day_text",
    "kpi_groups",
    "money",
    "problem_table",
    "share",
    "step_table",
    "table",
    "tight",
    "version_table",
    "words",
]

_MINUS = "−"


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of a cell, a small second line, a word that styles it, and a command to type."""

    text: str
    note: str = ""
    kind: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a column; numbers are aligned right."""

    label: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """A table with its caption; the first column heads its row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = "") -> HtmlTable:
    """A table of texts; a column whose heading starts with ``#`` holds numbers."""
    heads = tuple(Column(name.removeprefix("#"), name.startswith("#")) for name in columns)
    cells = tuple(tuple(c if isinstance(c, Cell) else Cell(str(c)) for c in row) for row in rows)
    return HtmlTable(caption, heads, cells, note)


def money(value: float) -> str:
    """An amount without its currency; the heading names that."""
    return "0" if value == 0 else figure_text(float(value), "money")


def count(value: float) -> str:
    """A whole number, or a figure with one digit where it is none."""
    if not np.isfinite(value):
        return "-"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.1f}"


def words(key: Any) -> str:
    """A key such as ``daily_goods`` as words."""
    return str(key).replace("_", " ")


def tight(text: str) -> Cell:
    """A cell that is never broken into lines, such as a day."""
    return Cell(text, kind="tight")


def counted(number: float, noun: str) -> str:
    """A number with its noun in the right number: ``1 trip``, ``2 trips``."""
    return f"{count(number)} {noun}" + ("" if number == 1 else "s")


def share(value: float) -> str:
    """A share in per cent."""
    return figure_text(float(value), "share")


def day_text(value: Any) -> str:
    """A day as ISO text; empty where there is none."""
    return "" if value is None or value != value or str(value) == "NaT" else str(value)[:10]  # noqa: PLR0124


def change_text(delta: float, unit: str) -> str:
    """A difference with its sign; shares in percentage points."""
    return plain.change_text(delta, unit, minus=_MINUS, none="±")


def kpi_groups(kpis: pd.DataFrame, *, parent: str | None, currency: str) -> tuple[HtmlTable, ...]:
    """Key figures in one table a group of the glossary."""
    compare = parent is not None and bool(kpis["parent"].notna().any())
    columns = ["Figure", "Basis", "#Value", "#95 % interval"]
    columns += [f"#{parent}", "#Change", ""] if compare else []
    columns += ["Helps to decide"]
    named: dict[str, list[list[Cell]]] = {}
    for line in kpis.to_dict("records"):
        group = figures()[line["figure"]].group
        named.setdefault(group, []).append(_kpi_row(line, compare=compare, currency=currency))
    return tuple(table(group, columns, rows) for group, rows in named.items())


def _kpi_row(line: Mapping[str, Any], *, compare: bool, currency: str) -> list[Cell]:
    unit = str(line["unit"])
    name = Cell(label(line, currency))
    band = ""
    if np.isfinite(line["low"]):
        band = f"{figure_text(line['low'], unit)} – {figure_text(line['high'], unit)}"
    row = [
        name,
        Cell(str(line["basis"]), kind=f"basis {line['basis']}"),
        Cell(figure_text(line["value"], unit)),
        Cell(band),
    ]
    if compare:
        verdict = str(line["verdict"] or "")
        row += [
            Cell(figure_text(line["parent"], unit)),
            Cell(change_text(line["delta"], unit)),
            Cell(verdict, kind=f"verdict {verdict}" if verdict else ""),
        ]
    return [*row, Cell(str(line["decides"]))]


def problem_table(
    problems: pd.DataFrame, *, names: Mapping[str, str], currency: str, run_id: str, most: int = 10
) -> HtmlTable:
    """The largest problems by money, each with its remedy and the command that explains its order plan."""
    rows = []
    for line in problems.head(most).to_dict("records"):
        subject = str(line["subject"])
        item, site = line.get("item_id", ""), line.get("site_id", "")
        explain = f"supplychain plan explain {item} {site} --run {run_id}" if item else ""
        rows.append(
            [
                Cell(str(line["rank"])),
                Cell(str(line["kind"])),
                Cell(subject, note=subject_names(subject, names)),
                Cell(money(line["money"]), note=str(line.get("period", "a year") or "once")),
                Cell(str(line["detail"])),
                Cell(str(line["remedy"]), code=explain),
            ]
        )
    heads = ["Rank", "Problem", "Where", f"#Money ({currency})", "What is seen", "What to do"]
    return table("", heads, rows)


def step_table(steps: Sequence[Mapping[str, Any]]) -> HtmlTable:
    """Steps as they were when the run was published: reused or made, and why."""
    rows = [
        [str(s["name"]), "reused" if s["reused"] else "made", str(s["why"]), Cell(str(s["key"])[:12], kind="code")]
        for s in steps
    ]
    return table("Steps", ["Step", "Made or reused", "Why", "Key"], rows)


def version_table(manifest: Mapping[str, Any]) -> HtmlTable:
    """Code, libraries and seed."""
    rows = [["seed", Cell(str(manifest.get("seed", "-")), kind="code")]]
    rows += [["code", Cell(str(manifest.get("code", "-"))[:16], kind="code")]]
    rows += [["scenario hash", Cell(str(manifest.get("scenario_hash", "-"))[:16], kind="code")]]
    versions = manifest.get("versions") or {}
    rows += [[name, Cell(str(versions[name]), kind="code")] for name in sorted(versions)]
    return table("Versions", ["What", "Version"], rows)
