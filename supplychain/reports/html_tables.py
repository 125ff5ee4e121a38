"""Tables of the page: columns, cells and how figures are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from supplychain.reports.text import figure_text, label

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
    "subject_note",
    "table",
    "tight",
    "version_table",
    "words",
]

_MINUS = "−"
_DELIVERY = ("days", "rural_ratio", "cost_share", "late_rate", "delivery_cost")


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of a cell, a small second line, and a word that styles it."""

    text: str
    note: str = ""
    kind: str = ""


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
    if not np.isfinite(delta):
        return ""
    size = f"{abs(delta) * 100:.1f} pp" if unit == "share" else figure_text(abs(delta), unit)
    if not any(digit in size for digit in "123456789"):
        return "±" + size
    return ("+" if delta > 0 else _MINUS) + size


def kpi_groups(kpis: pd.DataFrame, *, parent: str | None, currency: str) -> tuple[HtmlTable, ...]:
    """Key figures in three tables: stock and sales, delivery, plans of the planning day."""
    compare = parent is not None and bool(kpis["parent"].notna().any())
    columns = ["Figure", "Basis", "#Value", "#95 % interval"]
    columns += [f"#{parent}", "#Change", ""] if compare else []
    columns += ["Helps to decide"]
    named: dict[str, list[list[Cell]]] = {}
    for line in kpis.to_dict("records"):
        named.setdefault(_group(line), []).append(_kpi_row(line, compare=compare, currency=currency))
    order = ("Stock and sales", "Delivery", "Plans of the planning day")
    return tuple(table(name, columns, named[name]) for name in order if name in named)


def _group(line: Mapping[str, Any]) -> str:
    if line["basis"] == "plan":
        return "Plans of the planning day"
    return "Delivery" if str(line["figure"]).split(".")[0] in _DELIVERY else "Stock and sales"


def _kpi_row(line: Mapping[str, Any], *, compare: bool, currency: str) -> list[Cell]:
    unit = str(line["unit"])
    money_note = currency if unit.startswith("money") else ""
    name = Cell(label(line) if not money_note else f"{line['label']} ({currency})")
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


def problem_table(problems: pd.DataFrame, *, names: Mapping[str, str], currency: str, most: int = 10) -> HtmlTable:
    """The largest problems by money, each with its remedy."""
    rows = []
    for line in problems.head(most).to_dict("records"):
        subject = str(line["subject"])
        rows.append(
            [
                Cell(str(line["rank"])),
                Cell(str(line["kind"])),
                Cell(subject, note=subject_note(subject, names)),
                Cell(money(line["money"])),
                Cell(str(line["detail"])),
                Cell(str(line["remedy"]), kind="code" if str(line["remedy"]).startswith("supplychain ") else ""),
            ]
        )
    heads = ["Rank", "Problem", "Where", f"#Money a year ({currency})", "Detail", "What to do"]
    return table("", heads, rows)


def subject_note(subject: str, names: Mapping[str, str]) -> str:
    """Names behind the ids of an ``item at site`` subject."""
    return ", ".join(names[part] for part in subject.split(" at ") if part in names and names[part] != part)


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
