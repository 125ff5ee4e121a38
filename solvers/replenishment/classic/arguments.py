"""Arguments of the classic models: numbers or arrays of N items, checked all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Numbers", "as_items", "check_whole", "raise_faults", "take_items"]

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike
"""A number, which holds for all items, or an array [N]."""

_Rule = tuple[str, Callable[[Floats], npt.NDArray[np.bool_]]]
_SHOWN: Final = 3  # items named in one message

_RULES: Final[Mapping[str, _Rule]] = {
    "positive": ("above zero", lambda x: x > 0.0),
    "nonnegative": ("zero or more", lambda x: x >= 0.0),
    "finite": ("a finite number", lambda x: np.ones(x.shape, np.bool_)),
    "share": ("above 0 and below 1", lambda x: (x > 0.0) & (x < 1.0)),
}


def take_items(
    *,
    positive: Mapping[str, Numbers] | None = None,
    nonnegative: Mapping[str, Numbers] | None = None,
    finite: Mapping[str, Numbers] | None = None,
    share: Mapping[str, Numbers] | None = None,
) -> list[Floats]:
    """The fields as contiguous arrays [N], in the order given: positive, nonnegative, finite, share.

    Raises ValueError that names every field, item and rule broken (not a number, not finite, out of range, lengths
    that do not agree).
    """
    asked = {"positive": positive, "nonnegative": nonnegative, "finite": finite, "share": share}
    faults: list[str] = []
    taken: dict[str, Floats] = {}
    for rule, fields in asked.items():
        for name, given in (fields or {}).items():
            try:
                taken[name] = as_items(name, given)
            except ValueError as fault:
                faults.append(str(fault))
                continue
            faults += _broken(name, taken[name], *_RULES[rule])
    sizes = {field.size for field in taken.values()} - {1}
    if len(sizes) > 1:
        lengths = ", ".join(f"{name} {field.size}" for name, field in taken.items())
        faults.append(f"fields of different length: {lengths}; give one number or as many as there are items")
    raise_faults(faults)
    count = max(sizes, default=1)
    return [np.ascontiguousarray(np.broadcast_to(field, (count,))) for field in taken.values()]


def as_items(name: str, given: Numbers) -> Floats:
    """One field as an array [N] of float64; ValueError when it is no number, empty or of more than one axis."""
    try:
        raw = np.asarray(given)
    except ValueError:
        raw = np.asarray(None)
    if raw.dtype.kind not in "iuf":
        raise ValueError(f"{name}: {given!r:.60} holds something else than numbers; give numbers")
    field = np.atleast_1d(raw.astype(np.float64))
    if field.ndim > 1 or field.size == 0:
        raise ValueError(f"{name}: shape {field.shape} instead of one number an item; give a number or an array [N]")
    return field


def check_whole(**fields: Floats) -> None:
    """ValueError for items whose value is not a whole number."""
    raise_faults(
        [
            fault
            for name, field in fields.items()
            for fault in _broken(name, field, "a whole number", lambda x: x == np.round(x))
        ]
    )


def raise_faults(faults: list[str]) -> None:
    """ValueError with all faults, when there are any."""
    if faults:
        raise ValueError("; ".join(faults))


def _broken(name: str, field: Floats, rule: str, holds: Callable[[Floats], npt.NDArray[np.bool_]]) -> Iterator[str]:
    bad = np.flatnonzero(~(np.isfinite(field) & holds(field)))
    for item in bad[:_SHOWN]:
        yield f"{name} of item {item}: {field[item]:g} must be {rule}"
    if bad.size > _SHOWN:
        yield f"{name}: {bad.size - _SHOWN} more items must be {rule}"
