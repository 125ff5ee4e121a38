"""The routes of a day: what people and programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from supplychain.domain import DataSet
from supplychain.errors import PlanError, Problem

__all__ = ["REASONS", "ROUTE_COLUMNS", "STOP_COLUMNS", "UNSERVED_COLUMNS", "RoutePlan", "route_day", "routed_depots"]

ROUTE_COLUMNS = {
    "route_id": "str",
    "depot_id": "str",
    "vehicle_id": "str",
    "vehicle_number": "int64",
    "trip": "int64",
    "departure_minute": "float64",
    "return_minute": "float64",
    "distance_km": "float64",
    "work_minutes": "float64",
    "overtime_minutes": "float64",
    "load_kg": "float64",
    "load_l": "float64",
    "stops": "int64",
    "parcels": "int64",
    "cost": "float64",
    "cost_vehicle": "float64",
    "cost_distance": "float64",
    "cost_time": "float64",
    "cost_overtime": "float64",
    "cost_late": "float64",
}
STOP_COLUMNS = {
    "route_id": "str",
    "sequence": "int64",
    "delivery_id": "str",
    "kind": "str",
    "tier": "str",
    "parcels": "int64",
    "arrival_minute": "float64",
    "start_minute": "float64",
    "departure_minute": "float64",
    "lateness_days": "int64",
    "leg_km": "float64",
    "load_kg_after": "float64",
    "load_l_after": "float64",
}
UNSERVED_COLUMNS = {
    "delivery_id": "str",
    "depot_id": "str",
    "tier": "str",
    "parcels": "int64",
    "reason": "str",
    "detail": "str",
}
REASONS = {
    "depot_closed": "the depot is not open",
    "promised_later": "the promise starts after the day that is routed",
    "too_heavy": "heavier than any suitable vehicle can carry",
    "too_large": "larger than any suitable vehicle can carry",
    "tier_not_allowed": "no vehicle of the depot may serve this tier",
    "window": "no vehicle can be there inside the time window and back in time",
    "shift_too_short": "the way there and back takes longer than shift and overtime",
    "no_vehicle": "the depot has no vehicle",
    "fleet_capacity": "every vehicle of the depot is full or out of time",
}


@dataclass(frozen=True)
class RoutePlan:
    """Routes of one day; minutes count from midnight, money is in the base currency.

    ``routes``: one row a trip. A vehicle's day is its rows of equal depot, vehicle and vehicle number: it costs
    ``cost_vehicle`` on the first trip; ``work_minutes`` run from the first departure to the last return (a wait at the
    depot counts to the trip after it) and work beyond the length of the shift is overtime, which falls on the last
    minutes. ``load_kg`` and ``load_l`` are the largest loads on board. ``cost`` is the sum of its parts.

    ``stops``: one row a delivery served, ``sequence`` from 1 on each trip; ``leg_km`` is the way from the place before.
    ``lateness_days`` are days past the promise. ``unserved``: one row a delivery left out; ``reason`` is a code of
    ``REASONS``, or several joined by ``+`` when only lifting all of them would let the stop fit.
    """

    routes: pd.DataFrame = field(repr=False)
    stops: pd.DataFrame = field(repr=False)
    unserved: pd.DataFrame = field(repr=False)

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """The plan as tables by name."""
        return {"routes": self.routes, "stops": self.stops, "unserved": self.unserved}

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> RoutePlan:
        """The plan of tables such as ``to_tables`` gives.

        Raises PlanError, with every problem, when a table or column is missing or a value is of the wrong type.
        """
        problems: list[Problem] = []
        frames = [
            _typed(tables, name, columns, problems)
            for name, columns in (("routes", ROUTE_COLUMNS), ("stops", STOP_COLUMNS), ("unserved", UNSERVED_COLUMNS))
        ]
        if problems:
            raise PlanError("These tables are no route plan:", problems)
        return cls(*frames)

    @classmethod
    def from_rows(
        cls,
        routes: Sequence[Mapping[str, object]],
        stops: Sequence[Mapping[str, object]],
        unserved: Sequence[Mapping[str, object]],
    ) -> RoutePlan:
        """The plan of rows given as mappings from column to value."""
        tables = {
            name: pd.DataFrame(list(rows), columns=list(columns))
            for name, rows, columns in (
                ("routes", routes, ROUTE_COLUMNS),
                ("stops", stops, STOP_COLUMNS),
                ("unserved", unserved, UNSERVED_COLUMNS),
            )
        }
        return cls.from_tables(tables)

    @classmethod
    def join(cls, plans: Sequence[RoutePlan]) -> RoutePlan:
        """One plan of the plans of several depots, in the order given."""
        if not plans:
            return cls.from_rows((), (), ())
        names = ("routes", "stops", "unserved")
        return cls.from_tables(
            {name: pd.concat([getattr(plan, name) for plan in plans], ignore_index=True) for name in names}
        )


def route_day(dataset: DataSet) -> date:
    """The day that is routed: the one after ``as_of``; a plan is made in the evening and driven the next morning."""
    return dataset.as_of + timedelta(days=1)


def routed_depots(dataset: DataSet, depots: Sequence[str]) -> tuple[str, ...]:
    """Depots to route, in order of their ids: those named, or all with deliveries when none is named."""
    return tuple(sorted(set(depots) or {delivery.depot_id for delivery in dataset.deliveries}))


def _typed(
    tables: Mapping[str, pd.DataFrame], name: str, columns: Mapping[str, str], problems: list[Problem]
) -> pd.DataFrame:
    if name not in tables:
        problems.append(Problem(name, "", "", "", "table is missing", f"give the table {name!r} of a route plan"))
        return pd.DataFrame()
    table, typed = tables[name], {}
    for column, kind in columns.items():
        if column not in table.columns:
            problems.append(Problem(name, "", column, "", "column is missing", f"add the column as {kind}"))
            continue
        try:
            typed[column] = table[column].astype(object if kind == "str" else kind)
        except (TypeError, ValueError) as error:
            problems.append(Problem(name, "", column, str(error)[:80], f"values must be {kind}", "mend the column"))
    return pd.DataFrame(typed).reset_index(drop=True)
