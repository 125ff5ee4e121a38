"""Faults that pydantic finds, in our words: the rule that a value breaks and the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from supplychain.tables.cells import limit_text
from supplychain.tables.nearest import suggestion

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["CURRENCY", "DELIMITER", "DURING", "NAME", "known_country", "rule_error", "rule_of"]

CURRENCY = r"^[A-Z]{3}$"
DELIMITER = r"^[^\w\"\r\n.]$"
DURING = r"^\d{4}-\d{2}-\d{2}( *\.\. *\d{4}-\d{2}-\d{2})?$"
NAME = r"^[a-z][a-z0-9_]{0,63}$"

_PATTERNS = {
    CURRENCY: ("must be three capital letters", "write a currency code such as CNY"),
    DELIMITER: ("must be one character that is no letter, digit, point or quote", "write a separator such as ';'"),
    DURING: ("must be a day or two days joined by ..", "write 2025-11-01 or 2025-11-01..2025-11-11"),
    NAME: (
        "must be 1 to 64 of a-z, 0-9 and _, beginning with a letter",
        "write a name such as four_dcs; it is no path and has no ending",
    ),
}
_LIMITS = {"ge": "of at least", "le": "of at most", "gt": "above", "lt": "below"}
_KINDS = {
    "bool": ("must be yes or no", "write yes or no"),
    "int": ("must be a whole number", "write digits only, such as 7"),
    "float": ("must be a number", "write a decimal number such as 0.98"),
    "finite": ("must be a finite number", "write a decimal number such as 0.98"),
    "string": ("must be a single text", "write one value, not a list or map"),
    "tuple": ("must be a list", "write [a, b] or lines that begin with `- `"),
    "list": ("must be a list", "write [a, b] or lines that begin with `- `"),
    "mapping": ("must be a map of keys", "write lines such as `key: value` below it"),
    "dict": ("must be a map of keys", "write lines such as `key: value` below it"),
    "model": ("must be a map of keys", "write lines such as `key: value` below it"),
}


def rule_error(rule: str, fix: str) -> PydanticCustomError:
    """What a validator raises to have its rule and fix told as they are."""
    return PydanticCustomError("rule", "{rule}", {"rule": rule, "fix": fix})


def known_country(code: str) -> str:
    """A code of a country whose public holidays are known; raises a rule error for any other."""
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=False)
    if code not in known:
        fix = suggestion(code, known, "write two capital letters such as CN, GB or US")
        raise rule_error("is not the code of a country with known holidays", fix)
    return code


def rule_of(fault: ErrorDetails) -> tuple[str, str]:
    """Rule and fix of one entry of ``ValidationError.errors()``."""
    kind, given = fault["type"], fault.get("ctx", {})
    for name, word in _LIMITS.items():
        if name in given:
            limit = f"{word} {limit_text(float(given[name]))}"
            return f"must be {limit.removeprefix('of ')}", f"give a value {limit}"
    match kind:
        case "string_pattern_mismatch":
            found = _PATTERNS[given["pattern"]]
        case "string_too_short":
            found = "must not be empty", "write a text, or remove the key"
        case "string_too_long":
            found = f"must have at most {given['max_length']:,} characters", "shorten it"
        case "literal_error":
            found = f"must be {given['expected']}", "write one of these words"
        case "rule":
            found = given["rule"], given["fix"]
        case "value_error":
            found = str(given["error"]), "write a value that keeps the rule"
        case _:
            found = _KINDS[kind.partition("_")[0]]
    return found
