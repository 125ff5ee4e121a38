"""``predict``: from a recipe and what is known today to a forecast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.batches import row_batches
from forecasts.boosted import Texts, corrected
from forecasts.checks import check_inputs, check_request, check_types
from forecasts.cold_start import RECENT, Traits, updated
from forecasts.compiled import packed
from forecasts.events import calendar
from forecasts.lead_time import interval_quantiles, sizes, widened
from forecasts.learning import fit
from forecasts.lessons import LEAST_KNOWN_DAYS, scene_of
from forecasts.level_shift import Shifts, shifts
from forecasts.levels import levels
from forecasts.methods import COMBINED, predict_served
from forecasts.own_error import blended
from forecasts.profile import Offers, Sales, factors, known_demand, offers_ahead
from forecasts.protocol import Floats, Forecast, History, Ints, Outlook, Request
from forecasts.recipe import Recipe
from forecasts.select import rate_classes
from forecasts.trials import DAILY_REACH
from forecasts.windows import SCENE_DAYS, Pairs
from forecasts.words import rate_text

__all__ = ["forecast", "predict"]

LEAST_CERTAIN = 0.25
"""Weighted units that a new row's level rests on at least: it is never uncertain without limit."""


def forecast(history: History, outlook: Outlook, request: Request, *, traits: Traits | None = None) -> Forecast:
    """``fit`` and ``predict`` at the same origin."""
    return predict(fit(history, outlook, request, traits=traits), history, outlook, request)


def predict(recipe: Recipe, history: History, outlook: Outlook, request: Request) -> Forecast:
    """Forecast from the last column of ``history``; rows are independent of each other.

    The protection intervals, levels, method and events must be those of the recipe; the horizon may differ. Raises
    ValueError on arrays or settings that do not fit.
    """
    check_types(history, outlook)
    check_request(request, history.rows)
    check_inputs(history, outlook, request.horizon)
    _check_recipe(recipe, history, outlook, request)
    if recipe.method in COMBINED:
        batches = row_batches(history.rows, history.days)
        parts = [_combination(recipe.of(rows), history.of(rows), outlook.of(rows), request) for rows in batches]
        means = _joined(parts)
        model, why = recipe.model, _with_shifts(recipe.why, means.shift)
    else:
        served = predict_served(recipe.method, history, outlook, request.horizon, recipe.group_level)
        mean, model, why = served.mean, served.model, served.why(recipe.method, recipe.why)
        ones = np.ones(recipe.dispersion.shape)
        means = _Means(mean, np.ones_like(mean), ones, np.zeros(history.rows), ones, None)
    mean, ends = means.mean, np.asarray(recipe.protection_days) - 1
    mu = np.cumsum(mean, axis=1)[:, ends]
    rate_class = rate_classes(mu / np.asarray(recipe.protection_days))
    chance = recipe.chance[rate_class, np.arange(mu.shape[1])]
    day_dispersion = _with_doubt(recipe.day_dispersion[:, None], means.doubt)
    dispersion = widened(mu, _with_doubt(recipe.dispersion, means.doubt), means.wide)
    dispersion = blended(mu, dispersion, recipe.own_error * means.usual**2, recipe.own_weight)
    quantile = interval_quantiles(mu, dispersion, chance)
    quantile = np.maximum.accumulate(np.maximum.accumulate(quantile, axis=1), axis=2)
    return Forecast(
        origin=history.first_day.astype("datetime64[D]") + np.timedelta64(history.days - 1, "D"),
        mean=mean,
        variance=mean + day_dispersion * mean**2,
        protection_days=recipe.protection_days,
        levels=recipe.levels,
        mu=mu,
        k=sizes(dispersion),
        quantile=quantile,
        day_quantile=_day_quantiles(recipe, mean, day_dispersion, means.wide_day) if request.single_days else None,
        coverage=recipe.coverage,
        model=model,
        why=why,
        model_names=(*recipe.candidates, "global_gbm") if recipe.boost_mean else recipe.candidates,
        weights=_all_weights(recipe),
        miss=recipe.miss,
    )


class _Means(NamedTuple):
    """Daily means [N,H], factors of the variance of days [N,H] and intervals [N,P], squared doubt of the level [N].

    ``usual`` [N,P] is the mean factor of each interval's days, 1 for models without factors; ``shift`` is that of each
    row's level, None for models that have their own.
    """

    mean: Floats
    wide_day: Floats
    wide: Floats
    doubt: Floats
    usual: Floats
    shift: Shifts | None


