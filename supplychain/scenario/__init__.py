"""Scenario files: what a run changes against its parent, checked before anything runs."""

from supplychain.scenario.apply import apply_changes
from supplychain.scenario.changes import AppliedChange, SettingChange, TableChange, WorldChange
from supplychain.scenario.check import check_scenario
from supplychain.scenario.difference import Difference, difference
from supplychain.scenario.hashing import canonical_json, content_hash, settings_hash
from supplychain.scenario.load import ScenarioEntry, list_scenarios, load_scenario
from supplychain.scenario.scenario import Compare, Scenario, scenario_hash
from supplychain.scenario.settings import Settings

__all__ = [
    "AppliedChange",
    "Compare",
    "Difference",
    "Scenario",
    "ScenarioEntry",
    "SettingChange",
    "Settings",
    "TableChange",
    "WorldChange",
    "apply_changes",
    "canonical_json",
    "check_scenario",
    "content_hash",
    "difference",
    "list_scenarios",
    "load_scenario",
    "scenario_hash",
    "settings_hash",
]
