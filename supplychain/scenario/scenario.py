"""A resolved scenario: what a run uses, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from supplychain.scenario.changes import TableChange, WorldChange
from supplychain.scenario.find import is_path
from supplychain.scenario.hashing import content_hash
from supplychain.scenario.settings import Settings

__all__ = ["Compare", "Scenario", "scenario_hash"]


@dataclass(frozen=True, slots=True)
class Compare:
    """Scenario to compare with (None: nothing to compare with) and names of key figures (empty: all)."""

    against: str | None = None
    show: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario after its ancestors, shocks, changes and ``--set`` have been laid over each other.

    ``chain`` holds the names of the ancestors, eldest first. ``data`` is a bundled data set, or a folder relative to
    the project; None leaves it to the command line. ``outlook`` is what planners expect, ``world`` what really
    happens; both in order. ``shocks`` are the names of all shocks in force. ``files`` are the files read, eldest
    first, and ``origins`` says for each setting that is not the default where it was set last.
    """

    name: str
    title: str
    description: str = ""
    chain: tuple[str, ...] = ()
    data: str | None = None
    as_of: date | None = None
    settings: Settings = field(default_factory=Settings)
    table_changes: tuple[TableChange, ...] = ()
    outlook: tuple[WorldChange, ...] = ()
    world: tuple[WorldChange, ...] = ()
    compare: Compare = field(default_factory=Compare)
    shocks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)


def scenario_hash(scenario: Scenario) -> str:
    """Hash of what the scenario resolves to; titles, comments, labels, names of shocks and paths take no part.

    A data set given as a path takes no part either: its content is hashed with the tables.
    """
    data = scenario.data if scenario.data is not None and not is_path(scenario.data) else None
    content = {
        "data": data,
        "as_of": scenario.as_of,
        "settings": scenario.settings,
        "tables": scenario.table_changes,
        "outlook": scenario.outlook,
        "world": scenario.world,
    }
    return content_hash(content)
