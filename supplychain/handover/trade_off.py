"""How much stock which service takes: the curve of expected stock value against expected fill rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.handover.service_class import CLASSES
from supplychain.handover.situation import Situation
from supplychain.handover.stock_levels import Outcome, expected_outcome, stock_levels
from supplychain.handover.stock_price import stock_price
from supplychain.handover.waiting_customers import with_waiting_customers
from supplychain.plans.frame import typed_frame
from supplychain.plans.service_plan import TRADE_OFF_COLUMNS
from supplychain.scenario.settings import ByClass, ReplenishSettings

__all__ = ["CURVE_LEVELS", "ServiceCurve", "Sold", "service_curve", "trade_off_frame"]

Floats = npt.NDArray[np.float64]

CURVE_LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995)
"""Service levels of the classes' typical items at which the curve is drawn."""
_STEP, _COVER_STEP = 0.02, 0.15
_LEAST_LEVEL, _MOST_LEVEL = 0.01, 0.995
_YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class Sold:
    """Tonight's ``stock_value`` [N] in base currency, and units ``served`` and ``lost`` [N] in the last weeks."""

    stock_value: Floats
    served: Floats
    lost: Floats


@dataclass(frozen=True)
class ServiceCurve:
    """Expected stock and shortage of N rows.

    ``outcomes`` when every class has a service level of ``levels``, ``plan`` under the scenario's own rule,
    ``neighbours`` one step to either side of it: point, label, service level, outcome.
    """

    situation: Situation
    levels: tuple[float, ...]
    outcomes: tuple[Outcome, ...]
    plan: Outcome
    neighbours: tuple[tuple[str, str, float, Outcome], ...]


def service_curve(situation: Situation, settings: ReplenishSettings) -> ServiceCurve:
    """Work out the curve and the scenario's place on it.

    Each point shares out its money in stock over the rows so that it earns the same everywhere (``stock_price``). The
    curve saves lost margin, not units: a rule that favours cheap units may have a higher fill rate for as much stock,
    and still loses more margin. ``situation`` is in steady state.
    """

    def at(rule: ReplenishSettings) -> Outcome:
        seen = with_waiting_customers(replace(situation, price=stock_price(situation.terms, rule)))
        return expected_outcome(seen, stock_levels(seen, rule))

    best = settings.model_copy(update={"policy": "optimized"})
    outcomes = tuple(at(_at_level(best, (level,) * len(CLASSES))) for level in CURVE_LEVELS)
    neighbours = tuple((point, label, level, at(rule)) for point, label, level, rule in _neighbours(settings))
    return ServiceCurve(situation, CURVE_LEVELS, outcomes, at(settings), neighbours)


def _at_level(settings: ReplenishSettings, levels: tuple[float, ...]) -> ReplenishSettings:
    by_class = ByClass(**dict(zip(CLASSES, levels, strict=True)))
    if settings.policy == "textbook":
        return settings.model_copy(
            update={"textbook": settings.textbook.model_copy(update={"service_level": by_class})}
        )
    return settings.model_copy(update={"service_level": by_class})


def _neighbours(settings: ReplenishSettings) -> list[tuple[str, str, float, ReplenishSettings]]:
    """The rules one step to either side: service levels by two points, covers of today's rule by 15 %."""
    found = []
    for point, sign in (("lower", -1.0), ("higher", 1.0)):
        if settings.policy == "today":
            today, factor = settings.today, 1.0 + sign * _COVER_STEP
            covers = {
                name: ByClass(**{letter: days * factor for letter, days in getattr(today, name)})
                for name in ("min_days", "max_days")
            }
            rule = settings.model_copy(update={"today": today.model_copy(update=covers)})
            found.append((point, f"cover {sign * _COVER_STEP:+.0%}", np.nan, rule))
            continue
        given = settings.textbook.service_level if settings.policy == "textbook" else settings.service_level
        levels = tuple(min(max(value + sign * _STEP, _LEAST_LEVEL), _MOST_LEVEL) for _, value in given)
        mean = float(np.mean(levels))
        label = f"service level {mean:.1%}" if len(set(levels)) == 1 else f"service levels {sign * _STEP:+.0%}"
        found.append((point, label, mean, _at_level(settings, levels)))
    return found


def trade_off_frame(curve: ServiceCurve, sold: Sold, settings: ReplenishSettings) -> pd.DataFrame:
    """Rows of ``TRADE_OFF_COLUMNS`` for all item-sites and each class."""
    terms, rows = curve.situation.terms, []
    groups = [("all", np.ones(terms.rows, np.bool_))]
    groups += [(name, terms.class_index == i) for i, name in enumerate(CLASSES)]
    for group, inside in groups:
        if not inside.any():
            continue
        for level, outcome in zip(curve.levels, curve.outcomes, strict=True):
            rows.append(_point(curve, outcome, inside, named=(group, "curve", f"service level {level:.1%}", level)))
        own = (group, "plan", _name(settings), _own_level(settings, group))
        rows.append(_point(curve, curve.plan, inside, named=own))
        rows += [_point(curve, o, inside, named=(group, point, label, at)) for point, label, at, o in curve.neighbours]
        rows.append(_today(curve, sold, inside, group))
    return typed_frame(pd.DataFrame(rows), TRADE_OFF_COLUMNS)


def _name(settings: ReplenishSettings) -> str:
    return {"today": "plan: days of cover", "textbook": "plan: textbook"}.get(settings.policy, "plan: optimized")


def _own_level(settings: ReplenishSettings, group: str) -> float:
    if settings.policy == "today":
        return np.nan
    given = settings.textbook.service_level if settings.policy == "textbook" else settings.service_level
    values = dict(given)
    return float(values[group]) if group in values else float(np.mean(list(values.values())))


def _point(
    curve: ServiceCurve, outcome: Outcome, inside: npt.NDArray[np.bool_], *, named: tuple[str, str, str, float]
) -> dict[str, Any]:
    terms = curve.situation.terms
    demand = float(outcome.demand[inside].sum())
    return {
        **dict(zip(("group", "point", "label", "service_level"), named, strict=True)),
        "stock_value": float((outcome.on_hand * terms.unit_cost)[inside].sum()),
        "fill_rate": 1.0 - float(outcome.short[inside].sum()) / demand if demand > 0 else 1.0,
        "lost_margin_per_year": float((outcome.short * terms.margin)[inside].sum()) * _YEAR_DAYS,
        "basis": "expected",
    }


def _today(curve: ServiceCurve, sold: Sold, inside: npt.NDArray[np.bool_], group: str) -> dict[str, Any]:
    served, lost = float(sold.served[inside].sum()), float(sold.lost[inside].sum())
    return {
        "group": group,
        "point": "today",
        "label": "today",
        "service_level": np.nan,
        "stock_value": float(sold.stock_value[inside].sum()),
        "fill_rate": served / (served + lost) if served + lost > 0 else np.nan,
        "lost_margin_per_year": np.nan,
        "basis": "measured",
    }
