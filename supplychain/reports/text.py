"""Key figures, problems and steps as plain text for a terminal or a log."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.figures import figures

__all__ = [
    "basis_text",
    "change_text",
    "compare_text",
    "day_text",
    "figure_text",
    "frame_text",
    "harmless",
    "kpi_text",
    "label",
    "problems_text",
    "shown_figures",
    "subject_names",
    "table_text",
]

_SHOWN = ("headline", "usual", "all")
_HARMLESS = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def figure_text(value: float, unit: str) -> str:
    """A figure as people read it: shares in per cent, money without decimals, days with one."""
    if value is None or not np.isfinite(value):
        return "-"
    if unit == "share":
        return f"{value:.1%}"
    if unit.startswith("money"):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    if unit in ("lines", "sites", "parcels"):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"


def shown_figures(kpis: pd.DataFrame, most: str) -> pd.DataFrame:
    """Rows that are known, up to ``most``: headline, usual (with the headline) or all, as the glossary has it."""
    levels = _SHOWN[: _SHOWN.index(most) + 1]
    level = kpis["figure"].map(lambda name: figures()[name].shown)
    parent = kpis["parent"] if "parent" in kpis else kpis["value"]
    return kpis[level.isin(levels) & (np.isfinite(kpis["value"]) | np.isfinite(parent))]


def basis_text(tables: Mapping[str, pd.DataFrame]) -> str:
    """What the words plan and simulated mean in the key figures of a run."""
    plan = "plan: from the plans of the planning day"
    if "daily" not in tables or "lives" not in tables:
        return plan
    days, lives = tables["daily"]["date"], len(tables["lives"])
    return (
        f"{plan}; simulated: closed loop over {len(days)} days from {day_text(days.iloc[0])}, "
        f"mean of {lives} {'life' if lives == 1 else 'lives'}"
    )


def kpi_text(kpis: pd.DataFrame, *, currency: str, parent: str | None = None) -> str:
    """One run: figures by group with their interval, the parent's value and whether it is better."""
    head = ["figure", "basis", "value", "95 % interval"]
    compare = parent is not None and kpis["parent"].notna().any()
    if compare:
        head += [str(parent), "change", ""]
    rows = []
    for line in shown_figures(kpis, "all").to_dict("records"):
        unit = line["unit"]
        low, high = (figure_text(line[end], unit) for end in ("low", "high"))
        band = f"{low} .. {high}" if np.isfinite(line["low"]) else ""
        row = [label(line, currency), line["basis"], figure_text(line["value"], unit), band]
        if compare:
            row += [figure_text(line["parent"], unit), change_text(line["delta"], unit), line["verdict"]]
        rows.append((line["figure"], row))
    return table_text(head, _grouped(rows), right={2, 3, 4, 5} if compare else {2, 3})


def compare_text(runs: Mapping[str, pd.DataFrame], *, currency: str) -> str:
    """Several runs side by side: one row a figure, one column a scenario."""
    names = list(runs)
    found: dict[str, dict[Hashable, object]] = {}
    for kpis in runs.values():
        for line in kpis.to_dict("records"):
            found.setdefault(line["figure"], line)
    values = {name: kpis.set_index("figure")["value"].to_dict() for name, kpis in runs.items()}
    rows = []
    for figure in figures():
        if figure not in found:
            continue
        line = found[figure]
        cells = [figure_text(values[name].get(figure, np.nan), str(line["unit"])) for name in names]
        if set(cells) != {"-"}:
            rows.append((figure, [label(line, currency), str(line["basis"]), *cells]))
    return table_text(["figure", "basis", *names], _grouped(rows), right=set(range(2, 2 + len(names))))


def _grouped(rows: Sequence[tuple[str, list[str]]]) -> list[list[str]]:
    """Rows under a heading for each group of the glossary."""
    lines: list[list[str]] = []
    group = ""
    for figure, row in rows:
        if figures()[figure].group != group:
            group = figures()[figure].group
            lines.append([group, *[""] * (len(row) - 1)])
        lines.append([f"  {row[0]}", *row[1:]])
    return lines


