"""What goes into a forecast and what comes out: arrays only.

Axes: N rows (item x stocking site), T days of history, H days ahead, P protection intervals, Q quantile levels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Forecast", "Forecaster", "History", "Outlook", "Request"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class History:
    """Daily demand of N rows over T days; column T-1 is the last known day (the origin).

    ``quantity`` [N,T] units a day, NaN where unknown or not on sale. ``in_stock`` [N,T] is False where the row was
    sold out, so the quantity is a lower bound. ``price_ratio`` [N,T] is price over the row's usual price (1 = usual),
    ``promo`` [N,T] the share of demand under promotion (0 or 1). ``first_day`` is the date of column 0.
    ``group`` [N] is the category index: rows of a group share profiles and event uplifts. ``unit_value`` [N] is the
    money by which a row counts in summaries.
    """

    quantity: Floats
    in_stock: Flags
    price_ratio: Floats
    promo: Floats
    first_day: np.datetime64
    group: Ints
    unit_value: Floats

    @property
    def rows(self) -> int:
        """Number of rows N."""
        return int(self.quantity.shape[0])

    @property
    def days(self) -> int:
        """Number of days T."""
        return int(self.quantity.shape[1])

    def of(self, rows: slice) -> History:
        """Some rows only, without a copy."""
        return History(
            quantity=self.quantity[rows],
            in_stock=self.in_stock[rows],
            price_ratio=self.price_ratio[rows],
            promo=self.promo[rows],
            first_day=self.first_day,
            group=self.group[rows],
            unit_value=self.unit_value[rows],
        )

    def since(self, day: int) -> History:
        """From column ``day`` on."""
        return History(
            quantity=self.quantity[:, day:],
            in_stock=self.in_stock[:, day:],
            price_ratio=self.price_ratio[:, day:],
            promo=self.promo[:, day:],
            first_day=self.first_day.astype("datetime64[D]") + np.timedelta64(day, "D"),
            group=self.group,
            unit_value=self.unit_value,
        )

    def until(self, days: int) -> History:
        """The first ``days`` columns only: the past as it was known then."""
        return History(
            quantity=self.quantity[:, :days],
            in_stock=self.in_stock[:, :days],
            price_ratio=self.price_ratio[:, :days],
            promo=self.promo[:, :days],
            first_day=self.first_day,
            group=self.group,
            unit_value=self.unit_value,
        )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of the calendar: planned prices and promotions ahead, events past and ahead.

    ``price_ratio`` and ``promo`` [N,H] start on the day after the origin. ``event_names`` lists E events (name and
    phase); ``events`` [G,E,T+H] is 1 where event e touches group g on a day, counted from ``History.first_day``.
    """

    price_ratio: Floats
    promo: Floats
    event_names: tuple[str, ...]
    events: Floats

    def of(self, rows: slice) -> Outlook:
        """Some rows only, without a copy."""
        return Outlook(self.price_ratio[rows], self.promo[rows], self.event_names, self.events)


@dataclass(frozen=True, slots=True)
class Request:
    """What to forecast.

    ``horizon`` H days; ``protection_days`` [P] ascending, each at most H; ``levels`` [Q] ascending in (0,1);
    ``service_level`` [N] is the level at which a row is judged. ``seed`` feeds a local generator. Without
    ``single_days`` no day has quantiles, and the global model corrects days only by their intervals: enough for orders.
    """

    horizon: int
    protection_days: tuple[int, ...]
    levels: tuple[float, ...]
    service_level: Floats
    method: str = "auto"
    origins: int = 6
    seed: int = 1
    single_days: bool = True


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast of N rows from one origin.

    ``mean`` and ``variance`` [N,H] per day; ``mu`` [N,P] mean demand of a protection interval that starts on the day
    after the origin; ``k`` [N,P] negative binomial size (inf means Poisson); ``quantile`` [N,P,Q] of the interval's
    sum, calibrated, ascending in Q and not negative; ``coverage`` [P,Q] share of past origins at or below the
    quantile after calibration (NaN where too short to tell); ``model`` [N] names what was used, ``why`` [N] why.
    ``day_quantile`` [N,H,Q] of single days, where the request asks for them.
    ``weights`` [N,M] are the weights of ``model_names`` (M) and ``miss`` [N,M] their absolute errors over the
    protection intervals after past origins, as a share of what was asked for then (NaN where nothing was).
    """

    origin: np.datetime64
    mean: Floats
    variance: Floats
    protection_days: tuple[int, ...]
    levels: tuple[float, ...]
    mu: Floats
    k: Floats
    quantile: Floats
    coverage: Floats
    model: tuple[str, ...]
    why: tuple[str, ...]
    day_quantile: Floats | None = None
    model_names: tuple[str, ...] = ()
    weights: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    miss: Floats = field(default_factory=lambda: np.zeros((0, 0)))


class Forecaster(Protocol):
    """One model: mean demand of each of the next ``horizon`` days, shape [N,H], never negative.

    A row on which it fails is NaN and takes another model; ``row_model.RowModel`` also says why it failed.
    """

    @property
    def name(self) -> str:
        """Word by which a request asks for it."""
        ...

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Forecast from the last column of ``history``."""
        ...
