"""The docs page of the scenario file, generated from the schema."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from supplychain.scenario.changes import describe
from supplychain.scenario.document import MAX_BYTES, MAX_DEPTH, MAX_NODES
from supplychain.scenario.schema import ChangeEntry, CompareEntry, ScenarioFile, ShockEntry
from supplychain.scenario.settings import Settings
from supplychain.scenario.targets import CLOSED_TABLES, settings_catalogue, world_targets
from supplychain.scenario.typed import strip_optional
from supplychain.tables.cells import limit_text

__all__ = ["scenario_page"]

_TYPES = {str: "text", int: "whole number", float: "number", bool: "yes or no", object: "see below"}
_BOUNDS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))


def scenario_page() -> str:
    """``docs/scenario_file.md``."""
    text = resources.files("supplychain.scenario").joinpath("page.md").read_text(encoding="utf-8")
    worlds = [
        f"| `{t.path}` | {' or '.join(t.operations)} | {', '.join(t.columns)} | {t.meaning} |"
        for t in world_targets().values()
    ]
    parts = {
        "SCENARIO_KEYS": _keys(ScenarioFile),
        "CHANGE_KEYS": _keys(ChangeEntry),
        "SHOCK_KEYS": _keys(ShockEntry),
        "COMPARE_KEYS": _keys(CompareEntry),
        "SETTINGS": _settings(),
        "WORLD": _table(("path", "operation", "filter columns", "meaning"), worlds),
        "CLOSED": "; ".join(f"`{table}` ({why})" for table, why in CLOSED_TABLES.items()),
        "MAX_KIB": str(MAX_BYTES // 1024),
        "MAX_DEPTH": str(MAX_DEPTH),
        "MAX_NODES": str(MAX_NODES),
    }
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows])


def _keys(model: type[BaseModel]) -> str:
    rows = []
    for name, info in model.model_fields.items():
        needed = "yes" if info.is_required() else ""
        rows.append(f"| `{name}` | {_type(info.annotation)} | {needed} | {info.description or ''} |")
    return _table(("key", "type", "required", "meaning"), rows)


def _settings() -> str:
    rows = []
    for path, leaf in settings_catalogue().items():
        info = leaf.model.model_fields[leaf.name]
        kind = ", ".join(part for part in (_type(info.annotation), _bounds(info.metadata)) if part)
        rows.append(f"| `{path}` | {kind} | {describe(_default(path))} | {_meaning(path)} |")
    return _table(("setting", "type", "default", "meaning"), rows)


@cache
def _default(path: str) -> object:
    value: object = Settings()
    for part in path.split("."):
        value = getattr(value, part)
    return value


def _meaning(path: str) -> str:
    """The description of the leaf, or of the nearest map above it."""
    model: Any = Settings
    found = ""
    for part in path.split("."):
        info = model.model_fields[part]
        found = info.description or found
        model, _ = strip_optional(info.annotation)
    return found


def _type(annotation: Any) -> str:
    inner, optional = strip_optional(annotation)
    if get_origin(inner) is Literal:
        text = ", ".join(f"`{choice}`" for choice in get_args(inner))
    elif get_origin(inner) is tuple:
        text = "list" if get_args(inner)[0] is object else f"list of {_type(get_args(inner)[0])}"
    elif isinstance(inner, type) and issubclass(inner, BaseModel):
        text = "map"
    else:
        text = _TYPES.get(inner, getattr(inner, "__name__", str(inner)))
    limits = "" if inner is annotation else _annotated_bounds(annotation)
    return ", ".join(part for part in (text, limits, "may be empty" if optional else "") if part)


def _annotated_bounds(annotation: Any) -> str:
    for part in (annotation, *get_args(annotation)):
        metadata = getattr(part, "__metadata__", ())
        for info in metadata:
            found = _bounds(getattr(info, "metadata", [info]))
            if found:
                return found
    return ""


def _bounds(metadata: Any) -> str:
    words = []
    for name, word in _BOUNDS:
        for limit in metadata:
            value = getattr(limit, name, None)
            if value is not None:
                words.append(f"{word} {limit_text(float(value))}")
    return ", ".join(words)
