"""The keys of a scenario file and of ``shocks.yaml``. The JSON Schema and the docs page come from these models."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from supplychain.scenario.settings import (
    ForecastSettings,
    PlaceSettings,
    ReplenishSettings,
    RouteSettings,
    Seed,
    TwinSettings,
)
from supplychain.tables.rules import DURING, NAME

__all__ = ["NAME", "NOT_YET", "ChangeEntry", "CompareEntry", "ScenarioFile", "ShockEntry", "ShocksFile"]

Name = Annotated[str, Field(pattern=NAME)]
Label = Annotated[str, Field(min_length=1, max_length=200)]
Prose = Annotated[str, Field(max_length=4000)]
During = Annotated[str, Field(pattern=DURING)]

NOT_YET = ("sweep", "robust")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChangeEntry(_Entry):
    """One change: a path, a filter, exactly one operation."""

    set: Annotated[str, Field(description="table.column, a settings key, outlook.* or world.*")]
    where: object = Field(None, description="Column to value, list of values, or {from, to}; all must hold.")
    value: object = Field(None, description="Put this value.")
    multiply: object = Field(None, description="Multiply the present value.")
    add: object = Field(None, description="Add to the present value; days for a date.")
    append: object = Field(None, description="Append an element to a list.")
    remove: object = Field(None, description="Remove an element from a list.")
    during: During | None = Field(None, description="2025-11-01..2025-11-11, both days included, or one day.")
    allow_empty: bool = Field(False, description="A filter that matches nothing is no error.")


class ShockEntry(_Entry):
    """A named, reusable list of changes."""

    name: Name
    title: Label
    during: During | None = Field(None, description="Days of every change that has none of its own.")
    changes: tuple[object, ...] = Field(description="As the changes of a scenario.")


class CompareEntry(_Entry):
    """What a report compares."""

    against: Name | None = Field(None, description="Scenario to compare with; empty means the parent.")
    show: tuple[str, ...] = Field((), description="KPI names; empty means all.")


class ScenarioFile(_Entry):
    """A scenario: one YAML file whose stem is its name."""

    scenario: Literal[1] = Field(description="Version of the file format.")
    name: Name = Field(description="Name; the file is called name.yaml.")
    title: Label = Field(description="One line for people.")
    description: Prose = Field("", description="What it is for.")
    extends: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="The one parent: a name, or a path inside the project."
    )
    data: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="A bundled data set or a folder inside the project."
    )
    as_of: date | None = Field(None, description="Planning day; empty means the data set's.")
    seed: Seed | None = Field(None, description="Seed of every random draw.")
    shocks: tuple[object, ...] = Field((), description="Names of shocks, or shocks defined here.")
    changes: tuple[object, ...] = Field((), description="Changes, in order.")
    forecast: ForecastSettings | None = Field(None, description="How demand is forecast.")
    place: PlaceSettings | None = Field(None, description="Which sites are open and who serves whom.")
    replenish: ReplenishSettings | None = Field(None, description="How order and transfer plans are made.")
    route: RouteSettings | None = Field(None, description="How deliveries are routed.")
    twin: TwinSettings | None = Field(None, description="The closed-loop simulation.")
    compare: CompareEntry | None = Field(None, description="What a report compares.")
    sweep: object = Field(None, description="Reserved; refused with `not yet`.")
    robust: object = Field(None, description="Reserved; refused with `not yet`.")


class ShocksFile(_Entry):
    """``scenarios/shocks.yaml``: shocks that any scenario may name."""

    scenario: Literal[1] = Field(description="Version of the file format.")
    shocks: tuple[object, ...] = Field(description="The shocks.")
