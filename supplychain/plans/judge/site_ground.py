"""What the judge of site plans looks things up in."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, Site
from supplychain.domain.fulfilment import Fulfilment
from supplychain.plans.site_plan import SitePlan
from supplychain.scenario.settings import PlaceSettings

__all__ = ["TOLERANCE", "Row", "SiteGround", "close", "same"]

Row = Mapping[str, Any]

TOLERANCE = 1e-6
"""Relative difference up to which two figures are the same."""


def close(value: Any, truth: float, scale: float = 0.0) -> bool:
    """Whether a figure of the plan is the true one; ``scale`` is what small differences are measured against."""
    figure = float(value)
    if math.isnan(figure) or math.isnan(truth) or math.isinf(figure) or math.isinf(truth):
        return same(figure, truth)
    return abs(figure - truth) <= TOLERANCE * max(1.0, abs(truth), scale)


def same(left: float, right: float) -> bool:
    """Equality in which NaN equals NaN."""
    return left == right or (math.isnan(left) and math.isnan(right))


@dataclass(frozen=True)
class SiteGround:
    """The plan beside what it was made from; figures are computed from assignments and inputs, never from the plan."""

    dataset: DataSet
    plan: SitePlan
    fulfilment: Fulfilment
    demand: npt.NDArray[np.float64]
    settings: PlaceSettings

    @cached_property
    def dcs(self) -> dict[str, Site]:
        """Every dc of the data set."""
        return {site_id: site for site_id, site in self.dataset.sites.items() if site.kind == "dc"}

    @cached_property
    def zone_at(self) -> dict[str, int]:
        """Column of each zone in the fulfilment."""
        return {zone_id: z for z, zone_id in enumerate(self.fulfilment.zone_ids)}

    @cached_property
    def site_at(self) -> dict[str, int]:
        """Row of each dc in the fulfilment."""
        return {site_id: s for s, site_id in enumerate(self.fulfilment.site_ids) if site_id in self.dcs}

    @cached_property
    def decision(self) -> dict[str, str]:
        """Decision of each site of the plan."""
        return dict(self.plan.sites[["site_id", "decision"]].itertuples(index=False))

    @cached_property
    def assignments(self) -> list[Row]:
        """Rows that name a zone and a dc which the inputs know; strangers are told elsewhere."""
        rows = self.plan.assignments.to_dict("records")
        return [row for row in rows if row["zone_id"] in self.zone_at and row["site_id"] in self.site_at]

    @cached_property
    def unserved(self) -> list[Row]:
        """Rows of unserved zones which the inputs know."""
        return [row for row in self.plan.unserved.to_dict("records") if row["zone_id"] in self.zone_at]

    def is_open(self, site_id: str) -> bool:
        """Whether the plan has the site open."""
        return self.decision.get(site_id) in ("open", "keep_open")

    def tier(self, zone_id: str) -> str:
        """Tier of a zone."""
        return self.dataset.sites[zone_id].tier

    def wanted(self, zone_id: str) -> float:
        """Units a year that a zone demands."""
        return float(self.demand[self.zone_at[zone_id]])

    def units(self, row: Row) -> float:
        """Units a year of a row, from its share."""
        return self.wanted(row["zone_id"]) * float(row["share"])

    def at(self, row: Row) -> tuple[int, int]:
        """Row and column of an assignment in the fulfilment."""
        return self.site_at[row["site_id"]], self.zone_at[row["zone_id"]]

    def cost(self, row: Row) -> float:
        """Money a year of an assignment, from order to door."""
        return self.units(row) * float(self.fulfilment.cost_per_unit[self.at(row)])

    @cached_property
    def units_by_site(self) -> dict[str, float]:
        """Units a year that each dc serves."""
        total: dict[str, float] = defaultdict(float)
        for row in self.assignments:
            total[row["site_id"]] += self.units(row)
        return dict(total)

    def capacity(self, site_id: str) -> float:
        """Units a year that a dc can ship."""
        daily = self.dcs[site_id].throughput_units_per_day
        return math.inf if daily is None else daily * 365.0

    def fixed_cost(self, site_id: str) -> float:
        """Money a year for a dc under the plan, less subsidy."""
        site = self.dcs[site_id]
        return site.fixed_cost_per_year * (1.0 - site.subsidy_share) if self.is_open(site_id) else 0.0
