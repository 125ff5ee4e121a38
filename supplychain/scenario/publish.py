"""The published JSON Schema and docs page, made from the models: ``python -m supplychain.scenario.publish docs``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from supplychain.scenario.changes import Operation
from supplychain.scenario.columns import contract
from supplychain.scenario.page import scenario_page
from supplychain.scenario.schema import NOT_YET, ChangeEntry, ScenarioFile, ShockEntry
from supplychain.scenario.targets import column_paths, open_tables, sections, settings_catalogue, world_targets

__all__ = ["PAGE", "SCHEMA", "json_schema", "publish", "schema_text"]

PAGE = "scenario_file.md"
SCHEMA = "scenario.schema.json"
_OPERATIONS: tuple[Operation, ...] = ("value", "multiply", "add", "append", "remove")
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_YES_NO: dict[str, Any] = {"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no"]}]}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, for editors; the toolkit itself checks more than a schema can say."""
    schema = ScenarioFile.model_json_schema()
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    for entry in (ChangeEntry, ShockEntry):
        definitions[entry.__name__] = entry.model_json_schema()
    for model in sections().values():
        # a scenario names only the keys that it sets
        _without_required(definitions, model)
    _complete_change(definitions["ChangeEntry"])
    changes = {"$ref": "#/$defs/ChangeEntry"}
    definitions["ShockEntry"]["properties"]["changes"]["items"] = changes
    properties = schema["properties"]
    properties["changes"]["items"] = changes
    properties["shocks"]["items"] = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/ShockEntry"}]}
    for key in NOT_YET:
        properties[key] = {"not": {}, "description": properties[key]["description"]}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Scenario file"
    plain: dict[str, Any] = _booleans(schema)
    return plain


def schema_text() -> str:
    """The JSON Schema as the text of its file."""
    return json.dumps(json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def publish(folder: Path) -> list[Path]:
    """Write the schema and the page into ``folder``; returns the files."""
    files = [folder / SCHEMA, folder / PAGE]
    for file, text in zip(files, (schema_text(), scenario_page()), strict=True):
        file.write_text(text, encoding="utf-8", newline="\n")
    return files


def _without_required(definitions: dict[str, Any], model: type[BaseModel]) -> None:
    if model.__name__ in definitions:
        definitions[model.__name__].pop("required", None)


def _complete_change(change: dict[str, Any]) -> None:
    properties = change["properties"]
    paths = [*settings_catalogue(), *sections(), *world_targets(), *column_paths(), *open_tables()]
    properties["set"]["enum"] = sorted(paths)
    columns = {name for columns in contract().values() for name in columns}
    ends = {"from": _SCALAR, "to": _SCALAR}
    properties["where"] |= {
        "type": "object",
        "propertyNames": {"enum": sorted(columns)},
        "additionalProperties": {
            "anyOf": [
                _SCALAR,
                {"type": "array", "items": _SCALAR, "minItems": 1},
                {"type": "object", "properties": ends, "additionalProperties": False, "minProperties": 1},
            ]
        },
    }
    for operation in ("multiply", "add"):
        properties[operation] |= {"type": "number"}
    for name in (*_OPERATIONS, "where"):
        properties[name].pop("default", None)
    change["oneOf"] = [{"required": [operation]} for operation in _OPERATIONS]


def _booleans(node: Any) -> Any:
    """YAML 1.2 reads yes and no as text, so wherever a boolean may stand they are allowed too."""
    if isinstance(node, dict):
        if node.get("type") == "boolean":
            return {**{key: value for key, value in node.items() if key != "type"}, **_YES_NO}
        return {key: _booleans(value) for key, value in node.items()}
    return [_booleans(value) for value in node] if isinstance(node, list) else node


if __name__ == "__main__":
    publish(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
