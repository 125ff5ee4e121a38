"""Starts a project: a folder with a scenario and a data template of one's own."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import SupplyChainError, UsageError
from supplychain.tables import write_template

__all__ = ["make_project"]

_SCENARIO = """\
scenario: 1
name: my_scenario
title: My first what-if
description: Starts from today's planning rule; change a key and run it again.
extends: baseline

# The bundled example data. For your own, fill in data/template.xlsx, say `supplychain validate data/template.xlsx`,
# and name it here:
# data: data/template.xlsx

replenish:
  policy: optimized

changes:
  - {set: replenish.service_level.A, value: 0.98}

compare:
  against: baseline
"""

_README = """\
# My supply chain project

    supplychain scenario plan my_scenario     what the scenario changes
    supplychain run my_scenario               forecast, order plan, routes, closed loop
    supplychain scenario compare baseline my_scenario

`scenarios/` holds your scenarios, `data/` your data sets. `.supplychain/` holds results and can be deleted.
"""


def make_project(folder: str | Path) -> tuple[Path, ...]:
    """Make a project folder and return its files.

    Raises UsageError when one of the files is there already (nothing is changed then), SupplyChainError when the disk
    refuses.
    """
    root = Path(folder)
    texts = {
        root / "README.md": _README,
        root / ".gitignore": ".supplychain/\n",
        root / "scenarios" / "my_scenario.yaml": _SCENARIO,
    }
    template = root / "data" / "template.xlsx"
    files = (*texts, template)
    there = [str(path) for path in files if path.exists()]
    if there:
        raise UsageError(f"{root}: {', '.join(there)} exists already; choose another folder")
    try:
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
        write_template(template)
    except OSError as error:
        raise SupplyChainError(f"{root}: {error.strerror}; choose another folder") from error
    return files
