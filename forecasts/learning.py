"""``fit``: from a history to a recipe."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from forecasts.batches import in_turn, row_batches
from forecasts.boosted import Boosted, fit_boosted
from forecasts.censor import usable_days
from forecasts.checks import check_inputs, check_request, check_types
from forecasts.cold_start import REACH, Prior, Traits, analogues, is_new, nothing_known
from forecasts.events import calendar
from forecasts.global_gbm import available
from forecasts.lessons import Lessons
from forecasts.levels import ALPHAS, CANDIDATES, levels
from forecasts.methods import AUTO, COMBINED, METHODS
from forecasts.own_error import OwnError, fit_own_error, nothing_tried
from forecasts.past import past_block
from forecasts.profile import (
    Profile,
    factors,
    fit_profile,
    known_demand,
    neutral_profile,
    past_offers,
    profile_of,
)
from forecasts.protocol import Flags, Floats, History, Ints, Outlook, Request
from forecasts.recipe import Recipe
from forecasts.select import combined, demand_classes, trust, weights
from forecasts.spread import Spread, fit_spread
from forecasts.trials import Trials, combination_trials, method_trials, trial_plan, what_came
from forecasts.words import rate_text

__all__ = ["fit"]

RECENT = 56
LEAST_BOOSTED_DAYS = 500
"""Days below which rows do not teach one another: a year to try the global model, and something before it to learn."""
SOLD_OUT_DAYS, SOLD_OUT_SHARE = 91, 0.5
"""Share of the last days from which a row's reason says that they were sold out."""
LEAST_GAIN = 0.003
"""Share by which the global model must lower the pinball loss of past forecasts to be used."""


