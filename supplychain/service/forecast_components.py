"""What the demand of an item at a site, or of many together, is made of, and what moves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import DataSet
from supplychain.errors import PlanError, UsageError
from supplychain.handover.forecast_components import (
    DAY_NAMES,
    EVENT,
    LEVEL,
    METHODS,
    PRICE,
    PROMOTION,
    WEEKDAY,
    Components,
    components_of,
)
from supplychain.pipeline.prepare import House
from supplychain.service.forecast_components_text import components_text
from supplychain.service.reopen import reopen_forecast
from supplychain.service.result import RunResult
from supplychain.service.stored import near

__all__ = ["ForecastComponents", "Subject", "explain_components"]

_LOWER_PRICE = 0.9
"""Price over usual price whose effect is told."""
_OUTLOOK_DAYS = 28
_OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose demand: an item at a site, or the sum of a ``category``, of a ``region``, of ``everything``."""

    item: str | None = None
    site: str | None = None
    category: str | None = None
    region: str | None = None
    everything: bool = False


@dataclass(frozen=True)
class ForecastComponents:
    """Parts of demand by one model.

    ``level`` in units a day now and ``trend`` in units a day a year (NaN below a quarter of history). ``daily``: date,
    demand (NaN where unknown, and ahead), expected, and each part in units a day or, where ``multiplies``, as a
    factor on the level. ``weekdays``: weekday, factor on the level. ``effects``: kind, name, what (the change looked
    at), coefficient, standard_error, and change, low, high of demand as a share (95 %; NaN where the model has none).
    ``ahead``: part, units of the next 28 days: expected, level, and what each part adds.
    """

    name: str
    rows: int
    method: str
    level: float
    trend: float
    multiplies: bool
    daily: pd.DataFrame
    weekdays: pd.DataFrame
    effects: pd.DataFrame
    ahead: pd.DataFrame
    text: str


def explain_components(
    result: RunResult,
    subject: Subject,
    *,
    method: str = METHODS[0],
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    project: Path | None = None,
) -> ForecastComponents:
    """Fit ``method`` (ucm, sarimax or prophet) to the history behind a run and say what it finds.

    The run's scenario and data set are read anew: a run keeps half a year of history, and that is too little. Raises
    UsageError for an unknown method, an unclear subject or a missing library, PlanError for an unknown item, site,
    category or region, for input that is not that of the run any more, and where the model cannot be fitted.
    """
    if method not in METHODS:
        raise UsageError(f"--method {method}: must be one of {', '.join(METHODS)}")
    _check_subject(subject)
    purpose = "has no history to take apart, for it keeps only the last half year and its input has changed"
    house, inputs = reopen_forecast(result, data=data, sets=sets, project=project, purpose=purpose)
    name, rows = _rows(house, subject)
    try:
        found, demand = components_of(inputs, rows, method=method)
    except ImportError as error:
        raise UsageError(f"--method {method}: {error}") from error
    if found.fault:
        raise PlanError(f"{name}: {method} cannot take its demand apart: {found.fault}")
    tables = {
        "daily": _daily(found, demand),
        "weekdays": _weekdays(found),
        "effects": _effects(found),
        "ahead": _ahead(found),
    }
    text = components_text(name, len(rows), method, found.level, found.trend, days=found.days, tables=tables)
    return ForecastComponents(
        name=name,
        rows=len(rows),
        method=method,
        level=found.level,
        trend=found.trend,
        multiplies=found.multiplies,
        text=text,
        **tables,
    )


def _check_subject(subject: Subject) -> None:
    row = subject.item is not None and subject.site is not None
    kinds = [row, subject.category is not None, subject.region is not None, subject.everything]
    if sum(kinds) != 1 or (not row and (subject.item or subject.site)):
        raise UsageError("whose demand is unclear; give ITEM and SITE, or one of --category NAME, --region NAME, --all")


def _rows(house: House, subject: Subject) -> tuple[str, list[int]]:
    dataset, keys = house.dataset, house.sourcing.row_keys()
    if subject.everything:
        return "All items at all sites", list(range(len(keys)))
    if subject.category is not None:
        return f"Category {subject.category}", _of_label(
            "category", subject.category, [dataset.items[item].category for item, _ in keys]
        )
    if subject.region is not None:
        regions = [dataset.sites[site].region or site for _, site in keys]
        return f"Region {subject.region}", _of_label("region", subject.region, regions)
    return _row(dataset, keys, str(subject.item), str(subject.site))


