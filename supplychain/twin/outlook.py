"""What a planner knows of the days ahead, on each evening of a life."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet
from supplychain.domain.sourcing import Sourcing
from supplychain.handover.forecasting import (
    ForecastInputs,
    History,
    Outlook,
    Request,
    build_history,
    build_outlook,
    factors,
)
from supplychain.scenario import WorldChange

__all__ = ["Outlooks", "build_outlooks"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outlooks:
    """Prices and promotions as known, over all days from the first day of the history to the horizon of the last one.

    ``price_ratio``, ``promo`` [N,T]: the history, then as planned on ``as_of``; ``observed_*`` [N,T] what came true
    (read of days past only). ``factor`` and ``plus`` [N,T] are the planner's changes of demand.
    """

    request: Request
    event_names: tuple[str, ...]
    events: Floats
    price_ratio: Floats
    promo: Floats
    observed_ratio: Floats
    observed_promo: Floats
    factor: Floats
    plus: Floats

    def at(self, origin: int, lives: int) -> tuple[Outlook, Floats, Floats]:
        """Outlook after ``origin`` days of history, and the planner's factor and addition [M,H]."""
        ahead = slice(origin, origin + self.request.horizon)
        outlook = Outlook(
            price_ratio=np.tile(self.price_ratio[:, ahead], (lives, 1)),
            promo=np.tile(self.promo[:, ahead], (lives, 1)),
            event_names=self.event_names,
            events=self.events[:, :, : origin + self.request.horizon],
        )
        return outlook, np.tile(self.factor[:, ahead], (lives, 1)), np.tile(self.plus[:, ahead], (lives, 1))

    def request_for(self, rows: int, lives: int) -> Request:
        """The request for all lives at once."""
        level = np.tile(self.request.service_level, lives)
        assert level.size == rows
        return dataclasses.replace(self.request, service_level=level, single_days=False)

    def fill_observed(self, history: History, known_days: int, lives: int) -> None:
        """Write the prices and promotions that come true into the days still to be lived."""
        span = slice(known_days, history.days)
        history.price_ratio[:, span] = np.tile(self.observed_ratio[:, span], (lives, 1))
        history.promo[:, span] = np.tile(self.observed_promo[:, span], (lives, 1))


def build_outlooks(
    dataset: DataSet, sourcing: Sourcing, inputs: ForecastInputs, *, changes: Sequence[WorldChange], days: int
) -> Outlooks:
    """Outlooks for lives that go on for ``days`` after ``as_of``."""
    past = inputs.history
    horizon = inputs.request.horizon
    ahead = build_outlook(
        dataset,
        sourcing,
        first_day=dataset.demand.first_day,
        days=past.days,
        horizon=days + horizon,
        holidays=inputs.holidays,
    )
    ratio = np.hstack([past.price_ratio, ahead.price_ratio])
    promo = np.hstack([past.promo, ahead.promo])
    observed_ratio, observed_promo = ratio.copy(), promo.copy()
    if dataset.actuals is not None and days:
        seen = build_history(replace(dataset, demand=dataset.actuals), sourcing)
        span = min(days, seen.days)
        observed_ratio[:, past.days : past.days + span] = seen.price_ratio[:, :span]
        observed_promo[:, past.days : past.days + span] = seen.promo[:, :span]
    factor, plus = factors(dataset, sourcing, changes, first_day=dataset.as_of + timedelta(days=1), days=days + horizon)
    before = np.ones((sourcing.rows, past.days))
    return Outlooks(
        request=inputs.request,
        event_names=ahead.event_names,
        events=ahead.events,
        price_ratio=ratio,
        promo=promo,
        observed_ratio=observed_ratio,
        observed_promo=observed_promo,
        factor=np.hstack([before, factor]),
        plus=np.hstack([0.0 * before, plus]),
    )
