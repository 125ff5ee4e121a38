"""Checks scenarios and data sets without running anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from supplychain.datasets import load_tables
from supplychain.pipeline.prepare import Prepared, prepare
from supplychain.plans.amounts import first_names
from supplychain.scenario import AppliedChange, Difference, Scenario, difference, load_scenario
from supplychain.service.inputs import find_project, home_of, is_mapped, load_data, load_inputs
from supplychain.tables import Tables

__all__ = ["Checked", "check_data", "check_scenario_and_data", "scenario_difference"]

_NAMED = 10


@dataclass(frozen=True)
class Checked:
    """What a check that found no fault looked at.

    ``rows`` counts the rows of each table given; ``changes`` what the scenario changes; ``notes`` name what will be
    planned around, such as zones that no stocking site reaches.
    """

    subject: str
    data_set: str
    as_of: date
    rows: dict[str, int]
    changes: tuple[AppliedChange, ...] = ()
    notes: tuple[str, ...] = ()


def check_data(path: str | Path, *, data: str | Path | None = None, as_of: date | None = None) -> Checked:
    """Read and check a folder or workbook; a folder with a mapping is built from the file ``data``.

    Raises DataError with every problem.
    """
    tables = load_tables(path, data_file=data, as_of=as_of)
    prepared = prepare(tables, Scenario(tables.name, tables.title))
    return Checked(tables.name, tables.name, tables.as_of, _rows(tables), (), _notes(prepared))


def check_scenario_and_data(
    scenario: str | Path,
    *,
    data: str | Path | None = None,
    as_of: date | None = None,
    sets: Sequence[str] = (),
    project: Path | None = None,
) -> Checked:
    """Load a scenario, its data set and its changes, and check them all; raises what `run` raises for bad input."""
    chosen, tables = load_inputs(scenario, data=data, as_of=as_of, sets=sets, project=project)
    prepared = prepare(tables, chosen)
    return Checked(chosen.name, tables.name, tables.as_of, _rows(tables), prepared.applied, _notes(prepared))


def scenario_difference(
    scenario: str | Path,
    *,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    project: Path | None = None,
) -> tuple[Scenario, Scenario | None, list[Difference], str]:
    """The scenario, its parent, what differs, and why rows were not counted (empty when they were).

    Rows are counted on the scenario's data set; a set that is built from a file which the user brings needs ``data``.
    Raises ScenarioError and DataError with every problem.
    """
    home = find_project(scenario, project)
    chosen = load_scenario(str(scenario), project=home, sets=sets)
    parent = load_scenario(chosen.chain[-1], project=home or home_of(scenario)) if chosen.chain else None
    applied: Sequence[AppliedChange] = ()
    uncounted = ""
    if chosen.table_changes or chosen.outlook or chosen.world:
        if data is None and is_mapped(chosen):
            uncounted = f"rows not counted: data set {chosen.data} needs --data FILE"
        else:
            tables = load_data(chosen, data=data, project=home or home_of(scenario))
            applied = prepare(tables, chosen).applied
    against = parent or Scenario(chosen.name, chosen.title, data=chosen.data, as_of=chosen.as_of)
    return chosen, parent, difference(chosen, against, applied=applied), uncounted


def _rows(tables: Tables) -> dict[str, int]:
    return {name: len(frame) for name, frame in tables.frames.items() if len(frame)}


def _notes(prepared: Prepared) -> tuple[str, ...]:
    dataset, found = prepared.dataset, _unreached(prepared)
    if dataset.actuals is None:
        found.append("no actuals: the closed loop is left out")
    if not dataset.deliveries:
        found.append("no deliveries: routing is left out")
    found += _beyond_the_forecast(prepared)
    return tuple(found)


def _beyond_the_forecast(prepared: Prepared) -> list[str]:
    """Suppliers whose goods come after the last day of the forecast, which is planned with the average of its end."""
    horizon, review = prepared.settings.forecast.horizon_days, prepared.settings.replenish.review_days
    suppliers = prepared.dataset.suppliers
    days: dict[str, float] = {}
    for supply in prepared.dataset.supply:
        mean, _ = supply.agreed_lead_time(suppliers[supply.supplier_id])
        days[supply.supplier_id] = max(days.get(supply.supplier_id, 0.0), mean + review)
    late = [supplier_id for supplier_id, needed in days.items() if needed > horizon]
    if not late:
        return []
    return [
        f"orders of {first_names(late, most=_NAMED)} must last for up to {max(days.values()):,.0f} days (lead time and "
        f"review), and the forecast ends after {horizon:,}: demand beyond is taken as the average of its last weeks; "
        "raise forecast.horizon_days"
    ]


def _unreached(prepared: Prepared) -> list[str]:
    """Zones that no open stocking site reaches; they are planned around."""
    fulfilment = prepared.fulfilment.restrict(site.site_id for site in prepared.dataset.stocking_sites)
    zones = fulfilment.zone_ids
    lost = [zone for zone, sites in zip(zones, fulfilment.reachable.T, strict=True) if not sites.any()]
    if not lost:
        return []
    fix = "add lanes" if prepared.dataset.lane_rule == "great_circle" else "add lanes, or write lane_rule: great_circle"
    return [
        f"{len(lost)} of {len(zones)} zones have no way from an open stocking site and will not be served: "
        f"{first_names(lost, most=_NAMED)}; {fix}"
    ]
