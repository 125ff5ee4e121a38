"""Small made-up demand with known structure."""

from __future__ import annotations

import numpy as np

import forecasts
from forecasts.past import past_block
from forecasts.trials import combination_trials, what_came

LEVELS = (0.1, 0.5, 0.9, 0.95, 0.99)
WEEK = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.3, 1.0])


def inputs(quantity, ahead=28, *, group=None, in_stock=None, promo=None, events=None, first_day="2023-03-01"):
    quantity = np.asarray(quantity, dtype=np.float64)
    rows, days = quantity.shape
    promo = np.zeros((rows, days + ahead)) if promo is None else promo
    group = np.zeros(rows, dtype=np.int64) if group is None else group
    groups = int(group.max()) + 1
    events = np.zeros((groups, 0, days + ahead)) if events is None else events
    history = forecasts.History(
        quantity=quantity,
        in_stock=np.ones((rows, days), dtype=bool) if in_stock is None else in_stock,
        price_ratio=np.ones((rows, days)),
        promo=promo[:, :days],
        first_day=np.datetime64(first_day),
        group=group,
        unit_value=np.ones(rows),
    )
    outlook = forecasts.Outlook(
        price_ratio=np.ones((rows, ahead)),
        promo=promo[:, days:],
        event_names=tuple(f"event_{e}" for e in range(events.shape[1])),
        events=events,
    )
    return history, outlook


def ask(rows, *, horizon=28, protection_days=(7, 14), method="auto", origins=4, seed=1, service=0.95):
    return forecasts.Request(
        horizon=horizon,
        protection_days=protection_days,
        levels=LEVELS,
        service_level=np.full(rows, service),
        method=method,
        origins=origins,
        seed=seed,
    )


def weekly_demand(rows, days, *, seed=0, low=0.3, high=20.0, first_day="2023-03-01"):
    """Negative binomial demand (k = 3) around a weekly pattern; returns quantity and its true mean."""
    random = np.random.default_rng(seed)
    rate = np.exp(random.uniform(np.log(low), np.log(high), rows))
    offset = (np.datetime64(first_day).astype("datetime64[D]").astype(int) + 3) % 7
    mean = rate[:, None] * WEEK[(np.arange(days) + offset) % 7] / WEEK.mean()
    return random.negative_binomial(3, 3 / (3 + mean)).astype(np.float64), mean


def tried(history, outlook, plan):
    """Trials of the combination's members on the origins of a plan."""
    blocks = [past_block(history, outlook, origins) for origins in plan.blocks]
    return combination_trials(history, outlook, blocks, plan.spans, what_came(history, outlook, 1))
