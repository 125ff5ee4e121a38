"""Models of a library that take one series at a time, so that a series on which one fails stays alone."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from forecasts.censor import fill_gaps, usable_days
from forecasts.protocol import Flags, Floats, History, Outlook

__all__ = ["Attempt", "Row", "RowModel", "attempt", "quiet", "row_of"]

Result = TypeVar("Result")

LARGEST = 100.0
"""A mean above this multiple of the largest demand of the past is nonsense, whatever the library says of it."""
SMALLEST = 1e-6
"""Units a day that count as none where nothing was ever demanded."""
LONGEST_FAULT = 100
CHATTY = ("cmdstanpy", "prophet")
"""Loggers that say a line a series."""


@dataclass(frozen=True, slots=True)
class Row:
    """One series from its first known day on: T days of history, then H ahead.

    ``quantity`` [T] is NaN on unknown and sold-out days, ``sold`` [T] what was recorded on any day; ``price_ratio`` and
    ``promo`` [T+H] and ``events`` [E,T+H] are as in ``History`` and ``Outlook``. ``first_day`` dates column 0.
    """

    quantity: Floats
    sold: Floats
    price_ratio: Floats
    promo: Floats
    event_names: tuple[str, ...]
    events: Floats
    first_day: np.datetime64
    horizon: int

    @property
    def days(self) -> int:
        """Days of history T."""
        return int(self.quantity.size)

    @property
    def known(self) -> Flags:
        """Where demand is known [T]."""
        return np.asarray(np.isfinite(self.quantity))

    @property
    def filled(self) -> Floats:
        """Demand without gaps [T], for models that take none."""
        return fill_gaps(self.sold, self.known)


@dataclass(frozen=True, slots=True)
class Attempt:
    """``mean`` [N,H], NaN where the model failed, and ``fault`` [N]: why it did, empty where it did not."""

    mean: Floats
    fault: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowModel:
    """A ``Forecaster`` made of a function from a row to the mean of its days ahead [H].

    The function may raise anything. ``least_days`` known days are needed; a row that never changed needs no model.
    ``load`` raises ImportError where a library that is an extra is absent.
    """

    name: str
    forecast: Callable[[Row], Floats]
    least_days: int
    load: Callable[[], object] | None = None

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Mean, shape [N,H]; NaN for a row on which the model fails. Raises ImportError where the library is absent."""
        return self.attempt(history, outlook, horizon).mean

    def attempt(self, history: History, outlook: Outlook, horizon: int) -> Attempt:
        """Mean of every row, and why the model gave none. Raises ImportError where the library is absent."""
        mean = np.full((history.rows, horizon), np.nan)
        fault = []
        with quiet():
            if self.load is not None:
                self.load()
            for number in range(history.rows):
                mean[number], why = self._one(row_of(history, outlook, number, horizon))
                fault.append(why)
        return Attempt(mean, tuple(fault))

    def _one(self, row: Row) -> tuple[Floats | float, str]:
        known = row.quantity[row.known]
        if known.size >= self.least_days and np.ptp(known) == 0:
            return float(known[0]), ""
        mean, fault = attempt(self.forecast, row, self.least_days)
        if mean is None:
            return np.nan, fault
        if mean.shape != (row.horizon,) or not np.isfinite(mean).all():
            return np.nan, "its result is not finite"
        if mean.max() > max(LARGEST * known.max(), SMALLEST):
            return np.nan, f"its result is more than {LARGEST:.0f} times the largest demand of the past"
        return np.maximum(mean, 0.0), ""


def attempt(function: Callable[[Row], Result], row: Row, least_days: int) -> tuple[Result | None, str]:
    """What ``function`` makes of a row, or None and why not; whatever a library raises stays with the row.

    Raises ImportError where the library is absent.
    """
    known = int(row.known.sum())
    if known < least_days:
        return None, f"{known} days of known demand, it needs {least_days}"
    try:
        return function(row), ""
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001 - libraries raise anything on a series that they cannot fit
        return None, _words(error)


def row_of(history: History, outlook: Outlook, number: int, horizon: int) -> Row:
    """Row ``number`` of a history from its first known day on; without any it has no days."""
    usable = usable_days(history)[number]
    first = int(np.argmax(usable)) if usable.any() else history.days
    last = history.days + horizon
    return Row(
        quantity=np.where(usable, history.quantity[number], np.nan)[first:],
        sold=history.quantity[number, first:],
        price_ratio=np.concatenate([history.price_ratio[number], outlook.price_ratio[number]])[first:last],
        promo=np.concatenate([history.promo[number], outlook.promo[number]])[first:last],
        event_names=outlook.event_names,
        events=outlook.events[history.group[number], :, first:last],
        first_day=history.first_day.astype("datetime64[D]") + np.timedelta64(first, "D"),
        horizon=horizon,
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what libraries print, log and warn of to ourselves: results are judged, remarks on convergence are not."""
    loggers = [logging.getLogger(name) for name in CHATTY]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        # Recorded, not only ignored: a library that is imported here may ask to show its own warnings always.
        with warnings.catch_warnings(record=True), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def _words(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}".strip().rstrip(":")
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_FAULT else f"{line[:LONGEST_FAULT]}..."
