"""What serving customers from stock and by direct mail costs a year, worked out afresh for one row of the table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

__all__ = ["mail_by_part", "saving_with", "stock_by_part"]

_NORMAL = NormalDist()
_YEAR_DAYS = 365.0

Line = Mapping[str, Any]


def stock_by_part(line: Line, *, units: float | None = None) -> dict[str, float]:
    """Money a year by part for ``units`` a year of the zones (today's), as what the row costs with and without them."""
    yearly = float(line["yearly_units"] if units is None else units)
    cost, other = line["landed_cost"], line["other_units"]
    added = line["added_variance"] * yearly / line["yearly_units"]
    whole = _held(line, other + yearly, line["other_variance"] + added)
    rest = _held(line, other, line["other_variance"]) if other > 0 else (0.0, 0.0, 0.0, 0.0)
    cycle, safety, waste, lost = (a - b for a, b in zip(whole, rest, strict=True))
    return {
        "stock_goods": yearly * cost,
        "stock_delivery": yearly * line["delivery_cost"],
        "stock_payment": -line["holding_share"] * yearly * cost * line["paid_days"] / _YEAR_DAYS,
        "stock_returns": -line["return_share"] * yearly * cost,
        "cycle_stock": cycle,
        "safety_stock": safety,
        "waste": waste,
        "lost_margin": lost * line["lost_sale_share"] * max(line["price"] - cost - line["delivery_cost"], 0.0),
    }


def _held(line: Line, yearly: float, variance: float) -> tuple[float, float, float, float]:
    """Money in half a lot, safety stock and waste, and units lost, of a row that sells so many units a year."""
    yearly = max(yearly, 1.0)
    daily, review, holding = yearly / _YEAR_DAYS, line["review_days"], line["holding_share"] * line["landed_cost"]
    margin = line["lost_sale_share"] * max(line["price"] - line["landed_cost"], 0.0)
    least = max(daily * review, line["minimum_order_quantity"], 1.0)
    lot = math.ceil(least / line["pack_units"] * (1 - 1e-9)) * line["pack_units"]
    chance = 1 / (1 + holding * lot / (yearly * margin)) if margin > 0 else 0.0
    z = _NORMAL.inv_cdf(min(max(chance, 0.5), 1 - 1e-9))
    days, late = line["lead_time_days"] + review, daily * line["lead_time_sd_days"]
    spread = math.sqrt(variance * days + late**2)
    short = spread * (_NORMAL.pdf(z) - z * (1 - _NORMAL.cdf(z)))
    waste, life = 0.0, line["shelf_life_days"]
    if math.isfinite(life):
        asked, wide = daily * life, math.sqrt(variance * life)
        left = _above(z * spread + lot, asked, wide) - _above(z * spread, asked, wide)
        waste = yearly / lot * left * line["landed_cost"]
    return holding * lot / 2, holding * z * spread, waste, short * yearly / lot


def _above(level: float, mean: float, spread: float) -> float:
    if spread <= 0:
        return max(level - mean, 0.0)
    at = (level - mean) / spread
    return (level - mean) * _NORMAL.cdf(at) + spread * _NORMAL.pdf(at)


def mail_by_part(
    line: Line, *, units: float | None = None, lost_share: float | None = None, postage: float | None = None
) -> dict[str, float]:
    """Money a year by part for ``units`` a year of the zones, with a loss a day of wait and a postage (today's)."""
    yearly = float(line["yearly_units"] if units is None else units)
    goods, stamp = line["goods_cost"], float(line["postage"] if postage is None else postage)
    share = float(line["lost_share_per_day"] if lost_share is None else lost_share)
    credit = -line["holding_share"] * goods * line["mail_paid_days"] / _YEAR_DAYS
    stay = (1 - share) ** max(line["mail_days"] - line["stock_days"], 0.0)
    back = min(line["return_share"] * yearly, line["other_units"])
    return {
        "mail_goods": yearly * goods,
        "mail_postage": yearly * stamp,
        "mail_payment": yearly * credit,
        "mail_returns": -back * line["landed_cost"],
        "wait_loss": yearly * (1 - stay) * max(line["price"] - goods - stamp - credit, 0.0),
    }


def saving_with(
    line: Line, *, units: float | None = None, lost_share: float | None = None, postage: float | None = None
) -> float:
    """What mail saves a unit asked for with these figures in place of today's."""
    stock = math.fsum(stock_by_part(line, units=units).values())
    mail = math.fsum(mail_by_part(line, units=units, lost_share=lost_share, postage=postage).values())
    return (stock - mail) / float(line["yearly_units"] if units is None else units)
