"""Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

__all__ = ["SCHEMA_VERSION", "clean", "emit", "emit_json", "plain", "tell"]

SCHEMA_VERSION = 1


def clean(text: str) -> str:
    """Text from data without control characters, so that no name can drive a terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def tell(text: str) -> None:
    """A message for people, on stderr."""
    print(clean(text), file=sys.stderr, flush=True)  # noqa: T201


def emit(text: str) -> None:
    """A result, on stdout."""
    print(text, flush=True)  # noqa: T201


def emit_json(document: dict[str, Any]) -> None:
    """A result as one JSON document with its schema version."""
    emit(json.dumps({"schema_version": SCHEMA_VERSION, **document}, ensure_ascii=False, indent=2, default=plain))


def plain(value: Any) -> Any:
    """JSON form of what pandas and numpy hold; NaN and infinity become null."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def colours() -> bool:
    """Whether to use colours: a terminal, and NO_COLOR not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
