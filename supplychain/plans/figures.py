"""The glossary of key figures: label, unit, formula and the decision that each serves."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Figure", "figures", "glossary_page"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure; ``basis`` is plan or simulated, ``better`` is lower, higher or none."""

    figure: str
    label: str
    unit: str
    basis: str
    better: str
    formula: str
    decides: str


@cache
def figures() -> dict[str, Figure]:
    """All key figures by name, in the order in which they are shown."""
    path = Path(__file__).with_name("figures.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["figure"]: Figure(**row) for row in csv.DictReader(lines)}


def glossary_page() -> str:
    """The glossary as Markdown (docs/glossary.md)."""
    head = (
        "# Key figures\n\n"
        "Generated from `supplychain/plans/figures.csv`. `plan` figures come from the plans, `simulated` ones from the "
        "closed-loop twin.\n\n| figure | label | unit | basis | better | formula | helps to decide |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    rows = [
        f"| `{f.figure}` | {f.label} | {f.unit} | {f.basis} | {f.better} | {f.formula} | {f.decides} |"
        for f in figures().values()
    ]
    return head + "\n".join(rows) + "\n"
