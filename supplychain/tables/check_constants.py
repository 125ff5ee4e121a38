"""Constants stay on the side of zero, and inside the shares, that formulas were made for."""

from __future__ import annotations

from supplychain.tables.checking import Checking
from supplychain.tables.constants import bundled_constants

__all__ = ["check_constants"]

_ZERO_HAS_A_MEANING = frozenset({"share", "days", "km", "minutes"})


def check_constants(checking: Checking) -> None:
    """No known constant below zero, no divisor zero, no share above one; own constants are left alone."""
    frame = checking.frame("constants")
    bundled, _ = bundled_constants()
    for name, unit, usual, low in zip(bundled["name"], bundled["unit"], bundled["value"], bundled["low"], strict=True):
        if usual < 0:
            continue
        is_money = unit[:3].isupper()
        may_be_zero = is_money or unit in _ZERO_HAS_A_MEANING or usual == 0 or low == 0
        mine, value = frame["name"] == name, frame["value"]
        wrong = value < 0 if may_be_zero else value <= 0
        least = "at least 0" if may_be_zero else "above 0"
        checking.add("constants", mine & wrong, "value", f"{name} must be {least}", f"give a value {least}, in {unit}")
        if unit == "share":
            checking.add("constants", mine & (value > 1), "value", f"{name} must be at most 1", "write 0.12 for 12 %")
