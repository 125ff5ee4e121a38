from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from supplychain.domain.fulfilment import build_fulfilment
from supplychain.domain.sourcing import build_sourcing
from supplychain.handover.forecast_plan import forecast_table
from supplychain.plans.forecast_table import ForecastTable
from supplychain.plans.judge.forecast import judge_forecast
from tests.domain.test_fulfilment import CONSTANTS
from tests.replenishment.small_world import AS_OF, data_set, forecast

DATASET = data_set(constants=CONSTANTS)
SOURCING = build_sourcing(DATASET, build_fulfilment(DATASET))
PLAIN = forecast(np.linspace(0.5, 9.0, SOURCING.rows), horizon=60)
TABLE = forecast_table(DATASET, SOURCING, PLAIN)

Frames = dict[str, pd.DataFrame]
Corruption = Callable[[Frames, np.random.Generator], None]


def some(frame: pd.DataFrame, random: np.random.Generator) -> int:
    return int(random.integers(len(frame)))


def put(table: str, column: str, value: object) -> Corruption:
    """One random cell becomes ``value`` (a function gets what was there)."""

    def corrupt(frames: Frames, random: np.random.Generator) -> None:
        frame = frames[table]
        row = some(frame, random)
        new = value(frame[column].iloc[row]) if callable(value) else value
        if isinstance(new, float) and pd.api.types.is_integer_dtype(frame[column].dtype):
            frame[column] = frame[column].astype(float)
        frame.iloc[row, frame.columns.get_loc(column)] = new

    return corrupt


def drop(table: str) -> Corruption:
    def corrupt(frames: Frames, random: np.random.Generator) -> None:
        frames[table] = frames[table].drop(index=some(frames[table], random)).reset_index(drop=True)

    return corrupt


def twice(table: str) -> Corruption:
    def corrupt(frames: Frames, random: np.random.Generator) -> None:
        row = some(frames[table], random)
        frames[table] = pd.concat([frames[table], frames[table].iloc[[row]]], ignore_index=True)

    return corrupt


def drop_row(table: str) -> Corruption:
    """A whole (item, site) is gone."""

    def corrupt(frames: Frames, random: np.random.Generator) -> None:
        frame = frames[table]
        key = frame.iloc[some(frame, random)]
        gone = (frame["item_id"] == key["item_id"]) & (frame["site_id"] == key["site_id"])
        frames[table] = frame[~gone].reset_index(drop=True)

    return corrupt


def rename(table: str, column: str, value: str) -> Corruption:
    def corrupt(frames: Frames, random: np.random.Generator) -> None:
        frame = frames[table]
        was = frame[column].iloc[some(frame, random)]
        frames[table] = frame.assign(**{column: frame[column].where(frame[column] != was, value)})

    return corrupt


def shift_dates(frames: Frames, random: np.random.Generator) -> None:
    daily = frames["forecast"]
    daily["date"] = daily["date"] + pd.Timedelta(days=int(random.integers(1, 4)))


def early_dates(frames: Frames, random: np.random.Generator) -> None:
    daily = frames["forecast"]
    daily["date"] = daily["date"] - pd.Timedelta(days=1)


def swap_quantiles(frames: Frames, random: np.random.Generator) -> None:
    frame = frames["forecast_quantiles"]
    last = frame.index[frame["level"] == max(frame["level"])]
    row = int(random.choice(last))
    frame.loc[[row - 3, row], "quantile"] = [frame.loc[row, "quantile"] + 5, frame.loc[row - 3, "quantile"]]


def scale_means(frames: Frames, random: np.random.Generator) -> None:
    frames["forecast"]["mean"] *= 1.01


def cut_horizon(frames: Frames, random: np.random.Generator) -> None:
    daily = frames["forecast"]
    frames["forecast"] = daily[daily["date"] < daily["date"].min() + pd.Timedelta(days=10)].reset_index(drop=True)


