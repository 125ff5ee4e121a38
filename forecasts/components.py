"""What a forecast is made of: level, weekday, season, events, promotion and price, and what each of these does.

By one of three models that say so of themselves: unobserved components, a regression with ARIMA errors, prophet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from forecasts.naive import WEEK
from forecasts.prophet_ import fit_prophet
from forecasts.protocol import Floats, History, Outlook
from forecasts.regression import Regression
from forecasts.regressors import EVENT, LOWEST_RATIO, PRICE, PROMOTION, WEEKDAY
from forecasts.row_model import Row, attempt, quiet, row_of
from forecasts.state_space import fit_sarimax, fit_ucm

__all__ = ["LEVEL", "MODELS", "YEAR", "Change", "Coefficients", "Components", "decompose"]

LEVEL, YEAR = "level", "year"
NINETY_FIVE = 1.96
"""Standard errors on either side that hold 95 % of a normal distribution."""
LEAST_DAYS = 4 * WEEK
RECENT, DAYS_A_YEAR = 28, 365
LEAST_TREND_DAYS = 91
"""Days apart that two levels must lie to make a trend."""


class Change(NamedTuple):
    """A change of demand as a share, with the ends of its 95 % interval; NaN ends where the model has none."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Coefficients ``value`` [K] of what is known ahead and their ``covariance`` [K,K], NaN where the model has none.

    ``kind`` is price, promotion, event or weekday, ``name`` that of the event or day; columns are as in ``Regressors``.
    Where ``log``, coefficients are of the logarithm of demand, else shares of its level.
    """

    kind: tuple[str, ...]
    name: tuple[str, ...]
    value: Floats
    covariance: Floats
    log: bool

    @property
    def standard_error(self) -> Floats:
        """Standard errors [K]."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def low(self) -> Floats:
        """Lower ends of the 95 % intervals [K]."""
        return np.asarray(self.value - NINETY_FIVE * self.standard_error)

    @property
    def high(self) -> Floats:
        """Upper ends of the 95 % intervals [K]."""
        return np.asarray(self.value + NINETY_FIVE * self.standard_error)

    def change(self, columns: Floats) -> Change:
        """What demand does when the columns [K] take these values instead of 0, all at once."""
        middle, half = float(self.value @ columns), NINETY_FIVE * float(np.sqrt(columns @ self.covariance @ columns))
        ends = np.array([middle, middle - half, middle + half])
        return Change(*(float(end) for end in (np.expm1(ends) if self.log else ends)))

    def column(self, kind: str, value: float = 1.0) -> Floats:
        """Columns [K] that are 0 but for those of ``kind``; to be added up for ``change``."""
        return np.array([value if one == kind else 0.0 for one in self.kind])


@dataclass(frozen=True, slots=True)
class Components:
    """Parts of one row over its T days from the first known one and H days ahead.

    ``values`` [C,T+H] by ``names`` [C], the level first, in units a day. Where ``multiplies`` the others are factors
    and the product of all is the expected demand; else they are units a day and it is their sum, down to 0. A row
    that the model cannot take has a ``fault`` and nothing else. ``offer_price`` is the price ratio that usually comes
    with a promotion, NaN without any.
    """

    first_day: np.datetime64
    days: int
    names: tuple[str, ...]
    values: Floats
    multiplies: bool
    coefficients: Coefficients
    offer_price: float = float("nan")
    fault: str = ""

    @property
    def expected(self) -> Floats:
        """Expected demand [T+H]; ahead it is what the model forecasts."""
        whole = self.values.prod(axis=0) if self.multiplies else self.values.sum(axis=0)
        return np.asarray(np.maximum(whole, 0.0))

    def part(self, name: str) -> Floats:
        """One component [T+H]; raises KeyError for a name that it has not."""
        if name not in self.names:
            raise KeyError(name)
        return np.asarray(self.values[self.names.index(name)])

    def added(self, *names: str) -> Floats:
        """Units a day [T+H] by which components other than the level, all at once, raise the expected demand."""
        rest = self.values[[name not in names for name in self.names]]
        without = rest.prod(axis=0) if self.multiplies else rest.sum(axis=0)
        return np.asarray(self.expected - np.maximum(without, 0.0))

    @property
    def level(self) -> float:
        """Level now, units a day: the mean of the last four weeks."""
        return float(self.part(LEVEL)[max(0, self.days - RECENT) : self.days].mean())

    @property
    def trend(self) -> float:
        """Change of the level in a year, units a day, from that of a year ago or the first; NaN below 91 days."""
        past = self.part(LEVEL)[: self.days]
        first = max(0, self.days - RECENT - DAYS_A_YEAR)
        apart = self.days - RECENT - first
        if apart < LEAST_TREND_DAYS:
            return float("nan")
        return (self.level - float(past[first : first + RECENT].mean())) * DAYS_A_YEAR / apart

    @property
    def weekday(self) -> Floats:
        """Factor on the level of each of the first seven days ahead; fewer where the horizon is shorter."""
        ahead = slice(self.days, self.days + WEEK)
        part, level = self.part(WEEKDAY)[ahead], self.part(LEVEL)[ahead]
        return (
            part if self.multiplies else 1.0 + np.divide(part, level, out=np.full(part.shape, np.nan), where=level > 0)
        )


