"""What a message for people may not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RAW = re.compile(r"(?<![\w.-])\d[\d,]*\.(?:\d{3,}|\d+e[+-]\d+)(?![\w.])")


def raw_numbers(texts: Iterable[str]) -> list[str]:
    """Texts with a number of more than two decimals, or with an exponent."""
    return [text for text in texts if _RAW.search(text)]
