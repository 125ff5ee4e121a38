"""Which objects a filter of column to value, list or range selects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["select"]


def select(objects: Sequence[object], where: Mapping[str, Any], *, fields: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Mask over ``objects`` that match every column of ``where`` which is among ``fields``.

    A value matches by equality, a list by membership, a mapping ``{from, to}`` by range (both ends included).
    Columns outside ``fields`` are ignored: they select along another axis.
    """
    chosen = np.ones(len(objects), dtype=bool)
    for column in fields:
        if column in where:
            rule = where[column]
            chosen &= np.array([_matches(getattr(thing, column), rule) for thing in objects], dtype=bool)
    return chosen


def _matches(value: Any, rule: Any) -> bool:
    if isinstance(rule, Mapping):
        low, high = rule.get("from"), rule.get("to")
        return value is not None and (low is None or value >= low) and (high is None or value <= high)
    if isinstance(rule, list | tuple | set | frozenset):
        return value in rule
    return bool(value == rule)
