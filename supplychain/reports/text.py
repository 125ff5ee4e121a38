"""Key figures, problems and steps as plain text for a terminal or a log."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence, Set

import numpy as np
import pandas as pd

__all__ = [
    "compare_text",
    "day_text",
    "figure_text",
    "frame_text",
    "harmless",
    "kpi_text",
    "label",
    "problems_text",
    "table_text",
]

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


def kpi_text(kpis: pd.DataFrame, *, parent: str | None = None) -> str:
    """One run: figure, value, interval, the parent's value and whether it is better."""
    head = ["figure", "basis", "value", "95 % interval"]
    compare = parent is not None and kpis["parent"].notna().any()
    if compare:
        head += [str(parent), "change", ""]
    rows = []
    for line in kpis.to_dict("records"):
        if not np.isfinite(line["value"]) and not (compare and np.isfinite(line["parent"])):
            continue  # a tier that the network does not have
        unit = line["unit"]
        low, high = (figure_text(line[end], unit) for end in ("low", "high"))
        band = f"{low} .. {high}" if np.isfinite(line["low"]) else ""
        row = [label(line), line["basis"], figure_text(line["value"], unit), band]
        if compare:
            row += [figure_text(line["parent"], unit), _change(line["delta"], unit), line["verdict"]]
        rows.append(row)
    return table_text(head, rows, right={2, 3, 4, 5} if compare else {2, 3})


def _change(delta: float, unit: str) -> str:
    """A difference with its sign; without one where it shows as zero."""
    if not np.isfinite(delta):
        return ""
    text = figure_text(abs(delta), unit)
    if not any(c in "123456789" for c in text):
        return text
    return ("+" if delta > 0 else "-") + text


def compare_text(runs: Mapping[str, pd.DataFrame]) -> str:
    """Several runs side by side: one row a figure, one column a scenario."""
    names = list(runs)
    order: dict[str, dict[str, object]] = {}
    for kpis in runs.values():
        for line in kpis.to_dict("records"):
            order.setdefault(line["figure"], line)
    values = {name: kpis.set_index("figure")["value"].to_dict() for name, kpis in runs.items()}
    rows = []
    for figure, line in order.items():
        cells = [figure_text(values[name].get(figure, np.nan), str(line["unit"])) for name in names]
        if set(cells) == {"-"}:
            continue
        rows.append([label(line), str(line["basis"]), *cells])
    return table_text(["figure", "basis", *names], rows, right=set(range(2, 2 + len(names))))


def problems_text(problems: pd.DataFrame, *, count: int = 3) -> str:
    """The largest problems by money a year."""
    rows = [
        [str(line["rank"]), line["kind"], line["subject"], f"{line['money']:,.0f}", line["detail"]]
        for line in problems.head(count).to_dict("records")
    ]
    return table_text(["", "problem", "where", "money a year", "detail"], rows, right={0, 3})


def label(line: Mapping[str, object]) -> str:
    """Label with its unit where the figure does not show it."""
    unit, name = str(line["unit"]), str(line["label"])
    shown = unit in ("share", "money", "lines", "sites", "parcels", "ratio", "days") or name.lower().endswith(unit)
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
