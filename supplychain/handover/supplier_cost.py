"""What the lateness and the spread of suppliers cost: stock that is carried for it, and margin lost all the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from forecasts.protocol import Forecast
from solvers.replenishment.demand_curve import interpolate_level
from supplychain.handover.look import look
from supplychain.handover.scorecards import Scorecards
from supplychain.handover.situation import Situation
from supplychain.handover.state import State
from supplychain.handover.stock_levels import expected_outcome, in_steady_state, service_levels, stock_levels
from supplychain.handover.supplier_orders import SHORTEST_DAYS
from supplychain.handover.terms import Terms
from supplychain.plans.supplier_plan import whole_lead_days
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["SupplierCost", "supplier_cost"]

Floats = npt.NDArray[np.float64]

_YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class SupplierCost:
    """Of N rows in base currency, 0 where no supplier delivers.

    ``stock`` [N] value of the safety stock that the spread of measured lead times calls for at the row's service level;
    ``lost_margin`` [N] a year: margin that the plan's stock is expected to lose with measured lead times, less what it
    would lose if every order came on the agreed day.
    """

    stock: Floats
    lost_margin: Floats


def supplier_cost(
    state: State, forecast: Forecast, as_of: date, *, terms: Terms, settings: ReplenishSettings, scorecards: Scorecards
) -> SupplierCost:
    """Cost of measured lead times against agreed ones that are kept to the day."""

    def seen(by: Terms) -> Situation:
        return in_steady_state(look(state, forecast, as_of, terms=by, settings=settings))

    situation = seen(terms)
    levels = stock_levels(situation, settings)
    quantiles = np.asarray(forecast.levels, np.float64)
    real, kept = seen(_measured(terms, scorecards)), seen(_as_agreed(terms))
    steady = seen(replace(real.terms, lead_sd=np.zeros(terms.rows)))
    bought = terms.supplier_index >= 0
    at = service_levels(situation, settings)
    more = interpolate_level(real.deviation(), quantiles, at) - interpolate_level(steady.deviation(), quantiles, at)
    short = expected_outcome(real, levels).short - expected_outcome(kept, levels).short
    lost = np.maximum(short, 0.0) * terms.margin * settings.lost_sale_share * _YEAR_DAYS
    stock = np.maximum(more, 0.0) * terms.unit_cost
    return SupplierCost(np.where(bought, stock, 0.0), np.where(bought, lost, 0.0))


def _measured(terms: Terms, scorecards: Scorecards) -> Terms:
    """The terms with measured lead times where there are any, whatever the scenario plans with."""
    mean, spread = terms.agreed_lead_mean.copy(), terms.agreed_lead_sd.copy()
    measured = np.zeros(terms.rows, np.bool_)
    for row in np.flatnonzero(terms.supplier_index >= 0):
        supplier_id, item_id = terms.suppliers[terms.supplier_index[row]], terms.item_ids[row]
        found = scorecards.ratios.get((supplier_id, item_id)) or scorecards.ratios.get((supplier_id, ""))
        if found is not None:
            days = max(float(mean[row]), SHORTEST_DAYS)
            mean[row], spread[row], measured[row] = found[0] * days, found[1] * days, True
    return _with_lead(terms, mean, spread, measured=measured)


def _as_agreed(terms: Terms) -> Terms:
    return _with_lead(terms, terms.agreed_lead_mean, np.zeros(terms.rows), measured=np.zeros(terms.rows, np.bool_))


def _with_lead(terms: Terms, mean: Floats, spread: Floats, *, measured: npt.NDArray[np.bool_]) -> Terms:
    days = [whole_lead_days(float(m), measured=bool(by)) for m, by in zip(mean, measured, strict=True)]
    return replace(terms, lead_mean=mean, lead_sd=spread, lead_days=np.array(days, np.int64))
