"""The name that a misspelt name most likely means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

__all__ = ["advice", "nearest", "suggestion"]


def nearest(name: str, options: Iterable[str], count: int = 3) -> list[str]:
    """Up to ``count`` options that look like ``name``, best first; letter case does not count against a match."""
    known = sorted(set(options))
    lowered: dict[str, list[str]] = {}
    for option in known:
        lowered.setdefault(option.lower(), []).append(option)
    matches = difflib.get_close_matches(name.lower(), list(lowered), n=count, cutoff=0.6)
    matches += [option for option in lowered if option not in matches and _begins(option, name.lower())]
    return [option for match in matches for option in lowered[match]][:count]


def _begins(option: str, name: str) -> bool:
    return len(name) > 2 and option.startswith(name)


def suggestion(name: str, options: Iterable[str], otherwise: str) -> str:
    """A fix: the nearest options when there are any, else ``otherwise``."""
    return advice(nearest(name, options), otherwise)


def advice(matches: Sequence[str], otherwise: str) -> str:
    """A fix that names ``matches`` when there are any, else ``otherwise``."""
    return f"did you mean {' or '.join(matches)}? Otherwise {otherwise}" if matches else otherwise
