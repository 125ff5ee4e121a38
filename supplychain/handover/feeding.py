"""What dcs send to the sites that they feed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from supplychain.handover.moving import Moving, no_moving
from supplychain.handover.order_problem import Planned, plan_rows
from supplychain.handover.share_out import share_out
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["Feeding", "feed", "moving_tonight"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Feeding(NamedTuple):
    """What F rows ask of their dcs, and the ``units`` [F] that these can send."""

    planned: Planned
    units: Floats


def feed(situation: Situation, rows: Ints, settings: ReplenishSettings, *, explain: bool) -> Feeding | None:
    """Tonight's transfers to the fed ``rows`` [F] as far as their dcs have the goods; None without such rows."""
    if rows.size == 0:
        return None
    no_group = np.zeros(rows.size, np.int64)
    planned = plan_rows(situation, rows, settings, group=no_group, group_minimum=np.zeros(1), spread=explain)
    return Feeding(planned, share_out(planned, settings))


def moving_tonight(situation: Situation, feeding: Feeding | None, settings: ReplenishSettings) -> Moving:
    """The transfers as they move; what is above a row's target after them, later ones will bring less."""
    moving = no_moving(situation.terms.rows, feeds=settings.transfers)
    if feeding is None:
        return moving
    rows, units = feeding.planned.rows, feeding.units
    over = feeding.planned.problem.position + units - feeding.planned.needs.target
    moving.spare[rows] = np.maximum(over, 0.0)
    return moving.also(rows, situation.terms.origin_row[rows], days=situation.lead[rows], quantity=units)
