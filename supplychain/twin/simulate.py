"""The closed loop as a step of a run: set up the world, live, score."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import Lane
from supplychain.handover.parents import feeding_lane
from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.causes import EVERY_TABLE, causes
from supplychain.pipeline.prepare import House
from supplychain.pipeline.steps import Forecasted, tonight
from supplychain.store import StepResult
from supplychain.twin.life import LifeInputs, live
from supplychain.twin.outcome import Outcome, join
from supplychain.twin.outlook import build_outlooks
from supplychain.twin.score import interval, score_lives, score_rows
from supplychain.twin.world import World, build_world

__all__ = ["life_inputs", "run_lives", "simulate_step"]

Floats = npt.NDArray[np.float64]

_FIRST_WEEKS_DAYS = 56


@dataclass(frozen=True, slots=True)
class _Score:
    lives: pd.DataFrame
    rows: pd.DataFrame
    daily: pd.DataFrame


def simulate_step(
    cache: StepCache, house: House, forecasted: Forecasted, *, executor: Executor | None, workers: int,
    tell: Callable[[int], None] | None = None,
) -> StepResult:  # fmt: skip
    """Live through the actuals; tables lives, figures (mean and interval), rows and daily."""
    inputs = life_inputs(house, forecasted)
    numbers = list(range(house.settings.twin.replications))

    def make(key: str) -> StepResult:
        outcome = run_lives(inputs, numbers, executor=executor, workers=workers, tell=tell)
        score = _score(house, inputs, outcome)
        tables = {"lives": score.lives, "figures": interval(score.lives), "rows": score.rows, "daily": score.daily}
        meta = {"days": inputs.world.days - inputs.world.spin_up, "spin_up": inputs.world.spin_up}
        return StepResult("simulate", key, tables, meta=meta)

    parts = {
        "world": inputs.world,
        "delivery constants": _delivery_constants(house),
        "terms": replace(inputs.terms, index={}),
        "past": inputs.past,
        "outlook": inputs.outlooks,
        "forecast": inputs.recipe.to_arrays(),
        "stock and orders": [inputs.opening, inputs.opening_limit, inputs.launch_daily_sales],
        "settings.replenish": house.settings.replenish,
        "settings.twin": house.settings.twin,
        "zones and items": [list(house.dataset.zones), list(house.dataset.items.values())],
        "returns": [inputs.return_rate, inputs.return_days],
        "seed": inputs.seed,
    }
    behind = causes(
        house.dataset,
        house.settings,
        sections=("replenish", "twin", "seed"),
        tables=EVERY_TABLE,
        scenario=house.scenario,
    )
    return cache.step("simulate", parts, make, causes=behind)


def life_inputs(house: House, forecasted: Forecasted) -> LifeInputs:
    """Everything that a life needs, from the data set and the forecast's recipe."""
    dataset, settings, sourcing = house.dataset, house.settings, house.sourcing
    past = forecasted.inputs.history
    world = build_world(
        dataset,
        sourcing,
        house.fulfilment,
        spin_up_days=settings.twin.spin_up_days,
        days=settings.twin.days,
        changes=house.scenario.world,
        seed=settings.seed,
        history=(past.quantity, past.in_stock),
        feeding=_feeding_lanes(house),
    )
    outlooks = build_outlooks(
        dataset, sourcing, forecasted.inputs, changes=house.scenario.outlook, days=world.days - world.spin_up
    )
    return LifeInputs(
        world=world,
        terms=house.terms,
        past=past,
        outlooks=outlooks,
        recipe=forecasted.recipe,
        opening=tonight(house, forecasted.inputs),
        replenish=settings.replenish,
        twin=settings.twin,
        seed=settings.seed,
        return_rate=np.array([dataset.items[i].return_rate for i in house.terms.item_ids])
        * dataset.constant("resale_share_of_returns"),
        return_days=int(dataset.constant("return_days")),
        opening_limit=_opening_limit(house, world),
        launch_daily_sales=_launch_sales(world),
    )


def run_lives(
    inputs: LifeInputs, numbers: list[int], *, executor: Executor | None, workers: int,
    tell: Callable[[int], None] | None = None,
) -> Outcome:  # fmt: skip
    """Live ``numbers``, in as many batches as there are workers; the same outcome for any number of them."""
    if executor is None or workers < 2 or len(numbers) < 2:
        return live(inputs, numbers, tell=tell)
    count = min(workers, len(numbers))
    batches = [part.tolist() for part in np.array_split(np.array(numbers), count)]
    tasks = [executor.submit(live, inputs, batch) for batch in batches]
    return join([task.result() for task in tasks])


def _score(house: House, inputs: LifeInputs, outcome: Outcome) -> _Score:
    dataset, sourcing, world = house.dataset, house.sourcing, inputs.world
    lives = score_lives(dataset, sourcing, world, outcome, seed=inputs.seed)
    rows = score_rows(dataset, sourcing, outcome)
    measured = world.demand[:, world.spin_up :]
    filled = outcome.filled_share.mean(axis=0)
    daily = pd.DataFrame(
        {
            "date": np.datetime64(dataset.as_of, "s")
            + np.arange(1, measured.shape[1] + 1) * np.timedelta64(86400, "s"),
            "stock_value": outcome.stock_value.mean(axis=0),
            "demand_units": measured.sum(axis=0),
            "served_units": (measured * filled).sum(axis=0),
            "queue_days": outcome.queue_days.max(axis=1).mean(axis=0),
        }
    )
    return _Score(lives, rows, daily)


def _feeding_lanes(house: House) -> list[Lane | None]:
    """The lane on which transfers come to each row; None for rows that suppliers feed."""
    terms = house.terms
    return [
        feeding_lane(house.dataset, terms.site_ids[origin], terms.site_ids[row]) if origin >= 0 else None
        for row, origin in enumerate(terms.origin_row)
    ]


def _opening_limit(house: House, world: World) -> Floats:
    """Today's largest cover at the demand of the first weeks; no limit where the lives start from today's stock."""
    if world.spin_up == 0:
        return np.full(house.terms.rows, np.inf)
    cover = house.settings.replenish.today.max_days
    days = np.array([cover.A, cover.B, cover.C])[house.terms.class_index]
    first_weeks = world.demand[:, : min(world.spin_up, _FIRST_WEEKS_DAYS)]
    return np.asarray(np.ceil(days * first_weeks.mean(axis=1)), dtype=np.float64)


def _launch_sales(world: World) -> Floats:
    """Mean demand of the first weeks in which a row sells: what its launch was planned with."""
    first = np.argmax(world.demand > 0, axis=1)
    weeks = first[:, None] + np.arange(_FIRST_WEEKS_DAYS)[None, :]
    inside = weeks < world.days
    units = np.take_along_axis(world.demand, np.minimum(weeks, world.days - 1), axis=1) * inside
    return np.asarray(units.sum(axis=1) / np.maximum(inside.sum(axis=1), 1), dtype=np.float64)


def _delivery_constants(house: House) -> list[float]:
    names = sorted(name for name in house.dataset.constants if name.startswith("promise_days_"))
    return [house.dataset.constant(name) for name in (*names, "delivery_days_cv")]