def _row(dataset: DataSet, keys: list[tuple[str, str]], item: str, site: str) -> tuple[str, list[int]]:
    for word, name, known in (("item", item, {i for i, _ in keys}), ("site", site, {s for _, s in keys})):
        if name not in known:
            raise PlanError(f"{word} {name!r}: the run has no forecast for it{near(name, sorted(known))}")
    if (item, site) not in keys:
        where = ", ".join(sorted(s for i, s in keys if i == item))
        raise PlanError(f"{item} is not listed at {site}; it is forecast at {where}")
    title = dataset.items[item].name
    return f"{item}{f' {title}' if title else ''} at {site}", [keys.index((item, site))]


def _of_label(word: str, wanted: str, labels: list[str]) -> list[int]:
    rows = [row for row, label in enumerate(labels) if label == wanted]
    if not rows:
        raise PlanError(f"{word} {wanted!r}: the run has no forecast for it{near(wanted, sorted(set(labels)))}")
    return rows


def _daily(found: Components, demand: npt.NDArray[np.float64]) -> pd.DataFrame:
    total = found.values.shape[1]
    dates = (found.first_day + np.arange(total)).astype("datetime64[s]")
    shown = {"date": dates, "demand": np.concatenate([demand, np.full(total - demand.size, np.nan)])}
    return pd.DataFrame(shown | {"expected": found.expected} | dict(zip(found.names, found.values, strict=True)))


def _weekdays(found: Components) -> pd.DataFrame:
    """The week that begins after the planning day, Monday first."""
    factor = found.weekday
    first = pd.Timestamp(found.first_day).dayofweek + found.days
    order = sorted(range(factor.size), key=lambda ahead: (first + ahead) % len(DAY_NAMES))
    names = [DAY_NAMES[(first + ahead) % len(DAY_NAMES)] for ahead in order]
    return pd.DataFrame({"weekday": names, "factor": factor[order]})


def _effects(found: Components) -> pd.DataFrame:
    """Price, promotion, an offer that is both, then events, the strongest first."""
    known = found.coefficients
    lower = float(np.log(_LOWER_PRICE))
    words = {PRICE: f"a price {1 - _LOWER_PRICE:.0%} lower", PROMOTION: "a promotion"}
    rows: list[list[object]] = []
    for k, (kind, name) in enumerate(zip(known.kind, known.name, strict=True)):
        if kind != WEEKDAY:
            column = np.eye(len(known.kind))[k] * (lower if kind == PRICE else 1.0)
            figures = float(known.value[k]), float(known.standard_error[k])
            rows.append([kind, name, words.get(kind, name), *figures, *known.change(column)])
    if {PRICE, PROMOTION} <= set(known.kind) and found.offer_price < 1:
        both = known.column(PROMOTION) + known.column(PRICE, float(np.log(found.offer_price)))
        what = f"a promotion with its usual price cut of {1 - found.offer_price:.0%}"
        rows.append([_OFFER, _OFFER, what, np.nan, np.nan, *known.change(both)])
    columns = ["kind", "name", "what", "coefficient", "standard_error", "change", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    place = frame["kind"].map({PRICE: 0, PROMOTION: 1, _OFFER: 2, EVENT: 3})
    order = np.lexsort((-frame["change"].abs(), place))
    return frame.iloc[order].reset_index(drop=True)


def _ahead(found: Components) -> pd.DataFrame:
    """Units of the next days: as expected, of the level, and what each part adds; price and promotion go together."""
    days = slice(found.days, found.days + _OUTLOOK_DAYS)
    parts = {"expected": found.expected, LEVEL: found.part(LEVEL)}
    parts |= {name: found.added(name) for name in found.names[1:] if name not in {PRICE, PROMOTION, EVENT}}
    parts |= {"events": found.added(EVENT), "offers": found.added(PRICE, PROMOTION)}
    return pd.DataFrame({"part": list(parts), "units": [float(units[days].sum()) for units in parts.values()]})
