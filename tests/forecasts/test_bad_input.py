"""Arrays and settings that do not fit are refused by name, all at once."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import forecasts

from .made_up import ask, inputs, weekly_demand


def test_shapes_are_named_all_at_once():
    history, outlook = inputs(np.ones((2, 50)))
    history = dataclasses.replace(history, promo=np.ones((2, 49)), group=np.zeros(3, dtype=np.int64))
    with pytest.raises(ValueError, match=r"history\.promo.*history\.group"):
        forecasts.fit(history, outlook, ask(2))


@pytest.mark.parametrize(("value", "message"), [(-1.0, "1 negative"), (np.inf, "infinite")])
def test_impossible_quantities_are_refused(value, message):
    quantity = np.ones((2, 50))
    quantity[1, 3] = value
    with pytest.raises(ValueError, match=message):
        forecasts.fit(*inputs(quantity), ask(2))


def test_events_must_reach_to_the_horizon():
    history, outlook = inputs(np.ones((2, 50)))
    outlook = dataclasses.replace(outlook, events=outlook.events[:, :, :60])
    with pytest.raises(ValueError, match=r"outlook\.events.*78"):
        forecasts.fit(history, outlook, ask(2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 0}, "horizon"),
        ({"protection_days": (14, 7)}, "protection_days"),
        ({"protection_days": (29,)}, "protection_days"),
        ({"levels": (0.5, 1.0)}, "levels"),
        ({"levels": ()}, "levels"),
        ({"service_level": np.array([0.9])}, "service_level"),
        ({"service_level": np.array([0.9, 1.0])}, "service_level"),
        ({"service_level": np.array([0.9, np.nan])}, "service_level"),
        ({"service_level": [0.9, 0.9]}, "service_level"),
        ({"levels": np.array([0.5, 0.9])}, "levels"),
        ({"levels": (np.nan,)}, "levels"),
        ({"protection_days": (7.5,)}, "protection_days"),
        ({"horizon": 28.0}, "horizon"),
        ({"seed": -1}, "seed"),
        ({"seed": None}, "seed"),
        ({"origins": 1.5}, "origins"),
        ({"origins": 0}, "origins"),
        ({"method": "oracle"}, "oracle.*auto"),
    ],
)
def test_settings_are_refused_by_name(change, message):
    history, outlook = inputs(np.ones((2, 50)))
    with pytest.raises(ValueError, match=message):
        forecasts.fit(history, outlook, dataclasses.replace(ask(2), **change))


def test_a_recipe_serves_only_what_it_was_fitted_for():
    quantity, _ = weekly_demand(3, 100)
    history, outlook = inputs(quantity)
    recipe = forecasts.fit(history, outlook, ask(3))
    with pytest.raises(ValueError, match="protection_days"):
        forecasts.predict(recipe, history, outlook, ask(3, protection_days=(7,)))
    with pytest.raises(ValueError, match="rows"):
        forecasts.predict(recipe.tile(2), history, outlook, ask(3))
    with pytest.raises(ValueError, match="times"):
        recipe.tile(0)
    arrays = recipe.to_arrays()
    del arrays["alpha"]
    with pytest.raises(ValueError, match="alpha"):
        forecasts.Recipe.from_arrays(arrays)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first_day": np.datetime64("NaT")}, "history.first_day"),
        ({"first_day": "2024-01-01"}, "history.first_day"),
        ({"quantity": [[1.0] * 50] * 2}, "history.quantity: a list"),
        ({"quantity": np.ones(50)}, "history.quantity: 1 dimensions"),
        ({"quantity": np.ones((2, 50), dtype=object)}, "history.quantity: of type object"),
        ({"quantity": np.full((2, 50), 1e300)}, "history.quantity: 1e.300"),
        ({"in_stock": np.ones((2, 50))}, "history.in_stock: of type float64"),
        ({"price_ratio": np.full((2, 50), np.inf)}, "history.price_ratio"),
        ({"price_ratio": np.full((2, 50), -1.0)}, "history.price_ratio"),
        ({"promo": np.full((2, 50), 7.0)}, "history.promo"),
        ({"promo": np.full((2, 50), np.nan)}, "history.promo"),
        ({"unit_value": np.array([1.0, np.nan])}, "history.unit_value"),
    ],
)
def test_histories_that_mean_nothing_are_refused_by_name(change, message):
    history, outlook = inputs(np.ones((2, 50)))
    with pytest.raises(ValueError, match=message):
        forecasts.fit(dataclasses.replace(history, **change), outlook, ask(2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"events": np.full((1, 1, 78), np.nan)}, "outlook.events: outside"),
        ({"events": np.full((1, 1, 78), 99.0)}, "outlook.events: outside"),
        ({"event_names": ("a", "a"), "events": np.zeros((1, 2, 78))}, "outlook.event_names"),
        ({"price_ratio": np.full((2, 28), np.nan)}, "outlook.price_ratio"),
    ],
)
def test_outlooks_that_mean_nothing_are_refused_by_name(change, message):
    history, outlook = inputs(np.ones((2, 50)), events=np.zeros((1, 1, 78)))
    with pytest.raises(ValueError, match=message):
        forecasts.fit(history, dataclasses.replace(outlook, **change), ask(2))
