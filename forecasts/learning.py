"""``fit``: from a history to a recipe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.boosted import Boosted, fit_boosted
from forecasts.calibrate import level_map, transform
from forecasts.censor import usable_days
from forecasts.checks import check_inputs, check_request
from forecasts.compiled import packed
from forecasts.events import calendar
from forecasts.global_gbm import available
from forecasts.lead_time import fit_dispersion, interval_quantiles, widened
from forecasts.lessons import Lessons
from forecasts.levels import ALPHAS, CANDIDATES, levels
from forecasts.methods import AUTO, COMBINED, METHODS
from forecasts.metrics import coverage
from forecasts.past import past_block
from forecasts.profile import Profile, factors, fit_profile, neutral_profile, past_offers
from forecasts.protocol import Flags, Floats, History, Ints, Outlook, Request
from forecasts.recipe import Recipe
from forecasts.select import RATE_CLASSES, combined, demand_classes, rate_classes, trust, weights
from forecasts.trials import Trials, combination_trials, method_trials, trial_plan

__all__ = ["fit"]

RECENT = 56
LEAST_BOOSTED_DAYS = 800
"""Days below which rows do not teach one another: a year is needed to try the global model, more than one to learn it.
With less it narrows the quantiles of long intervals more than later demand bears out."""


def fit(history: History, outlook: Outlook, request: Request) -> Recipe:
    """Learn profile, weights, dispersion and calibration of N rows from their history alone.

    ``request.method`` ``auto`` combines level candidates times a shared profile; any name of ``methods.METHODS``
    forces that model, with the same calibration. Raises ValueError on arrays or settings that do not fit.
    """
    check_request(request, history.rows)
    check_inputs(history, outlook, request.horizon)
    if request.method not in COMBINED and request.method not in METHODS:
        raise ValueError(f"method: {request.method!r} is unknown; one of {', '.join([*COMBINED, *sorted(METHODS)])}")
    usable = usable_days(history)
    row_class = demand_classes(history, usable)
    group_level = _group_level(history)
    plan = trial_plan(history.days, request)
    boosted: Boosted | None = None
    boost_weight = np.zeros(history.rows)
    if request.method in COMBINED:
        blocks = [past_block(history, outlook, origins) for origins in plan.blocks]
        trials = combination_trials(history, outlook, blocks, plan.spans)
        profile, alpha = _structure(history, outlook)
        weight = weights(trials.mu[:, :, 1:], trials.actual[:, :, 1:], request.service_level, row_class)
        candidates: tuple[str, ...] = CANDIDATES
        mu = combined(trials.mu, weight)
        if request.method == AUTO and history.days >= LEAST_BOOSTED_DAYS and available():
            earlier = [past_block(history, outlook, origins) for origins in plan.earlier]
            lessons = Lessons(history, outlook, request, weight, plan.spans)
            boosted = fit_boosted(lessons, [*earlier, *blocks], trials, row_class)
        if boosted is not None:
            boost_weight = trust(mu, boosted.mu, trials.actual, row_class)
            mu = mu + boost_weight[:, None, None] * (boosted.mu - mu)
    else:
        trials = method_trials(request.method, history, outlook, plan, group_level)
        profile, alpha = neutral_profile(history.rows, len(outlook.event_names)), np.full(history.rows, ALPHAS[0])
        weight, candidates = np.ones((history.rows, 1)), (request.method,)
        mu = combined(trials.mu, weight)
    wide = np.ones_like(mu) if boosted is None else boosted.wide
    spread = _spread(mu, wide, trials.actual, row_class, request)
    model, why = _reasons(candidates, trials, np.asarray(usable.any(axis=1)), boost_weight)
    return Recipe(
        method=request.method,
        protection_days=request.protection_days,
        levels=request.levels,
        event_names=outlook.event_names,
        candidates=candidates,
        weights=weight,
        miss=_miss(trials, None if boosted is None else boosted.mu),
        alpha=alpha,
        weekday=profile.weekday,
        uplift=profile.uplift,
        price_effect=profile.price,
        promo_effect=profile.promo,
        season=profile.season,
        group_level=group_level,
        boost_weight=boost_weight,
        boost_mean="" if boosted is None else boosted.texts.mean,
        boost_spread="" if boosted is None else boosted.texts.spread,
        day_dispersion=spread.dispersion[:, 0],
        dispersion=spread.dispersion[:, 1:],
        day_chance=spread.chance[:, 0],
        chance=spread.chance[:, 1:],
        coverage=spread.coverage,
        model=model,
        why=why,
    )


def _structure(history: History, outlook: Outlook) -> tuple[Profile, Floats]:
    """Profile and fitted smoothing weight on the whole history."""
    days = calendar(outlook, history.first_day, history.days)
    profile = fit_profile(history, days, usable_days(history))
    factor = factors(profile, days, past_offers(history), 0)
    stop = np.array([history.days], dtype=np.int64)
    grid = np.tile(ALPHAS, (history.rows, 1))
    _, chosen, _ = levels(packed(history.quantity), packed(history.in_stock), factor, stop, grid)
    return profile, ALPHAS[chosen[:, 0]]


def _group_level(history: History) -> Floats:
    """Units a day [N] for a row without observations: the recent mean of its group, or what it sold when sold out."""
    usable = usable_days(history)[:, -RECENT:]
    recent = history.quantity[:, -RECENT:]
    count = usable.sum(axis=1)
    level = np.where(usable, recent, 0.0).sum(axis=1) / np.maximum(count, 1)
    groups = int(history.group.max()) + 1
    total = np.bincount(history.group, weights=level * (count > 0), minlength=groups)
    members = np.bincount(history.group, weights=(count > 0).astype(np.float64), minlength=groups)
    of_group = (total / np.maximum(members, 1.0))[history.group]
    recorded = np.isfinite(history.quantity)
    lower_bound = np.where(recorded, history.quantity, 0.0).sum(axis=1) / np.maximum(recorded.sum(axis=1), 1)
    return np.asarray(np.maximum(of_group, lower_bound))


@dataclass(frozen=True, slots=True)
class _Spread:
    dispersion: Floats
    chance: Floats
    coverage: Floats


def _spread(mu: Floats, wide: Floats, actual: Floats, row_class: Ints, request: Request) -> _Spread:
    """Dispersion [N,1+P], recalibrated levels [C,1+P,Q] and coverage [P,Q] of means ``mu`` [N,S,1+P] on their trials.

    ``wide`` [N,S,1+P] multiplies the variance of each trial.
    """
    rows, origins, intervals = actual.shape
    nominal = np.asarray(request.levels)
    if origins == 0:
        chance = np.tile(nominal, (RATE_CLASSES, intervals, 1))
        return _Spread(np.full((rows, intervals), 0.5), chance, np.full((intervals - 1, nominal.size), np.nan))
    dispersion = fit_dispersion(mu, actual, row_class)
    without = widened(mu, dispersion.without, wide)
    draw = np.random.default_rng(request.seed).uniform(size=actual.shape)
    rate_class = rate_classes(mu / np.array([1, *request.protection_days]))
    chance = level_map(transform(actual, mu, without, draw), rate_class, request.levels, classes=RATE_CLASSES)
    met = np.empty((intervals - 1, nominal.size))
    for p in range(1, intervals):
        quantile = interval_quantiles(np.nan_to_num(mu[:, :, p]), without[:, :, p], chance[rate_class[:, :, p], p])
        met[p - 1] = coverage(actual[:, :, p], quantile)
    return _Spread(dispersion.row, chance, met)


def _miss(trials: Trials, boosted: Floats | None) -> Floats:
    """Absolute error of each member over all trials, as a share of the actual demand [N,M]; NaN without any."""
    members = trials.mu if boosted is None else np.concatenate([trials.mu, boosted[..., None]], axis=-1)
    actual = trials.actual[:, :, 1:, None]
    error = np.nansum(np.abs(members[:, :, 1:] - actual), axis=(1, 2))
    total = np.nansum(actual, axis=(1, 2))
    return np.asarray(np.divide(error, total, out=np.full(error.shape, np.nan), where=total > 0))


def _reasons(
    candidates: tuple[str, ...], trials: Trials, known: Flags, boost_weight: Floats
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    seen = np.isfinite(trials.actual[:, :, 1:]).any(axis=2).sum(axis=1)
    model, why = [], []
    for row in range(known.size):
        if not known[row]:
            model.append("group_level")
            why.append("no day of known demand: recent mean of its group")
        elif len(candidates) == 1:
            model.append(candidates[0])
            why.append(f"asked for; calibrated on {seen[row]} past origins")
        else:
            model.append("combination")
            learnt = (
                f", corrected {boost_weight[row]:.0%} of the way to a model of all rows" if boost_weight[row] else ""
            )
            why.append(f"{len(candidates)} members weighed on {seen[row]} past origins{learnt}")
    return tuple(model), tuple(why)
