"""``predict``: from a recipe and what is known today to a forecast."""

from __future__ import annotations

import numpy as np

from forecasts.boosted import Corrected, Texts, corrected
from forecasts.checks import check_inputs, check_request
from forecasts.compiled import packed
from forecasts.events import calendar
from forecasts.lead_time import interval_quantiles, sizes, widened
from forecasts.learning import fit
from forecasts.lessons import LEAST_KNOWN_DAYS, scene_of
from forecasts.levels import levels
from forecasts.methods import COMBINED, predict_served
from forecasts.profile import Offers, factors, offers_ahead, past_offers
from forecasts.protocol import Floats, Forecast, History, Outlook, Request
from forecasts.recipe import Recipe
from forecasts.select import rate_classes
from forecasts.trials import DAILY_REACH
from forecasts.windows import SCENE_DAYS, Pairs

__all__ = ["forecast", "predict"]


def forecast(history: History, outlook: Outlook, request: Request) -> Forecast:
    """``fit`` and ``predict`` at the same origin."""
    return predict(fit(history, outlook, request), history, outlook, request)


def predict(recipe: Recipe, history: History, outlook: Outlook, request: Request) -> Forecast:
    """Forecast from the last column of ``history``; rows are independent of each other.

    The protection intervals, levels, method and events must be those of the recipe; the horizon may differ. Raises
    ValueError on arrays or settings that do not fit.
    """
    check_request(request, history.rows)
    check_inputs(history, outlook, request.horizon)
    _check_recipe(recipe, history, outlook, request)
    wide_day, wide = np.ones((history.rows, request.horizon)), None
    if recipe.method in COMBINED:
        mean, wide_day, wide = _combination(recipe, history, outlook, request)
        model, why = recipe.model, recipe.why
    else:
        served = predict_served(recipe.method, history, outlook, request.horizon, recipe.group_level)
        mean, model, why = served.mean, served.model, served.why(recipe.method, recipe.why)
    ends = np.asarray(recipe.protection_days) - 1
    mu = np.cumsum(mean, axis=1)[:, ends]
    rate_class = rate_classes(mu / np.asarray(recipe.protection_days))
    chance = recipe.chance[rate_class, np.arange(mu.shape[1])]
    dispersion = recipe.dispersion if wide is None else widened(mu, recipe.dispersion, wide)
    quantile = interval_quantiles(mu, dispersion, chance)
    quantile = np.maximum.accumulate(np.maximum.accumulate(quantile, axis=1), axis=2)
    return Forecast(
        origin=history.first_day.astype("datetime64[D]") + np.timedelta64(history.days - 1, "D"),
        mean=mean,
        variance=mean + recipe.day_dispersion[:, None] * mean**2,
        protection_days=recipe.protection_days,
        levels=recipe.levels,
        mu=mu,
        k=sizes(dispersion),
        quantile=quantile,
        day_quantile=_day_quantiles(recipe, mean, wide_day) if request.single_days else None,
        coverage=recipe.coverage,
        model=model,
        why=why,
        model_names=(*recipe.candidates, "global_gbm") if recipe.boost_mean else recipe.candidates,
        weights=_all_weights(recipe),
        miss=recipe.miss,
    )


def _day_quantiles(recipe: Recipe, mean: Floats, wide: Floats) -> Floats:
    dispersion = widened(mean, recipe.day_dispersion[:, None], wide)
    quantile = interval_quantiles(mean, dispersion, recipe.day_chance[rate_classes(mean)])
    return np.maximum.accumulate(quantile, axis=2)


def _combination(recipe: Recipe, history: History, outlook: Outlook, request: Request) -> Corrected:
    """Level by the recipe's weights times the factors of the days ahead, corrected where there is a global model."""
    days = calendar(outlook, history.first_day, history.days + request.horizon)
    past = factors(recipe.profile, days, past_offers(history), 0)
    stop = np.array([history.days], dtype=np.int64)
    alpha = packed(recipe.alpha[:, None])
    found, _, known = levels(packed(history.quantity), packed(history.in_stock), past, stop, alpha)
    level = np.where(known[:, 0] > 0, (found[:, 0] * recipe.weights).sum(axis=1), recipe.group_level)
    ahead = factors(recipe.profile, days, offers_ahead(history, outlook), history.days)
    mean = np.asarray(level[:, None] * ahead)
    if not recipe.boost_mean:
        return Corrected(mean, np.ones_like(mean), np.ones((history.rows, len(recipe.protection_days))))
    recent = history.since(max(0, history.days - SCENE_DAYS))
    cut = history.days - recent.days
    offers = Offers(
        packed(history.group),
        np.concatenate([recent.price_ratio, outlook.price_ratio], axis=1),
        np.concatenate([recent.promo, outlook.promo], axis=1),
    )
    scene = scene_of(recent, np.concatenate([past[:, cut:], ahead], axis=1), offers, days.busy[:, cut:])
    ratio = found[:, 0] / np.maximum(level, 1e-9)[:, None]
    pairs = Pairs(np.arange(history.rows), np.full(history.rows, recent.days), level, ratio)
    return corrected(
        Texts(recipe.boost_mean, recipe.boost_spread), scene, pairs, mean,
        trust=np.where(known[:, 0] >= LEAST_KNOWN_DAYS, recipe.boost_weight, 0.0),
        protection_days=recipe.protection_days,
        reach=DAILY_REACH if request.single_days else 0,
    )  # fmt: skip


def _all_weights(recipe: Recipe) -> Floats:
    """Weights of the members, the global model last where there is one; they sum to 1."""
    if not recipe.boost_mean:
        return recipe.weights
    return np.column_stack([(1.0 - recipe.boost_weight)[:, None] * recipe.weights, recipe.boost_weight])


def _check_recipe(recipe: Recipe, history: History, outlook: Outlook, request: Request) -> None:
    pairs = {
        "rows": (history.rows, recipe.rows),
        "method": (request.method, recipe.method),
        "protection_days": (request.protection_days, recipe.protection_days),
        "levels": (request.levels, recipe.levels),
        "event_names": (outlook.event_names, recipe.event_names),
    }
    faults = [
        f"{name}: {asked}, the recipe was fitted with {had}" for name, (asked, had) in pairs.items() if asked != had
    ]
    if faults:
        raise ValueError("; ".join(faults))