CORRUPTIONS: dict[str, tuple[Corruption, str]] = {
    "mean negative": (put("forecast", "mean", -1.0), "mean"),
    "mean no number": (put("forecast", "mean", np.nan), "mean"),
    "mean infinite": (put("forecast", "mean", np.inf), "mean"),
    "mean off by a unit": (put("forecast", "mean", lambda was: was + 1.0), "expected"),
    "all means off by 1 %": (scale_means, "expected"),
    "variance negative": (put("forecast", "variance", -0.1), "variance"),
    "variance no number": (put("forecast", "variance", np.nan), "variance"),
    "a day is missing": (drop("forecast"), "date"),
    "a day comes twice": (twice("forecast"), "date"),
    "days start late": (shift_dates, "date"),
    "days start on the planning day": (early_dates, "date"),
    "horizon shorter than the intervals": (cut_horizon, "expected"),
    "a row has no days": (drop_row("forecast"), "daily.item_id"),
    "a row has no model": (drop_row("forecast_models"), "models.item_id"),
    "a row has no quantiles": (drop_row("forecast_quantiles"), "quantiles.item_id"),
    "unknown item": (rename("forecast", "item_id", "ghost"), "daily.item_id"),
    "unknown site": (rename("forecast_models", "site_id", "NEW"), "models.item_id"),
    "unlisted site": (rename("forecast_quantiles", "site_id", "Z1"), "quantiles.item_id"),
    "two models": (twice("forecast_models"), "models"),
    "no model named": (put("forecast_models", "model", ""), "model"),
    "model missing": (put("forecast_models", "model", None), "model"),
    "quantile negative": (put("forecast_quantiles", "quantile", -3.0), "quantile"),
    "quantile no number": (put("forecast_quantiles", "quantile", np.nan), "quantile"),
    "quantiles cross": (swap_quantiles, "quantile"),
    "a level is missing": (drop("forecast_quantiles"), "level"),
    "a level comes twice": (twice("forecast_quantiles"), "level"),
    "level 1": (put("forecast_quantiles", "level", 1.0), "level"),
    "level 0": (put("forecast_quantiles", "level", 0.0), "level"),
    "expected differs": (put("forecast_quantiles", "expected", lambda was: was + 0.5), "expected"),
    "expected no number": (put("forecast_quantiles", "expected", np.nan), "expected"),
    "size zero": (put("forecast_quantiles", "size", 0.0), "size"),
    "size no number": (put("forecast_quantiles", "size", np.nan), "size"),
    "coverage above one": (put("forecast_coverage", "covered", 1.2), "covered"),
    "coverage negative": (put("forecast_coverage", "covered", -0.1), "covered"),
    "coverage line missing": (drop("forecast_coverage"), "coverage"),
    "coverage of another interval": (put("forecast_coverage", "protection_days", 5), "coverage"),
}


def test_a_clean_forecast_passes():
    assert judge_forecast(DATASET, TABLE, as_of=AS_OF) == ()


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_corruption_is_caught(name: str, seed: int):
    corrupt, field = CORRUPTIONS[name]
    frames = {key: frame.copy() for key, frame in TABLE.to_tables().items()}
    corrupt(frames, np.random.default_rng(seed))
    found = judge_forecast(DATASET, ForecastTable.from_tables(frames), as_of=AS_OF)
    assert field in {violation.field for violation in found}, [str(violation) for violation in found]
    assert all(violation.plan == "forecast" for violation in found)


def test_another_planning_day_is_caught():
    assert judge_forecast(DATASET, TABLE, as_of=AS_OF + timedelta(days=1))


def test_a_row_that_is_no_longer_listed_is_caught():
    closed = replace(DATASET, sites={**DATASET.sites, "FW1": replace(DATASET.sites["FW1"], status="closed")})
    found = judge_forecast(closed, TABLE, as_of=AS_OF)
    assert {violation.rule for violation in found} == {"forecast for a row that is not listed at an open site"}


def test_an_empty_forecast_is_caught():
    frames = {name: frame.iloc[:0] for name, frame in TABLE.to_tables().items()}
    found = judge_forecast(DATASET, ForecastTable.from_tables(frames), as_of=AS_OF)
    assert len(found) == 3 * SOURCING.rows


def test_one_violation_for_one_fault():
    frames = {key: frame.copy() for key, frame in TABLE.to_tables().items()}
    frames["forecast_coverage"].loc[0, "covered"] = 7.0
    found = judge_forecast(DATASET, ForecastTable.from_tables(frames), as_of=AS_OF)
    assert len(found) == 1
    assert "7.0" in str(found[0])


def test_coverage_may_be_unknown():
    frames = {key: frame.copy() for key, frame in TABLE.to_tables().items()}
    frames["forecast_coverage"]["covered"] = np.nan
    assert judge_forecast(DATASET, ForecastTable.from_tables(frames), as_of=AS_OF) == ()
