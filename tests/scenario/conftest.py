"""Small projects and a small table set for the scenario tests."""

# ruff: noqa: E501 - tables of cases read best one a line

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from supplychain.errors import ScenarioError
from supplychain.scenario import load_scenario
from supplychain.tables import Tables, empty_frame, parse_table
from supplychain.tables.columns import read_order

ROWS = {
    "items": [
        {"item_id": "00123", "name": "Tea", "category": "food", "price": "10", "unit_cost": "6", "volume_l": "1", "weight_kg": "1"},
        {"item_id": "1E5", "name": "Cup", "category": "home", "price": "20", "unit_cost": "9", "volume_l": "2", "weight_kg": "1"},
        {"item_id": "no", "name": "Pot", "category": "home", "price": "40", "unit_cost": "19", "volume_l": "3", "weight_kg": "2"},
    ],
    "sites": [
        {"site_id": "D1", "name": "One", "kind": "dc", "tier": "city", "lat": "30", "lon": "110", "capacity_l": "100"},
        {"site_id": "D2", "name": "Two", "kind": "dc", "tier": "city", "lat": "31", "lon": "111", "status": "candidate"},
        {"site_id": "H1", "name": "Hub", "kind": "hub", "tier": "county_town", "lat": "31", "lon": "112", "capacity_l": "50"},
        {"site_id": "Z1", "name": "Town", "kind": "zone", "tier": "county_town", "lat": "32", "lon": "112", "region": "A"},
        {"site_id": "Z2", "name": "Land", "kind": "zone", "tier": "rural", "lat": "33", "lon": "112", "remote": "yes", "region": "A"},
        {"site_id": "Z3", "name": "Metro", "kind": "zone", "tier": "tier1_city", "lat": "30", "lon": "111", "region": "B"},
    ],
    "suppliers": [
        {"supplier_id": "S1", "name": "Mill", "lead_time_mean_days": "10", "closures": "2025-02-01..2025-02-10"},
        {"supplier_id": "S2", "name": "Kiln", "lead_time_mean_days": "20", "order_weekdays": "135"},
    ],
    "lanes": [{"origin_id": "H1", "destination_id": "Z2", "mode": "van", "distance_km": "20", "transit_days": "1"}],
    "vehicles": [
        {"vehicle_id": "V1", "name": "Van", "depot_id": "H1", "count": "3", "capacity_kg": "500", "capacity_l": "900", "allowed_tiers": "rural|city"},
    ],
    "open_orders": [
        {"order_id": "P1", "supplier_id": "S1", "item_id": "no", "site_id": "D1", "quantity": "5", "ordered": "2025-05-01", "due": "2025-06-02"},
    ],
    "demand": [
        {"date": f"2025-05-{day:02d}", "site_id": zone, "item_id": item, "quantity": str(day)}
        for day in (1, 2, 3)
        for zone in ("Z1", "Z2")
        for item in ("00123", "no")
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def tables() -> Tables:
    frames = {name: empty_frame(name) for name in read_order()}
    for name, rows in ROWS.items():
        columns = {column for row in rows for column in row}
        raw = {column: pa.array([row.get(column) for row in rows], pa.string()) for column in sorted(columns)}
        frame, problems = parse_table(name, raw, name, base_currency="CNY")
        assert [p for p in problems if p.rule != f"is a required column of {name}"] == []
        frames[name] = frame
    return Tables("small", "Small", date(2025, 5, 31), "CNY", "CN", "UTC", "great_circle", True, frames)


class Project:
    """A project folder in which scenarios are written and loaded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "scenarios").mkdir(parents=True)

    def write(self, name: str, body: str, *, head: str = "") -> Path:
        file = self.root / "scenarios" / f"{name}.yaml"
        file.write_text((head or f"scenario: 1\nname: {name}\ntitle: T\n") + body, encoding="utf-8")
        return file

    def load(self, name: str = "x", sets=()):
        return load_scenario(name, project=self.root, sets=sets)

    def scenario(self, body: str, sets=()):
        """Write scenario x with three head lines, so that ``body`` begins on line 4, and load it."""
        self.write("x", body)
        return self.load("x", sets)

    def problems(self, body: str, sets=()) -> list[tuple[str, str, str]]:
        """(place, field, rule + fix) of every problem of scenario x."""
        with pytest.raises(ScenarioError) as caught:
            self.scenario(body, sets)
        return [(p.file.removeprefix("scenarios/"), p.field, f"{p.rule}. {p.fix}") for p in caught.value.problems]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project for property tests, which write the same scenario again and again."""
    return Project(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def cells():
    """A column of a table as a list, empty cells as None."""

    def read(tables: Tables, path: str) -> list:
        table, column = path.split(".")
        return [
            None if not isinstance(value, tuple) and pd.isna(value) else value for value in tables.frames[table][column]
        ]

    return read
