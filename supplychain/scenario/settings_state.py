"""The settings while layers of a scenario are laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from supplychain.scenario.changes import SettingChange, describe
from supplychain.scenario.settings import Settings
from supplychain.scenario.targets import settings_catalogue
from supplychain.scenario.typed import SchemaReader, check_leaf
from supplychain.tables.rules import rule_of

__all__ = ["SettingsState"]


class SettingsState:
    """Path -> value and where it was set last; starts from the defaults."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {path: _read(Settings(), path) for path in settings_catalogue()}
        self.origins: dict[str, str] = {}

    def lay(self, changes: Iterable[SettingChange], reader: SchemaReader) -> None:
        """Lay one layer over what is there, in order; two values on one setting are a problem naming both."""
        valued: dict[str, str] = {}
        for change in changes:
            if change.operation == "value" and change.path in valued:
                rule = f"two values for one setting; the other is at {valued[change.path]}"
                reader.refuse(change.origin, change.path, describe(change.value), rule, "keep one of the two")
                continue
            value = self._result(change, reader)
            broken = check_leaf(settings_catalogue()[change.path].model, change.path.rpartition(".")[2], value)
            for _, rule, fix in broken:
                reader.refuse(change.origin, change.path, describe(value), rule, fix)
            if not broken:
                self.values[change.path] = value
                self.origins[change.path] = change.origin
            if change.operation == "value":
                valued[change.path] = change.origin

    def settings(self, reader: SchemaReader) -> Settings:
        """The settings as they are now; every broken rule between settings becomes a problem."""
        values, suspects = dict(self.values), dict(self.origins)
        while True:
            try:
                return Settings.model_validate(_tree(values), strict=True)
            except ValidationError as error:
                fault = error.errors(include_url=False)[0]
            path, (rule, fix) = ".".join(map(str, fault["loc"])), rule_of(fault)
            leaf = _faulty_leaf(path, rule, suspects)
            place = suspects.pop(leaf)
            reader.refuse(place, leaf, describe(values[leaf]), rule, fix)
            values[leaf] = _read(Settings(), leaf)  # so that the next broken rule shows

    def _result(self, change: SettingChange, reader: SchemaReader) -> object:
        now: Any = self.values[change.path]
        operand: Any = change.value
        if change.operation == "value":
            return operand
        if change.operation == "append":
            return (*now, operand)
        if change.operation == "remove":
            if operand not in now:
                rule = f"is not in the list {list(now)}"
                reader.refuse(change.origin, change.path, str(operand), rule, "remove the change")
            return tuple(item for item in now if item != operand)
        if now is None:
            rule = "the setting is empty, so there is nothing to multiply or add to"
            reader.refuse(change.origin, change.path, "", rule, "use value")
            return None
        result = now * operand if change.operation == "multiply" else now + operand
        # a whole-number setting stays one when the result is whole; otherwise the limits refuse it
        return int(result) if isinstance(now, int) and float(result).is_integer() else result


def _faulty_leaf(path: str, rule: str, suspects: Mapping[str, str]) -> str:
    """The setting at the path, or the one below it that the rule speaks of, among those that somebody set."""
    within = f"{path}." if path else ""  # a rule between sections speaks of whole paths
    named = [f"{within}{word}" for word in rule.replace(",", " ").split()]
    found = [leaf for leaf in suspects if leaf == path or leaf in named]
    return (found or [leaf for leaf in suspects if leaf.startswith(within)])[-1]


def _tree(values: Mapping[str, object]) -> dict[str, Any]:
    """Flat paths -> nested maps."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *heads, leaf = path.split(".")
        node = tree
        for head in heads:
            node = node.setdefault(head, {})
        node[leaf] = value
    return tree


def _read(settings: Settings, path: str) -> object:
    value: object = settings
    for part in path.split("."):
        value = getattr(value, part)
    return value