def change_text(delta: float, unit: str, *, minus: str = "-", none: str = "") -> str:
    """A difference with its sign; shares in percentage points; ``none`` before one that shows as zero."""
    if not np.isfinite(delta):
        return ""
    size = f"{abs(delta) * 100:.1f} pp" if unit == "share" else figure_text(abs(delta), unit)
    if not any(digit in size for digit in "123456789"):
        return none + size
    return ("+" if delta > 0 else minus) + size


def problems_text(problems: pd.DataFrame, *, names: Mapping[str, str], currency: str, count: int = 3) -> str:
    """The largest problems by money (a year, or once): where, what it costs, what is seen, and what to do."""
    blocks = []
    for line in problems.head(count).to_dict("records"):
        name = subject_names(line["subject"], names)
        where = f"{line['subject']} ({name})" if name else str(line["subject"])
        head = f"{line['rank']}. {line['kind']}: {where}, {line['money']:,.0f} {currency}{_period(line)}"
        blocks += [head, f"   {line['detail']}", f"   do: {line['remedy']}"]
    return "\n".join(harmless(line) for line in blocks)


def _period(line: Mapping[Any, Any]) -> str:
    period = line.get("period", "a year")
    return f" {period}" if period else ""


def subject_names(subject: str, names: Mapping[str, str]) -> str:
    """Names behind the ids of an ``item at site`` subject; empty where they say no more than the ids."""
    return " at ".join(names[part] for part in subject.split(" at ") if part in names and names[part] != part)


def label(line: Mapping[Any, object], currency: str) -> str:
    """Label with its unit where neither the label nor the figure shows it."""
    unit, name = str(line["unit"]), str(line["label"])
    if unit.startswith("money"):
        return f"{name} ({currency})"
    shown = unit in ("share", "lines", "sites", "parcels", "ratio", "days", "1/year") or name.lower().endswith(unit)
    return name if shown else f"{name} ({unit})"


def frame_text(frame: pd.DataFrame, *, decimals: Mapping[str, int] | None = None) -> str:
    """A table as it is: numbers to the right, days as ISO text, empty where missing.

    ``decimals`` of a numeric column; others show whole numbers as such and at most two decimals.
    """
    places = decimals or {}
    numeric = {
        at
        for at, name in enumerate(frame.columns)
        if pd.api.types.is_numeric_dtype(frame[name].dtype) and not pd.api.types.is_bool_dtype(frame[name].dtype)
    }
    rows = [
        [
            _number(value, places.get(str(name))) if at in numeric else day_text(value)
            for at, (name, value) in enumerate(zip(frame.columns, row, strict=True))
        ]
        for row in frame.itertuples(index=False, name=None)
    ]
    return table_text([str(name).replace("_", " ") for name in frame.columns], rows, right=numeric)


def _number(value: float, decimals: int | None) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    if not np.isfinite(value):
        return "unlimited"
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def day_text(value: object) -> str:
    """Text of a cell: a day as 2025-05-31, missing as nothing."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return value.isoformat()[:10] if hasattr(value, "isoformat") else str(value)


def harmless(text: str) -> str:
    """Text from data on one line and without what could drive a terminal."""
    return "".join(
        " " if c in "\n\r\t" else "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _HARMLESS else c
        for c in text
    )


def table_text(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Set[int] = frozenset()) -> str:
    """Aligned columns, two blanks apart; ``right`` holds the columns that are aligned to the right."""
    cells = [[harmless(str(cell)) for cell in row] for row in (head, *rows)]
    width = [max(_width(row[c]) for row in cells) for c in range(len(head))]

    def line(row: Sequence[str]) -> str:
        parts = []
        for c, cell in enumerate(row):
            blanks = " " * (width[c] - _width(cell))
            parts.append(blanks + cell if c in right else cell + blanks)
        return "  ".join(parts).rstrip()

    rule = "  ".join("-" * w for w in width)
    return "\n".join([line(cells[0]), rule, *(line(row) for row in cells[1:])])


def _width(text: str) -> int:
    """Columns on a terminal: wide East Asian letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
