"""Which sites are open and which zone each serves: the placement plan as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from supplychain.errors import PlanError

__all__ = ["SitePlan", "site_plan_frame"]

_COLUMNS: dict[str, dict[str, str]] = {
    "sites": {
        "site_id": "str",
        "name": "str",
        "status": "str",
        "decision": "str",
        "zones": "int64",
        "units_per_year": "float64",
        "capacity_units_per_year": "float64",
        "use": "float64",
        "fixed_cost": "float64",
        "handling_cost": "float64",
        "why": "str",
    },
    "assignments": {
        "zone_id": "str",
        "tier": "str",
        "site_id": "str",
        "share": "float64",
        "units_per_year": "float64",
        "distance_km": "float64",
        "days": "float64",
        "cost_per_unit": "float64",
        "cost": "float64",
    },
    "coverage": {
        "tier": "str",
        "target_days": "float64",
        "covered_share": "float64",
        "required_share": "float64",
        "mean_days": "float64",
        "units_per_year": "float64",
        "unserved_units_per_year": "float64",
    },
    "unserved": {"zone_id": "str", "tier": "str", "share": "float64", "units_per_year": "float64", "reason": "str"},
    "meta": {"key": "str", "value": "str"},
}

_TABLES = {
    "sites": "site_plan",
    "assignments": "site_assignments",
    "coverage": "site_coverage",
    "unserved": "site_unserved",
    "meta": "site_plan_meta",
}


@dataclass(frozen=True, eq=False)
class SitePlan:
    """A placement plan. Money is in the base currency for a year; ``share`` is of the zone's demand.

    ``sites`` one row for each dc: status today, decision (open | close | keep_open | keep_closed), zones served,
    units and capacity a year (inf where unlimited), use of the capacity, fixed cost less subsidy and handling cost of
    this plan (zero when closed), and why. ``assignments`` one row for each zone and site that serves it, with
    ``cost_per_unit`` from order to door, handling included. ``coverage`` one row for each tier with demand: share of
    the served units within ``target_days`` (NaN without a target), the share asked for (NaN without a rule), mean
    days. ``unserved`` zones or shares of zones, with the reason. ``meta``: mode, status, engine, gap, bound, cost and
    its parts fixed_cost, handling_cost, delivery_cost; text and figures.
    """

    sites: pd.DataFrame
    assignments: pd.DataFrame
    coverage: pd.DataFrame
    unserved: pd.DataFrame
    meta: Mapping[str, str | float]

    @property
    def open_site_ids(self) -> tuple[str, ...]:
        """Sites that are open under the plan, in plan order."""
        chosen = self.sites["decision"].isin(["open", "keep_open"])
        return tuple(self.sites.loc[chosen, "site_id"])

    @property
    def zone_dc(self) -> dict[str, str]:
        """The dc that serves most of each served zone (the first of the plan where two serve alike)."""
        most: dict[str, tuple[float, str]] = {}
        for zone, site, share in self.assignments[["zone_id", "site_id", "share"]].itertuples(index=False):
            if zone not in most or share > most[zone][0]:
                most[zone] = (share, site)
        return {zone: site for zone, (_, site) in most.items()}

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them; ``meta`` as keys and values."""
        values = [value if isinstance(value, str) else repr(float(value)) for value in self.meta.values()]
        meta = pd.DataFrame({"key": list(self.meta), "value": values}, dtype=object)
        frames = (self.sites, self.assignments, self.coverage, self.unserved, meta)
        return dict(zip(_TABLES.values(), frames, strict=True))

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> SitePlan:
        """The inverse of :meth:`to_tables`.

        Raises PlanError, naming every table or column that is missing.
        """
        missing = [f"table {table}" for table in _TABLES.values() if table not in tables]
        missing += [
            f"{table}.{column}"
            for name, table in _TABLES.items()
            if table in tables
            for column in _COLUMNS[name]
            if column not in tables[table]
        ]
        if missing:
            raise PlanError(f"site plan: missing {', '.join(missing)}")
        meta = tables[_TABLES["meta"]][["key", "value"]].itertuples(index=False)
        return cls(
            sites=site_plan_frame("sites", tables[_TABLES["sites"]]),
            assignments=site_plan_frame("assignments", tables[_TABLES["assignments"]]),
            coverage=site_plan_frame("coverage", tables[_TABLES["coverage"]]),
            unserved=site_plan_frame("unserved", tables[_TABLES["unserved"]]),
            meta={key: _figure(value) for key, value in meta},
        )


def site_plan_frame(name: str, records: Any) -> pd.DataFrame:
    """A table of the plan with its columns, in order and typed, from records or a frame."""
    columns = _COLUMNS[name]
    frame = pd.DataFrame(records, columns=list(columns)).reset_index(drop=True)
    kinds = {column: "object" if kind == "str" else kind for column, kind in columns.items()}
    return frame.astype(kinds)


def _figure(value: str) -> str | float:
    try:
        return float(value)
    except ValueError:
        return value
