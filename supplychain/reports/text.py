"""Key figures, problems and steps as plain text for a terminal or a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

_SHOWN = ("share", "money", "lines", "sites", "parcels", "ratio", "days")

__all__ = ["compare_text", "figure_text", "kpi_text", "problems_text", "table_text"]


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
        unit = line["unit"]
        band = (
            ""
            if not np.isfinite(line["low"])
            else f"{figure_text(line['low'], unit)} .. {figure_text(line['high'], unit)}"
        )
        row = [label(line), line["basis"], figure_text(line["value"], unit), band]
        if compare:
            sign = "+" if line["delta"] > 0 else ""
            change = "" if not np.isfinite(line["delta"]) else sign + figure_text(line["delta"], unit)
            row += [figure_text(line["parent"], unit), change, line["verdict"]]
        rows.append(row)
    return table_text(head, rows, right={2, 3, 4, 5} if compare else {2, 3})  # fmt: skip


def compare_text(runs: Mapping[str, pd.DataFrame]) -> str:
    """Several runs side by side: one row a figure, one column a scenario."""
    names = list(runs)
    order: dict[str, dict[str, object]] = {}
    for kpis in runs.values():
        for line in kpis.to_dict("records"):
            order.setdefault(line["figure"], line)
    values = {name: kpis.set_index("figure")["value"].to_dict() for name, kpis in runs.items()}
    rows = [
        [label(line), str(line["basis"]), *(figure_text(values[name].get(figure, np.nan), str(line["unit"])) for name in names)]
        for figure, line in order.items()
    ]  # fmt: skip
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
    unit = str(line["unit"])
    shown = unit in ("share", "money", "lines", "sites", "parcels", "ratio") or str(line["label"]).lower().endswith(
        unit
    )
    return str(line["label"]) if shown or unit == "days" else f"{line['label']} ({unit})"


def table_text(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: set[int] = frozenset()) -> str:
    """Aligned columns, two blanks apart; ``right`` holds the columns that are aligned to the right."""
    cells = [list(head), *[list(row) for row in rows]]
    width = [max(len(row[c]) for row in cells) for c in range(len(head))]

    def line(row: Sequence[str]) -> str:
        parts = [cell.rjust(width[c]) if c in right else cell.ljust(width[c]) for c, cell in enumerate(row)]
        return "  ".join(parts).rstrip()

    rule = "  ".join("-" * w for w in width)
    return "\n".join([line(cells[0]), rule, *(line(row) for row in cells[1:])])