def fit(
    history: History, outlook: Outlook, request: Request, *, traits: Traits | None = None,
    executor: Executor | None = None,
) -> Recipe:  # fmt: skip
    """Learn profile, weights, dispersion and calibration of N rows from their history alone.

    ``request.method`` ``auto`` combines level candidates times a shared profile; any name of ``methods.METHODS``
    forces that model, with the same calibration. ``traits`` say which rows a new one is like; without them the value
    of a unit stands for its price. Parts run side by side in an ``executor``; the recipe is the same with and without.
    Raises ValueError on arrays or settings that do not fit.
    """
    check_types(history, outlook)
    check_request(request, history.rows)
    check_inputs(history, outlook, request.horizon)
    if request.method not in COMBINED and request.method not in METHODS:
        raise ValueError(f"method: {request.method!r} is unknown; one of {', '.join([*COMBINED, *sorted(METHODS)])}")
    row_class = demand_classes(history)
    group_level = _group_level(history)
    came = what_came(history, outlook, request.seed)
    if request.method in COMBINED:
        learnt = _combination(history, outlook, request, came=came, row_class=row_class, executor=executor)
        prior = _analogues(history, outlook, learnt.profile, traits)
    else:
        learnt = _single(history, outlook, request, came, group_level)
        prior = nothing_known(history.rows)
    trials, boosted, spread = learnt.trials, learnt.boosted, learnt.spread
    if spread is None:
        spread = fit_spread(learnt.mu, np.ones_like(learnt.mu), trials, row_class, request, error=learnt.error)
    known = np.asarray(np.isfinite(came).any(axis=1))
    model, why = _reasons(learnt.candidates, trials, known, learnt.boost_weight, prior)
    why = _with_sold_out(why, history)
    profile = learnt.profile
    return Recipe(
        method=request.method,
        protection_days=request.protection_days,
        levels=request.levels,
        event_names=outlook.event_names,
        candidates=learnt.candidates,
        weights=learnt.weights,
        miss=_miss(trials, None if boosted is None else boosted.mu),
        alpha=learnt.alpha,
        weekday=profile.weekday,
        uplift=profile.uplift,
        price_effect=profile.price,
        promo_effect=profile.promo,
        season=profile.season,
        month=profile.month,
        group_level=group_level,
        prior_level=prior.level,
        prior_days=prior.days,
        prior_dispersion=prior.dispersion,
        boost_weight=learnt.boost_weight,
        boost_mean="" if boosted is None else boosted.texts.mean,
        boost_spread="" if boosted is None else boosted.texts.spread,
        day_dispersion=spread.dispersion[:, 0],
        dispersion=spread.dispersion[:, 1:],
        own_error=learnt.error.square,
        own_weight=learnt.error.weight,
        day_chance=spread.chance[:, 0],
        chance=spread.chance[:, 1:],
        coverage=spread.coverage,
        model=model,
        why=why,
    )


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What a method learnt: members and their weights [N,M], its means ``mu`` [N,S,1+P] on the trials, its spread."""

    candidates: tuple[str, ...]
    weights: Floats
    profile: Profile
    alpha: Floats
    error: OwnError
    trials: Trials
    mu: Floats
    boosted: Boosted | None
    boost_weight: Floats
    spread: Spread | None


def _combination(
    history: History, outlook: Outlook, request: Request, *, came: Floats, row_class: Ints, executor: Executor | None
) -> _Learnt:
    """Weighed level candidates, corrected by the model of all rows where that foretells demand better."""
    plan = trial_plan(history.days, request)
    boost = request.method == AUTO and history.days >= LEAST_BOOSTED_DAYS and available()
    earlier = plan.earlier if boost else ()
    found = in_turn(past_block, [(history, outlook, origins) for origins in (*earlier, *plan.blocks)], executor)
    blocks = found[len(earlier) :]
    trials = combination_trials(history, outlook, blocks, plan.spans, came)
    profile, alpha, error = _structure(history, outlook, request.protection_days)
    weight = weights(trials.mu[:, :, 1:], trials.actual[:, :, 1:], request.service_level, row_class)
    mu = combined(trials.mu, weight)
    wide = np.ones_like(mu)
    boosted, boost_weight = None, np.zeros(history.rows)
    if boost:
        lessons = Lessons(history, outlook, request, weight, plan.spans, came)
        boosted = fit_boosted(lessons, found, trials, row_class, executor)
    if boosted is not None:
        judged = np.isfinite(boosted.mu)
        share = trust(mu, boosted.mu, trials.actual, row_class)
        moved = np.where(judged, mu + share[:, None, None] * (boosted.mu - mu), mu)
        wider = np.where(judged & (share > 0)[:, None, None], boosted.wide, 1.0)
        # Judged without the rows' own errors, which are those of smoothing: they tell nothing of the model's.
        plain, other = (
            fit_spread(mean, factor, trials, row_class, request, error=nothing_tried(*error.square.shape))
            for mean, factor in ((mu, wide), (moved, wider))
        )
        if other.loss_over(plain, judged) < 1.0 - LEAST_GAIN:
            mu, wide, boost_weight = moved, wider, share
        else:
            boosted = None
    spread = fit_spread(mu, wide, trials, row_class, request, error=error)
    return _Learnt(CANDIDATES, weight, profile, alpha, error, trials, mu, boosted, boost_weight, spread)


def _single(history: History, outlook: Outlook, request: Request, came: Floats, group_level: Floats) -> _Learnt:
    """One model, by name."""
    plan = trial_plan(history.days, request)
    trials = method_trials(request.method, history, outlook, plan, group_level=group_level, came=came)
    profile, alpha = neutral_profile(history.rows, len(outlook.event_names)), np.full(history.rows, ALPHAS[0])
    weight, none = np.ones((history.rows, 1)), np.zeros(history.rows)
    error = nothing_tried(history.rows, len(request.protection_days))
    mu = combined(trials.mu, weight)
    return _Learnt((request.method,), weight, profile, alpha, error, trials, mu, None, none, None)


def _structure(
    history: History, outlook: Outlook, protection_days: tuple[int, ...]
) -> tuple[Profile, Floats, OwnError]:
    """Profile, fitted smoothing weight and errors of smoothing on the whole history."""
    days = calendar(outlook, history.first_day, history.days)
    profile = fit_profile(history, days)
    stop = np.array([history.days], dtype=np.int64)
    alpha, errors = [], []
    for rows in row_batches(history.rows, history.days):
        sales = known_demand(profile_of(profile, rows), history.of(rows), days)
        grid = np.tile(ALPHAS, (len(sales.quantity), 1))
        _, chosen, _ = levels(sales.quantity, sales.factor, stop, grid)
        alpha.append(ALPHAS[chosen[:, 0]])
        errors.append(fit_own_error(sales.quantity, sales.factor, alpha[-1], protection_days))
    square, weight = (np.concatenate([getattr(part, name) for part in errors]) for name in ("square", "weight"))
    return profile, np.concatenate(alpha), OwnError(square, weight)


def _analogues(history: History, outlook: Outlook, profile: Profile, traits: Traits | None) -> Prior:
    """What rows like them say of new rows; factors are needed of the days that ``analogues`` reads alone."""
    if not is_new(history).any():
        return nothing_known(history.rows)
    recent = history.since(max(0, history.days - REACH))
    days = calendar(outlook, history.first_day, history.days)
    factor = factors(profile, days, past_offers(recent), history.days - recent.days)
    return analogues(recent, traits=traits, factor=factor)


def _group_level(history: History) -> Floats:
    """Units a day [N] for a row without observations: the recent mean of its group, or what it sold when sold out."""
    last = history.since(max(0, history.days - RECENT))
    usable, recent = usable_days(last), last.quantity
    count = usable.sum(axis=1)
    level = np.where(usable, recent, 0.0).sum(axis=1) / np.maximum(count, 1)
    groups = int(history.group.max()) + 1
    total = np.bincount(history.group, weights=level * (count > 0), minlength=groups)
    members = np.bincount(history.group, weights=(count > 0).astype(np.float64), minlength=groups)
    of_group = (total / np.maximum(members, 1.0))[history.group]
    lower_bound = np.nansum(history.quantity, axis=1) / np.maximum(np.isfinite(history.quantity).sum(axis=1), 1)
    return np.asarray(np.maximum(of_group, lower_bound))


def _miss(trials: Trials, boosted: Floats | None) -> Floats:
    """Absolute error of each member over all trials, as a share of the actual demand [N,M]; NaN without any."""
    members = trials.mu if boosted is None else np.concatenate([trials.mu, boosted[..., None]], axis=-1)
    actual = trials.actual[:, :, 1:, None]
    error = np.nansum(np.abs(members[:, :, 1:] - actual), axis=(1, 2))
    total = np.nansum(actual, axis=(1, 2))
    return np.asarray(np.divide(error, total, out=np.full(error.shape, np.nan), where=total > 0))


def _reasons(
    candidates: tuple[str, ...], trials: Trials, known: Flags, boost_weight: Floats, prior: Prior
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    seen = np.isfinite(trials.actual[:, :, 1:]).any(axis=2).sum(axis=1)
    model, why = [], []
    for row in range(known.size):
        if np.isfinite(prior.level[row]):
            model.append("analogues")
            sold = "its own days count as they come" if known[row] else "it has not sold yet"
            why.append(f"new: starts from items like it, {rate_text(float(prior.level[row]))} units a day, {sold}")
        elif not known[row]:
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


def _with_sold_out(why: tuple[str, ...], history: History) -> tuple[str, ...]:
    """Reasons that tell where demand is rather estimated than known."""
    last = history.since(max(0, history.days - SOLD_OUT_DAYS))
    recorded = np.isfinite(last.quantity)
    count, hidden = recorded.sum(axis=1), (recorded & ~last.in_stock).sum(axis=1)
    return tuple(
        f"{text}; sold out on {hidden[row]} of the last {count[row]} recorded days: demand is estimated"
        if hidden[row] >= SOLD_OUT_SHARE * max(count[row], 1)
        else text
        for row, text in enumerate(why)
    )
