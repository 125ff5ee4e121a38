"""Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

__all__ = ["SCHEMA_VERSION", "clean", "emit", "emit_json", "tell"]

SCHEMA_VERSION = 1
_DRIVES_A_TERMINAL = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean(text: str) -> str:
    """Text from data without control characters, so that no name can drive a terminal; line ends and tabs stay."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in _DRIVES_A_TERMINAL else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def tell(text: str) -> None:
    """A message for people, on stderr."""
    print(clean(text), file=sys.stderr, flush=True)  # noqa: T201


def emit(text: str) -> None:
    """A result, on stdout."""
    print(clean(text), flush=True)  # noqa: T201


def emit_json(document: Mapping[str, Any]) -> None:
    """A result as one JSON document with its schema version; control characters are escaped."""
    text = json.dumps({"schema_version": SCHEMA_VERSION, **document}, ensure_ascii=False, indent=2, allow_nan=False)
    escaped = "".join(
        c if c == "\n" or unicodedata.category(c) not in _DRIVES_A_TERMINAL else json.dumps(c)[1:-1] for c in text
    )
    print(escaped, flush=True)  # noqa: T201