def _joined(parts: list[_Means]) -> _Means:
    """Of all batches of rows."""
    shifts_found = [part.shift for part in parts if part.shift is not None]
    return _Means(
        np.concatenate([part.mean for part in parts]),
        np.concatenate([part.wide_day for part in parts]),
        np.concatenate([part.wide for part in parts]),
        np.concatenate([part.doubt for part in parts]),
        np.concatenate([part.usual for part in parts]),
        Shifts(*(np.concatenate(each) for each in zip(*shifts_found, strict=True))),
    )


def _with_shifts(why: tuple[str, ...], shift: Shifts | None) -> tuple[str, ...]:
    """Reasons that tell of a row's shift too."""
    if shift is None:
        return why
    return tuple(
        f"{text}; level shift: the last {shift.days[row]} days of known demand are "
        f"{rate_text(float(shift.ratio[row]), 2)} times those before, {shift.certainty[row]:.0%} certain"
        if shift.certainty[row] > 0
        else text
        for row, text in enumerate(why)
    )


def _with_doubt(dispersion: Floats, doubt: Floats) -> Floats:
    """Overdispersion [N,...] when the level itself is uncertain: its squared coefficient of variation adds."""
    return np.asarray(dispersion + doubt[:, None] * (1.0 + dispersion))


def _day_quantiles(recipe: Recipe, mean: Floats, dispersion: Floats, wide: Floats) -> Floats:
    quantile = interval_quantiles(mean, widened(mean, dispersion, wide), recipe.day_chance[rate_classes(mean)])
    return np.maximum.accumulate(quantile, axis=2)


def _combination(recipe: Recipe, history: History, outlook: Outlook, request: Request) -> _Means:
    """Level by the recipe's weights times the factors of the days ahead, corrected where there is a global model."""
    days = calendar(outlook, history.first_day, history.days + request.horizon)
    past = known_demand(recipe.profile, history, days)
    stop = np.array([history.days], dtype=np.int64)
    found, _, known = levels(past.quantity, past.factor, stop, packed(recipe.alpha[:, None]))
    level = np.where(known[:, 0] > 0, (found[:, 0] * recipe.weights).sum(axis=1), recipe.group_level)
    level, doubt = _of_new_rows(recipe, past, level, known[:, 0])
    shift = shifts(past.quantity, past.factor)
    ahead = factors(recipe.profile, days, offers_ahead(history, outlook), history.days)
    mean = np.asarray(level[:, None] * ahead)
    spans = np.asarray(recipe.protection_days)
    usual = np.cumsum(ahead, axis=1)[:, spans - 1] / spans
    if not recipe.boost_mean:
        return _Means(mean, np.ones_like(mean), np.ones(recipe.dispersion.shape), doubt, usual, shift)
    recent = history.since(max(0, history.days - SCENE_DAYS))
    cut = history.days - recent.days
    offers = Offers(
        packed(history.group),
        np.concatenate([recent.price_ratio, outlook.price_ratio], axis=1),
        np.concatenate([recent.promo, outlook.promo], axis=1),
    )
    factor = np.concatenate([past.factor[:, cut:], ahead], axis=1)
    scene = scene_of(recent, past.quantity[:, cut:], factor, offers, days.busy[:, cut:])
    ratio = found[:, 0] / np.maximum(level, 1e-9)[:, None]
    pairs = Pairs(np.arange(history.rows), np.full(history.rows, recent.days), level, ratio)
    return _Means(*corrected(
        Texts(recipe.boost_mean, recipe.boost_spread), scene, pairs, mean,
        trust=np.where(known[:, 0] >= LEAST_KNOWN_DAYS, recipe.boost_weight, 0.0),
        protection_days=recipe.protection_days,
        reach=DAILY_REACH if request.single_days else 0,
    ), doubt, usual, shift)  # fmt: skip


def _of_new_rows(recipe: Recipe, past: Sales, level: Floats, known: Ints) -> tuple[Floats, Floats]:
    """Levels [N] with those of new rows drawn to their analogues, and how uncertain these are (squared) [N]."""
    new = np.isfinite(recipe.prior_level) & (known < RECENT)
    if not new.any():
        return level, np.zeros(level.size)
    _, days = updated(recipe.prior, past.quantity, past.factor)
    share = np.divide(recipe.prior_days, days, out=np.ones(days.size), where=days > 0)
    drawn = level + share * (np.where(new, recipe.prior_level, level) - level)
    doubt = 1.0 / np.maximum(days * drawn, LEAST_CERTAIN)
    return drawn, np.where(new, doubt, 0.0)


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
