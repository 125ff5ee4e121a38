"""What a run is asked for: a scenario on tables, up to a step, and how that differs from the scenario's file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from supplychain.errors import UsageError
from supplychain.scenario import Scenario, difference, load_scenario
from supplychain.service.inputs import find_project, home_of, is_mapped, load_inputs
from supplychain.service.listen import UNTIL, Until
from supplychain.tables import Tables

__all__ = ["Ask", "make_ask"]


@dataclass(frozen=True)
class Ask:
    """What is asked for: a scenario on tables, up to a step.

    ``project`` is where its parents lie, ``sets`` what the caller set on top of the file; ``variant`` is that, a
    planning day and another data set in words, and empty for a plain run.
    """

    scenario: Scenario
    tables: Tables
    until: Until
    project: Path | None = None
    sets: tuple[str, ...] = ()
    variant: str = ""


def make_ask(
    scenario: str | Path,
    *,
    until: Until,
    as_of: date | None,
    data: str | Path | None,
    sets: Sequence[str],
    project: Path | None,
) -> Ask:
    """Read scenario and tables; raises what `load_inputs` raises, UsageError for an unknown step."""
    if until not in UNTIL:
        raise UsageError(f"until {until!r}: must be one of {', '.join(UNTIL)}")
    chosen, tables = load_inputs(scenario, data=data, as_of=as_of, sets=sets, project=project)
    home = find_project(scenario, project)
    plain = load_scenario(str(scenario), project=home) if sets else chosen
    variant = _variant(chosen, plain, as_of=as_of, data=data)
    return Ask(chosen, tables, until, home or home_of(scenario), tuple(sets), variant)


def _variant(chosen: Scenario, plain: Scenario, *, as_of: date | None, data: str | Path | None) -> str:
    """A setting is named as it resolves: one that repeats the file's value is none.

    A file that the scenario cannot run without is none either. Only a file's name is kept: paths are private.
    """
    rows = difference(chosen, plain)
    parts = [f"{row.path}={row.after}" for row in rows]
    if as_of is not None and as_of != plain.as_of:
        parts.append(f"as_of={as_of.isoformat()}")
    if data is not None and plain.data is not None and not is_mapped(plain):
        parts.append(f"data={Path(data).resolve().name}")
    return ", ".join(parts)
