"""Fits a few named constants so that today's policy on today's network shows today's troubles in the closed loop.

Two knobs of today's rule meet stock days and stock-outs; three of the delivery clock meet the days of three tiers; two
of the last mile meet the cost share of tier-1 cities and remote places; one spread meets the late rate of normal times.
As many knobs as targets prove nothing by themselves: ``checks`` lists what was not fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from supplychain.pipeline.prepare import House, furnish, prepare
from supplychain.pipeline.steps import Forecasted
from supplychain.scenario import load_scenario
from supplychain.tables import Tables
from supplychain.twin.outcome import Outcome
from supplychain.twin.score import interval, score_lives
from supplychain.twin.simulate import life_inputs, run_lives

__all__ = ["FITTED", "Calibration", "Fit", "calibrate", "write_calibration"]


@dataclass(frozen=True, slots=True)
class Fit:
    """A constant, the figure it is fitted to, and the constant that holds the target."""

    constant: str
    figure: str
    target: str
    low: float
    high: float


FITTED = (
    Fit("today_max_cover_days", "stock_days", "target_stock_days", 20.0, 240.0),
    Fit("today_min_cover_days", "stockout_rate", "target_stockout_rate", 1.0, 90.0),
    Fit("processing_days", "days.tier1_city", "target_delivery_days_tier1", 0.05, 3.0),
    Fit("county_run_interval_days", "days.county_town", "target_delivery_days_county", 0.05, 8.0),
    Fit("rural_run_interval_days", "days.rural", "target_delivery_days_rural", 0.05, 14.0),
    Fit("last_mile_cost_per_parcel_tier1_city", "cost_share.tier1_city", "target_cost_share_tier1", 0.5, 80.0),
    Fit("remote_surcharge_share", "cost_share.remote", "target_cost_share_remote", 0.0, 20.0),
    Fit("delivery_days_cv", "late_rate", "target_late_rate_normal", 0.02, 0.9),
)
"""What is fitted, in the order in which one figure depends on another."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """``fitted``: constant, value, figure, reached, target. ``checks``: figure, value: what was not fitted."""

    fitted: pd.DataFrame
    checks: pd.DataFrame


@dataclass
class _Bench:
    """Today's scenario on the data set, with constants that can be turned."""

    tables: Tables
    scenario: str
    lives: list[int]
    executor: Executor | None
    workers: int
    forecasted: Callable[[House], Forecasted]
    cached: tuple[tuple[float, float], House, Outcome] | None = None

    def figures(self, values: Mapping[str, float]) -> dict[str, float]:
        """Key figures of the closed loop under these constants; stock is lived anew only when its knobs move."""
        scenario = load_scenario(self.scenario)
        frame = self.tables.frames["constants"].copy()
        frame["value"] = [values.get(name, value) for name, value in zip(frame["name"], frame["value"], strict=True)]
        prepared = prepare(self.tables.replace_frame("constants", frame), scenario)
        house = furnish(prepared, prepared.dataset, {})
        inputs = life_inputs(house, self.forecasted(house))
        stock_knobs = (values["today_min_cover_days"], values["today_max_cover_days"])
        if self.cached is None or self.cached[0] != stock_knobs:
            outcome = run_lives(inputs, self.lives, executor=self.executor, workers=self.workers)
            self.cached = (stock_knobs, house, outcome)
        lives = score_lives(house.dataset, house.sourcing, inputs.world, self.cached[2], seed=inputs.seed)
        figures = interval(lives)
        return {str(name): float(mean) for name, mean in zip(figures["figure"], figures["mean"], strict=True)}


def calibrate(
    tables: Tables, forecasted: Callable[[House], Forecasted], *, scenario: str = "baseline", lives: int = 4,
    rounds: int = 3, tolerance: float = 0.004, executor: Executor | None = None, workers: int = 1,
) -> Calibration:  # fmt: skip
    """Turn one constant after the other until its figure meets its target, for some rounds.

    ``tolerance`` is relative. Each turn is a bisection by secant steps inside the constant's range; a figure that a
    range cannot reach stays at the nearer end, and the table shows it.
    """
    bench = _Bench(tables, scenario, list(range(lives)), executor, workers, forecasted)
    known = dict(zip(tables.frames["constants"]["name"], tables.frames["constants"]["value"], strict=True))
    values = {fit.constant: float(known[fit.constant]) for fit in FITTED}
    for _ in range(rounds):
        for fit in FITTED:
            values[fit.constant] = _solve(bench, values, fit, target=float(known[fit.target]), tolerance=tolerance)
        figures = bench.figures(values)
        if all(_near(figures[fit.figure], float(known[fit.target]), tolerance) for fit in FITTED):
            break
    figures = bench.figures(values)
    fitted = pd.DataFrame(
        [[f.constant, values[f.constant], f.figure, figures[f.figure], float(known[f.target])] for f in FITTED],
        columns=["constant", "value", "figure", "reached", "target"],
    )
    rest = {name: value for name, value in figures.items() if name not in {fit.figure for fit in FITTED}}
    return Calibration(fitted, pd.DataFrame({"figure": list(rest), "value": list(rest.values())}))


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write the fitted constants as ``calibrated.csv`` of a data set."""
    frame = calibration.fitted
    lines = ["name,value,fitted"]
    lines += [f"{name},{value:.6g},yes" for name, value in zip(frame["constant"], frame["value"], strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _solve(bench: _Bench, values: dict[str, float], fit: Fit, *, target: float, tolerance: float) -> float:
    """Illinois false position on one constant; the ends of its range are the first bracket."""

    def gap(x: float) -> float:
        return bench.figures({**values, fit.constant: x})[fit.figure] - target

    x = values[fit.constant]
    if _near(gap(x) + target, target, tolerance):
        return x
    low, high = fit.low, fit.high
    at_low, at_high = gap(low), gap(high)
    if at_low * at_high > 0:
        return low if abs(at_low) < abs(at_high) else high
    for _ in range(12):
        x = (low * at_high - high * at_low) / (at_high - at_low)
        at = gap(x)
        if _near(at + target, target, tolerance):
            break
        if at * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = x, at
    return float(f"{x:.6g}")


def _near(value: float, target: float, tolerance: float) -> bool:
    return abs(value - target) <= tolerance * abs(target)
