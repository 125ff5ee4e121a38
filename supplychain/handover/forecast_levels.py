"""Forecasts of categories, regions and the nation: they add up to the items', with quantiles of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.reconcile import Hierarchy, bottom_up, hierarchy, scaled_quantiles
from forecasts.unconstrained import completed
from supplychain.domain import DataSet
from supplychain.domain.sourcing import Sourcing
from supplychain.handover.forecasting import Forecast, ForecastInputs, History, Outlook, fit, predict
from supplychain.plans.forecast_table import LEVEL_COLUMNS

__all__ = ["forecast_levels", "sum_inputs"]

Floats = npt.NDArray[np.float64]

_EVERYTHING = "all"


def forecast_levels(
    dataset: DataSet, sourcing: Sourcing, inputs: ForecastInputs, *, model: Forecast, final: Forecast
) -> pd.DataFrame:
    """Demand of sums of rows over each protection interval, with ``LEVEL_COLUMNS``.

    ``expected`` is the sum of the rows of ``final``, the forecast after the planner's changes. ``direct`` is what the
    sum's own history says, and the quantiles are calibrated on it: errors of items cancel out in part, so quantiles of
    items must not be added. Both are scaled by what the changes make of the sum of ``model``, the forecast before them.
    """
    keys = sourcing.row_keys()
    tree = hierarchy(
        {
            "nation": [_EVERYTHING] * len(keys),
            "region": [dataset.sites[site].region or site for _, site in keys],
            "category": [dataset.items[item].category for item, _ in keys],
        }
    )
    nodes = len(tree.name)
    history, outlook = sum_inputs(tree, inputs)
    request = replace(
        inputs.request,
        method="combination",
        service_level=np.full(nodes, inputs.request.service_level.mean()),
        single_days=False,
    )
    direct = predict(fit(history, outlook, request), history, outlook, request)
    before, expected = (bottom_up(tree, forecast.mu)[:nodes] for forecast in (model, final))
    quantile = scaled_quantiles(direct.quantile, before, expected)
    says = scaled_quantiles(direct.mu[..., None], before, expected)
    intervals, levels = len(final.protection_days), len(final.levels)
    each = intervals * levels
    columns = {
        "of": np.repeat(np.array(tree.level, dtype=object), each),
        "name": np.repeat(np.array(tree.name, dtype=object), each),
        "protection_days": np.tile(np.repeat(np.array(final.protection_days), levels), nodes),
        "expected": np.repeat(expected.ravel(), levels),
        "direct": np.repeat(says.ravel(), levels),
        "level": np.tile(np.array(final.levels), nodes * intervals),
        "quantile": quantile.ravel(),
    }
    return pd.DataFrame(columns)[LEVEL_COLUMNS]


def sum_inputs(tree: Hierarchy, inputs: ForecastInputs) -> tuple[History, Outlook]:
    """History and outlook of the M sums of a tree; prices, promotions and events weigh by the demand they touch."""
    past, ahead = completed(inputs.history, inputs.outlook), inputs.outlook
    sums = tree.sums[: len(tree.name)]
    known = np.isfinite(past.quantity)
    quantity = np.where(sums @ known > 0, sums @ np.where(known, past.quantity, 0.0), np.nan)
    usual = np.nan_to_num(past.quantity).mean(axis=1) + 1e-9  # rows that sold nothing still have prices
    share = sums.multiply(usual).tocsr()
    share = share.multiply(1.0 / np.asarray(share.sum(axis=1))).tocsr()
    of_group = share @ np.eye(len(ahead.events))[past.group]
    events = np.clip(np.tensordot(of_group, ahead.events, axes=1), 0.0, 1.0)
    history = History(
        quantity=quantity,
        in_stock=np.ones(quantity.shape, dtype=bool),
        price_ratio=share @ past.price_ratio,
        promo=share @ past.promo,
        first_day=past.first_day,
        group=np.arange(len(quantity)),
        unit_value=np.ones(len(quantity)),
    )
    return history, Outlook(share @ ahead.price_ratio, share @ ahead.promo, ahead.event_names, events)