def decompose(
    method: str, history: History, outlook: Outlook, horizon: int, *, rows: Sequence[int] | None = None
) -> tuple[Components, ...]:
    """Components of the rows asked for, all without ``rows``, by ``method``: ucm, sarimax or prophet.

    Raises ValueError for another method, ImportError where its library is absent.
    """
    if method not in MODELS:
        raise ValueError(f"method: {method!r} has no components; one of {', '.join(MODELS)}")
    found = []
    with quiet():
        for number in range(history.rows) if rows is None else rows:
            row = row_of(history, outlook, number, horizon)
            found.append(_one(MODELS[method], row))
    return tuple(found)


def _one(model: Callable[[Row], Components], row: Row) -> Components:
    demand = row.quantity[row.known]
    if demand.size and np.ptp(demand) == 0:
        return _nothing(row, f"demand is {demand[0]:g} units on every known day: there is nothing to take apart")
    made, fault = attempt(model, row, LEAST_DAYS)
    if made is None:
        return _nothing(row, fault)
    finite = np.isfinite(made.values).all()
    return replace(made, offer_price=_offer_price(row)) if finite else _nothing(row, "its result is not finite")


def _offer_price(row: Row) -> float:
    """Price ratio at a promotion: through 1 without any."""
    promo = row.promo[: row.days][row.known]
    if not promo.any():
        return float("nan")
    price = np.log(np.maximum(row.price_ratio[: row.days][row.known], LOWEST_RATIO))
    return float(np.exp(promo @ price / (promo @ promo)))


def _ucm(row: Row) -> Components:
    fit = fit_ucm(row)
    return _of_regression(row, fit, np.asarray(fit.states.level.smoothed), np.asarray(fit.states.seasonal.smoothed))


def _sarimax(row: Row) -> Components:
    fit = fit_sarimax(row)
    return _of_regression(row, fit, fit.rest, fit.regressors.effect(fit.coefficient, WEEKDAY))


def _of_regression(row: Row, fit: Regression, level: Floats, week: Floats) -> Components:
    """From the z of level and weekday [T+H]."""
    known = fit.regressors
    others = np.stack([week, *(known.effect(fit.coefficient, kind) for kind in (EVENT, PROMOTION, PRICE))])
    values = np.vstack([fit.demand(level)[None], np.exp(others) if fit.log else fit.scale * others])
    return Components(
        first_day=row.first_day,
        days=row.days,
        names=(LEVEL, WEEKDAY, EVENT, PROMOTION, PRICE),
        values=values,
        multiplies=fit.log,
        coefficients=Coefficients(known.kind, known.name, fit.coefficient, fit.covariance, log=fit.log),
    )


def _prophet(row: Row) -> Components:
    """Prophet adds up shares of its trend, so its parts are units a day in either mode; it gives no errors."""
    fit = fit_prophet(row)
    known = fit.regressors
    trend = fit.table["trend"].to_numpy(dtype=np.float64)
    unit = trend if fit.multiplies else np.ones_like(trend)
    seasons = {WEEKDAY: "weekly", YEAR: "yearly"}
    parts = [
        unit * fit.table[column].to_numpy(dtype=np.float64) if column in fit.table else np.zeros_like(trend)
        for column in seasons.values()
    ]
    parts += [unit * known.effect(fit.coefficient, kind) for kind in (EVENT, PROMOTION, PRICE)]
    usual = 1.0 if fit.multiplies else float(np.nanmean(row.quantity))
    none = np.full((fit.coefficient.size, fit.coefficient.size), np.nan)
    return Components(
        first_day=row.first_day,
        days=row.days,
        names=(LEVEL, *seasons, EVENT, PROMOTION, PRICE),
        values=np.stack([trend, *parts]),
        multiplies=False,
        coefficients=Coefficients(known.kind, known.name, fit.coefficient / usual, none, log=False),
    )


def _nothing(row: Row, fault: str) -> Components:
    none = Coefficients((), (), np.zeros(0), np.zeros((0, 0)), log=False)
    nothing = np.zeros((0, row.days + row.horizon))
    return Components(row.first_day, row.days, (), nothing, multiplies=False, coefficients=none, fault=fault)


MODELS: Mapping[str, Callable[[Row], Components]] = MappingProxyType(
    {"ucm": _ucm, "sarimax": _sarimax, "prophet": _prophet}
)
