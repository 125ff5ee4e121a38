"""Options that several commands share."""

from __future__ import annotations

import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from supplychain.service import Until

__all__ = [
    "DEFAULT_STORE",
    "DEFAULT_WORKERS",
    "WHICH_RUN",
    "AllFigures",
    "AsOf",
    "Data",
    "Json",
    "OneRun",
    "Planned",
    "Project",
    "Quiet",
    "Sets",
    "StoreFolder",
    "Strict",
    "UntilStep",
    "Verbose",
    "Workers",
    "chosen_until",
    "set_up_logging",
]

_PACKAGES = ("supplychain", "forecasts", "solvers")


def set_up_logging(verbose: bool) -> None:
    """Messages of our own packages on stderr: warnings, and with ``verbose`` everything."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    for name in _PACKAGES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
        logger.propagate = False


def _be_verbose(verbose: bool) -> bool:
    if verbose:
        set_up_logging(verbose=True)
    return verbose


def chosen_until(text: str) -> Until:
    """The step that ``--until`` names; raises UsageError with the nearest step."""
    from supplychain.errors import UsageError
    from supplychain.service import UNTIL

    for step in UNTIL:
        if step == text:
            return step
    raise UsageError(f"--until {text}: must be one of {', '.join(UNTIL)}")


AllFigures = Annotated[bool, typer.Option("--all", help="Print every key figure, not only the main ones.")]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Planning day; default is the data set's.")
]
Data = Annotated[
    Path | None, typer.Option("--data", help="A file for a mapping, or another data set (folder or .xlsx).")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Project = Annotated[
    Path | None, typer.Option("--project", help="Folder with your own scenarios/; default is this folder.")
]
WHICH_RUN = (
    "Run id or the beginning of one; latest; or a scenario's name: its newest run without --set, --as-of or other data."
)
OneRun = Annotated[str, typer.Argument(help=WHICH_RUN)]
Planned = Annotated[bool, typer.Option("--planned", help="Also the outlook after the planning day.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="path=value, for example replenish.policy=optimized; empty: none.")
]
StoreFolder = Annotated[Path, typer.Option("--store", help="Where runs are kept.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 5 when part of the answer is held or degraded.")]
UntilStep = Annotated[
    str, typer.Option("--until", help="Last step: validate, place, forecast, replenish, route or simulate.")
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", callback=_be_verbose, help="Also what the engines say, on stderr.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes; the result does not depend on it.")]

DEFAULT_STORE = Path(".supplychain")
DEFAULT_WORKERS = max(1, min(2, os.cpu_count() or 1))
"""Two processes at most: more does not pay for one scenario."""
