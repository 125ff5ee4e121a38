"""A small made-up network: three dcs, one hub, five zones, one of them cut off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from supplychain.domain import DataSet, Lane, Site
from supplychain.domain.fulfilment import Fulfilment
from tests.bare_data import bare_dataset, no_demand

Case = tuple[DataSet, Fulfilment, np.ndarray]

SITES = (
    Site("WEST", "West", "dc", "city", 30.0, 110.0, fixed_cost_per_year=9000.0, handling_cost_per_unit=0.5,
         throughput_units_per_day=10.0),
    Site("EAST", "East", "dc", "city", 30.0, 120.0, fixed_cost_per_year=4000.0, handling_cost_per_unit=0.25,
         subsidy_share=0.25, status="candidate"),
    Site("NORTH", "North", "dc", "city", 35.0, 115.0, fixed_cost_per_year=1.0, status="closed"),
    Site("HUB", "Hub", "hub", "county_town", 31.0, 119.0),
    Site("Z1", "Metropolis", "zone", "tier1_city", 30.0, 110.1),
    Site("Z2", "Town", "zone", "city", 30.0, 119.0),
    Site("Z3", "Village", "zone", "rural", 31.0, 119.5),
    Site("Z4", "Island", "zone", "rural", 20.0, 110.0),
    Site("Z5", "Hamlet", "zone", "rural", 30.5, 112.0),
)  # fmt: skip
LANES = (
    Lane("WEST", "Z1", 10.0, 0.5),
    Lane("WEST", "Z2", 1100.0, 2.0),
    Lane("EAST", "Z1", 1200.0, 2.5),
    Lane("EAST", "Z2", 120.0, 0.5),
    Lane("WEST", "HUB", 1000.0, 2.0),
    Lane("EAST", "HUB", 150.0, 1.0),
    Lane("HUB", "Z3", 60.0, 1.0),
    Lane("WEST", "Z5", 200.0, 1.0),
    Lane("EAST", "Z5", 900.0, 2.0),
)
ZONES = ("Z1", "Z2", "Z3", "Z4", "Z5")
COST = np.array([[2.0, 6.0, 9.0, np.inf, 4.0], [7.0, 2.0, 3.0, np.inf, 6.5]])
DAYS = np.array([[1.0, 3.0, 5.0, np.inf, 3.0], [3.0, 1.5, 3.5, np.inf, 4.0]])
KM = np.array([[10.0, 1100.0, 1060.0, np.inf, 200.0], [1200.0, 120.0, 210.0, np.inf, 900.0]])


@pytest.fixture
def case() -> Case:
    dataset = bare_dataset(sites={site.site_id: site for site in SITES}, lanes=LANES, demand=no_demand(ZONES))
    fulfilment = Fulfilment(
        site_ids=("WEST", "EAST"),
        zone_ids=ZONES,
        days=DAYS,
        distance_km=KM,
        cost_per_kg=np.zeros_like(COST),
        cost_per_parcel=COST,
        cost_per_unit=COST,
        reachable=np.isfinite(COST),
        path={},
    )
    return dataset, fulfilment, np.array([800.0, 900.0, 700.0, 100.0, 300.0])


@pytest.fixture
def with_site(case: Case) -> Callable[..., DataSet]:
    """The data set with one site changed."""
    import dataclasses

    def change(site_id: str, **fields: object) -> DataSet:
        dataset = case[0]
        changed = dataclasses.replace(dataset.sites[site_id], **fields)
        return dataclasses.replace(dataset, sites={**dataset.sites, site_id: changed})

    return change
