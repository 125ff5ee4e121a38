"""The glossary of key figures: label, unit, formula and the decision that each serves."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Figure", "figures", "glossary_page"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure.

    ``basis`` is plan or simulated; ``better`` is lower, higher or none; ``material`` is the smallest change that
    matters: of a share in shares (0.002 is 0.2 percentage points), else as a part of the value before. ``shown`` is
    headline (always), usual (where scenarios stand side by side) or all (only where every figure is asked for).
    """

    figure: str
    group: str
    label: str
    unit: str
    basis: str
    better: str
    material: float
    shown: str
    formula: str
    decides: str

    def is_material(self, delta: float, before: float) -> bool:
        """Whether a change from ``before`` is large enough to matter; any change of nothing is."""
        return abs(delta) > 0 and abs(delta) >= self.material * (1.0 if self.unit == "share" else abs(before))


@cache
def figures() -> dict[str, Figure]:
    """All key figures by name, in the order in which they are shown."""
    path = Path(__file__).with_name("figures.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["figure"]: Figure(**{**row, "material": float(row["material"])})  # type: ignore[arg-type]
            for row in csv.DictReader(lines)
        }


_HEAD = """# Key figures

Generated from `supplychain/plans/figures.csv`. `plan` figures come from the plans of the planning day, `simulated`
ones from the closed-loop twin: sums over its measured days, means over its lives. `money` is in the base currency of
the data set; a `share` is printed in per cent, its change in percentage points (pp).

A run is held against its parent, or one run against another, figure by figure:

- `same`: the 95 % intervals of the two simulated values overlap, or the change is smaller than the column
  *change that matters* says (`pp`: percentage points; `%`: of the value before).
- `better` or `worse`: any other change, by the column *better*.
- no verdict where *better* is `none`: the figure moves with what is sold or bought, and more of it is neither good
  nor bad in itself.

*Stock-out rate* and *Cycles without a stock-out* count different things, and both can be high at once: the first
counts days, the second deliveries. An item that is sold out for two months adds sixty days to the first and takes a
single cycle from the second. The stock-out rate says what customers meet; fill rate and lost margin say what it
costs.

*Shown*: `headline` figures are those that `run` prints, `usual` ones stand beside them in `demo`, and `all` figures
come with `--all` and in reports, files and JSON.

"""


_ACCURACY_HEAD = """
## Accuracy of forecasts

Generated from `supplychain/plans/accuracy.csv`: figures of `supplychain forecast backtest`, described in
[backtest.md](backtest.md). Days that were sold out, not on sale or not recorded count in none of them.

"""


def glossary_page() -> str:
    """The glossary as Markdown (docs/glossary.md)."""
    names = ("figure", "group", "label", "unit", "basis", "better", "change that matters", "shown", "formula")
    head = [*names, "helps to decide"]
    rows = [
        [f"`{f.figure}`", f.group, f.label, f.unit, f.basis, f.better, _material_text(f), f.shown, f.formula, f.decides]
        for f in figures().values()
    ]
    return _HEAD + _markdown([head, *rows]) + _ACCURACY_HEAD + _markdown(_accuracy_rows())


def _accuracy_rows() -> list[list[str]]:
    """Head and rows of the figures of a backtest."""
    with Path(__file__).with_name("accuracy.csv").open(encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    return [[*head[:-1], "helps to decide"], *([f"`{row[0]}`", *row[1:]] for row in rows)]


def _markdown(rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n"


def _material_text(figure: Figure) -> str:
    if figure.better == "none":
        return ""
    size = f"{figure.material * 100:g}"
    return "any" if not figure.material else f"{size} pp" if figure.unit == "share" else f"{size} %"
