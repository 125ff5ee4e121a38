"""One forecasting task: what is known at an origin, what came, and what a method answers.

Axes: N series, T steps of history, H steps ahead, P lead times, Q quantile levels, G event groups, E events. A step is
a day, week, month or hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

__all__ = ["FINE_LEVELS", "JUDGED_LEVELS", "Answer", "Case", "Flags", "Floats", "Ints", "Known"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

JUDGED_LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Levels of the pinball loss and of the coverage."""
FINE_LEVELS = (*(percent / 100 for percent in range(1, 100)), 0.995, 0.999)
"""Levels from which the probability integral transform is read; they include the judged ones."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that a method may see.

    ``quantity`` [N,T] units a step, NaN where unknown, closed or not yet on sale; ``in_stock`` [N,T] is False where
    the quantity is only a lower bound of demand. ``price`` (money a unit, NaN unknown) and ``promo`` (0 to 1) [N,T+H]
    are planned, hence known ahead. ``events`` [G,E,T+H] is 1 where event e touches event group g (0 to 1 where it
    touches a part); series n belongs to ``event_group[n]`` and to the category ``group[n]``. ``value`` [N] is the
    revenue of the last 28 days, 1 where no price is known. ``first_day`` dates the first step of days and months.
    ``season`` is the number of steps after which demand repeats; ``lead_times`` [P] are the intervals, in steps from
    the origin on, whose sums are asked for: quantiles are of single steps where there are none.
    """

    series: tuple[str, ...]
    step: str
    season: int
    quantity: Floats
    in_stock: Flags
    price: Floats
    promo: Floats
    event_names: tuple[str, ...]
    events: Floats
    event_group: Ints
    group: Ints
    value: Floats
    first_day: np.datetime64
    horizon: int
    lead_times: tuple[int, ...] = ()

    def of(self, rows: Ints) -> Known:
        """The same of some series only."""
        parts = {
            name: getattr(self, name)[rows]
            for name in ("quantity", "in_stock", "price", "promo", "event_group", "group", "value")
        }
        return replace(self, series=tuple(self.series[row] for row in rows), **parts)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method forecasts: ``mean`` [N,H], and ``quantile`` [N,H,Q] or, of lead times, [N,P,Q].

    ``rows`` are the series answered, where a slow method is given a sample; NaN forecasts are faults.
    """

    mean: Floats
    quantile: Floats | None
    rows: Ints

    def of(self, rows: Ints) -> Answer:
        """The same of some of its series."""
        at = np.searchsorted(self.rows, rows)
        return Answer(self.mean[at], None if self.quantile is None else self.quantile[at], rows)


@dataclass(frozen=True, slots=True)
class Case:
    """A task and its truth.

    ``actual`` [N,H] (NaN where nothing can be judged); ``labels`` are the instances in whose rows the case counts, as
    one of several origins where cases share a label. ``metrics`` names what is measured, ``score_season`` the season
    of OWA's scale. ``published`` [N,H] are forecasts that others made. ``sold`` [N,H] is what a simulated stock path
    let be seen of ``actual`` on days that ended with an empty shelf, NaN on others; ``unhidden`` [N,T] is the history
    without that path.
    """

    suite: str
    name: str
    labels: tuple[str, ...]
    known: Known
    actual: Floats
    metrics: tuple[str, ...]
    levels: tuple[float, ...] = FINE_LEVELS
    score_season: int = 1
    published: Mapping[str, Floats] = field(default_factory=dict)
    sold: Floats | None = None
    unhidden: Floats | None = None

    def fully_known(self) -> Known:
        """What would be known had no shelf been empty."""
        if self.unhidden is None:
            return self.known
        return replace(self.known, quantity=self.unhidden, in_stock=np.ones_like(self.known.in_stock))
