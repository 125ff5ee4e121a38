"""Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any, TextIO

from supplychain.errors import SupplyChainError

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
    _write(clean(text), sys.stderr)


def emit(text: str) -> None:
    """A result, on stdout. Raises SupplyChainError when it cannot be written there."""
    _write(clean(text), sys.stdout)


def emit_json(document: Mapping[str, Any]) -> None:
    """A result as one JSON document with its schema version; control characters are escaped."""
    text = json.dumps({"schema_version": SCHEMA_VERSION, **document}, ensure_ascii=False, indent=2, allow_nan=False)
    escaped = "".join(
        c if c == "\n" or unicodedata.category(c) not in _DRIVES_A_TERMINAL else json.dumps(c)[1:-1] for c in text
    )
    _write(escaped, sys.stdout)


def _write(text: str, stream: TextIO) -> None:
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:  # the reader, such as `head`, has enough; the work goes on
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # or the rest would fail again at the end
        raise SupplyChainError(f"the output cannot be written: {error.strerror}") from error
