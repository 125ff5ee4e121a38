"""Options that several commands share."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "DEFAULT_STORE",
    "DEFAULT_WORKERS",
    "AsOf",
    "Data",
    "Json",
    "Project",
    "Quiet",
    "Sets",
    "StoreFolder",
    "Strict",
    "Workers",
]

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
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="path=value, for example replenish.policy=optimized.")]
StoreFolder = Annotated[Path, typer.Option("--store", help="Where runs are kept.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 5 when part of the answer is held or degraded.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes; the result does not depend on it.")]

DEFAULT_STORE = Path(".supplychain")
DEFAULT_WORKERS = max(1, min(2, os.cpu_count() or 1))
"""Two processes at most: more does not pay for one scenario."""
