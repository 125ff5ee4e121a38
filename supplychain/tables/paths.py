"""Paths of data files: how people can open them, and why one cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

from supplychain.resources import bundled

__all__ = ["file_fault", "is_there", "leads_outside", "shown_path"]


def shown_path(path: str | Path) -> str:
    """The path as a person can open it: relative inside the working folder, else as it was given.

    Files of a bundled set outside the working folder are shown relative to the install.
    """
    whole = Path.cwd() / path
    for root in (Path.cwd(), bundled("data").parent):
        for form in (whole, Path(os.path.realpath(whole.parent)) / whole.name):
            if form.is_relative_to(root) and form != root:
                return form.relative_to(root).as_posix()
    return str(path)


def leads_outside(path: Path, folder: Path) -> bool:
    """Whether a path ends outside the folder, links followed; links in a circle do not."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def is_there(path: Path) -> bool:
    """Whether the path leads to something; what is too long for a path does not."""
    try:
        return path.exists()
    except OSError:
        return False


def file_fault(path: Path) -> tuple[str, str] | None:
    """Rule and fix when a path is no file that can be read; a pipe is told without waiting for it."""
    if not is_there(path):
        if os.path.lexists(path):
            return "is a link to a file that is not there", "put the file itself here, or remove the link"
        return "does not exist", "correct the name, or remove the line"
    if path.is_dir():
        return "is a folder and not a file", "put the file in its place, or rename the folder"
    if not path.is_file():
        return "is a pipe, socket or device and not a file", "put an ordinary file in its place"
    try:
        with path.open("rb"):
            return None
    except OSError as fault:
        return f"cannot be read ({fault.strerror})", "give yourself the right to read the file"
