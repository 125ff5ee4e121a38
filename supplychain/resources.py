"""Where the bundled scenarios and data lie: in a wheel, an editable install or a plain checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["bundled"]


def bundled(kind: Literal["scenarios", "data"]) -> Path:
    """Folder of the bundled ``scenarios`` or ``data``; raises FileNotFoundError when the install is broken."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_bundled" / kind, package.parent / kind):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{kind}: neither in the package nor beside it; reinstall supplychain-toolkit")
