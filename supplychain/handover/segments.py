"""Segments of item-sites: ABC by value, XYZ by how far off their forecasts are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.handover.service_class import CLASSES
from supplychain.handover.situation import Situation
from supplychain.handover.stock_levels import service_levels
from supplychain.handover.trade_off import ServiceCurve, Sold
from supplychain.plans.frame import typed_frame
from supplychain.plans.service_plan import SEGMENT_COLUMNS
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["XYZ", "error_cv", "segment_frame", "xyz_index"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

XYZ = ("X", "Y", "Z")
_LIMITS = (0.5, 1.0)  # coefficients of variation up to which a row is X, and Y (usual in practice)
_MIDDLE = (0.05, 0.95)  # levels whose quantiles tell the spread; farther out they tell the tail
_YEAR_DAYS = 365.0


def error_cv(situation: Situation) -> Floats:
    """Coefficient of variation of the forecast error over each row's protection interval [N]; inf without demand.

    The standard deviation is that of the normal distribution that comes closest to the calibrated quantiles between
    5 and 95 % (least squares through the mean); it does not hold the lead time's spread. Where the forecast has no
    such level beside the median, it comes from the variance of the days.
    """
    view, days = situation.view, situation.days
    mean = view.mean(days)
    levels, scores = np.asarray(view.forecast.levels, np.float64), view.normal_scores()
    use = (levels >= _MIDDLE[0]) & (levels <= _MIDDLE[1]) & (np.abs(scores) > 1e-9)
    if use.any():
        deviation = view.deviation(days, mean)[:, use]
        spread = np.maximum(deviation @ scores[use] / (scores[use] ** 2).sum(), 0.0)
    else:
        spread = np.sqrt(view.variance(days))
    cv: Floats = np.divide(spread, mean, out=np.full(mean.size, np.inf), where=mean > 0)
    return cv


def xyz_index(cv: Floats) -> Ints:
    """0 (X) up to 0.5, 1 (Y) up to 1.0, 2 (Z) beyond, and where nothing is expected to sell."""
    index: Ints = np.searchsorted(np.array(_LIMITS), cv, side="left").astype(np.int64)
    return index


def segment_frame(curve: ServiceCurve, sold: Sold, settings: ReplenishSettings) -> pd.DataFrame:
    """Nine rows of ``SEGMENT_COLUMNS``; a cell without item-sites has zeros."""
    situation, terms = curve.situation, curve.situation.terms
    cv = error_cv(situation)
    xyz = xyz_index(cv)
    by = {"today": "days of cover", "textbook": "class", "optimized": "economics"}[settings.policy]
    level = service_levels(situation, settings)
    rows = []
    for a, abc in enumerate(CLASSES):
        for x, letter in enumerate(XYZ):
            inside = (terms.class_index == a) & (xyz == x)
            cells = _figures(curve, sold, inside, settings.holding_share_per_year)
            used = level[inside] if settings.policy != "today" else np.zeros(0)
            known = cv[inside][np.isfinite(cv[inside])]
            rows.append(
                {
                    "segment": abc + letter, "abc": abc, "xyz": letter, "item_sites": int(inside.sum()),
                    "error_cv": float(np.median(known)) if known.size else np.nan,
                    "service_level": float(used.mean()) if used.size else np.nan, "service_by": by, **cells,
                }
            )  # fmt: skip
    return typed_frame(pd.DataFrame(rows), SEGMENT_COLUMNS)


def _figures(curve: ServiceCurve, sold: Sold, inside: npt.NDArray[np.bool_], holding: float) -> dict[str, Any]:
    terms, plan = curve.situation.terms, curve.plan
    daily = plan.demand[inside]
    cost = float((daily * terms.unit_cost[inside]).sum())
    stock, planned = float(sold.stock_value[inside].sum()), float((plan.on_hand * terms.unit_cost)[inside].sum())
    fill = _fill(plan.short, plan.demand, inside)
    higher = next(outcome for point, _, _, outcome in curve.neighbours if point == "higher")
    more = float(((higher.on_hand - plan.on_hand) * terms.unit_cost)[inside].sum())
    saved = float(((plan.short - higher.short) * terms.margin)[inside].sum()) * _YEAR_DAYS
    return {
        "value_per_year": float((daily * terms.price[inside]).sum()) * _YEAR_DAYS,
        "stock_value": stock,
        "stock_days": stock / cost if cost > 0 else np.nan,
        "planned_stock_value": planned,
        "planned_stock_days": planned / cost if cost > 0 else np.nan,
        "expected_fill": fill,
        "higher_fill": _fill(higher.short, higher.demand, inside),
        "stock_for_more": more,
        "cost_of_more_per_year": more * holding,
        "margin_of_more_per_year": saved,
    }


def _fill(short: Floats, demand: Floats, inside: npt.NDArray[np.bool_]) -> float:
    whole = float(demand[inside].sum())
    return 1.0 - float(short[inside].sum()) / whole if whole > 0 else np.nan
