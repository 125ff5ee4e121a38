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

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.handover.forecast_plan import forecast_table
from supplychain.handover.forecasting import fit, forecast_inputs, predict
from supplychain.pipeline.prepare import House, furnish, prepare
from supplychain.pipeline.steps import Forecasted
from supplychain.scenario import Scenario
from supplychain.tables import Tables
from supplychain.twin.outcome import Outcome
from supplychain.twin.score import interval, score_lives
from supplychain.twin.simulate import life_inputs, run_lives

Floats = npt.NDArray[np.float64]

__all__ = ["FITTED", "Calibration", "Fit", "calibrate", "write_calibration"]


_SCALES, _STEPS = (1.0, 0.5, 0.25, 0.125), 10  # starts of the fit of both covers, and steps from each


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
    """``fitted``: constant, value, figure, reached, target.

    ``checks``: figure, value, target: what was not fitted, against the company's figure where it has one.
    """

    fitted: pd.DataFrame
    checks: pd.DataFrame


@dataclass
class _Bench:
    """Today's scenario on the data set, with constants that can be turned."""

    tables: Tables
    scenario: Scenario
    lives: list[int]
    executor: Executor | None
    workers: int
    forecasted: Forecasted | None = None
    cached: tuple[tuple[float, float], House, Outcome] | None = None

    def figures(self, values: Mapping[str, float], *, scenario: Scenario | None = None) -> dict[str, float]:
        """Key figures of the closed loop under these constants; stock is lived anew only when its knobs move."""
        frame = self.tables.frames["constants"].copy()
        frame["value"] = [values.get(name, value) for name, value in zip(frame["name"], frame["value"], strict=True)]
        prepared = prepare(self.tables.replace_frame("constants", frame), scenario or self.scenario)
        house = furnish(prepared, prepared.dataset, {})
        if self.forecasted is None:
            self.forecasted = _plain_forecast(house)
        inputs = life_inputs(house, self.forecasted)
        stock_knobs = (values["today_min_cover_days"], values["today_max_cover_days"])
        if self.cached is None or self.cached[0] != stock_knobs or scenario is not None:
            outcome = run_lives(inputs, self.lives, executor=self.executor, workers=self.workers)
            self.cached = (stock_knobs, house, outcome)
        lives = score_lives(house.dataset, house.sourcing, inputs.world, self.cached[2], seed=inputs.seed)
        figures = interval(lives)
        return {str(name): float(mean) for name, mean in zip(figures["figure"], figures["mean"], strict=True)}


def calibrate(
    tables: Tables, scenario: Scenario, *, crisis: Scenario | None = None, lives: int = 10, rounds: int = 4,
    tolerance: float = 0.006, executor: Executor | None = None, workers: int = 1,
    tell: Callable[[str], None] | None = None,
) -> Calibration:  # fmt: skip
    """Turn one constant after the other until its figure meets its target under ``scenario``, for some rounds.

    ``crisis`` is a capacity crisis under the same rule, whose late rate is compared, not fitted.
    ``tolerance`` is relative. Each turn is a bisection by secant steps inside the constant's range; a figure that a
    range cannot reach stays at the nearer end, and the table shows it.
    """
    bench = _Bench(tables, scenario, list(range(lives)), executor, workers)
    known = dict(zip(tables.frames["constants"]["name"], tables.frames["constants"]["value"], strict=True))
    values = {knob.constant: float(known[knob.constant]) for knob in FITTED}
    for _ in range(rounds):
        _solve_cover(bench, values, known, tolerance=tolerance)
        if tell is not None:
            tell(f"cover {values['today_min_cover_days']:.6g} to {values['today_max_cover_days']:.6g} days")
        for knob in FITTED[2:]:
            target = float(known[knob.target])
            values[knob.constant] = _solve(bench, values, knob, target=target, tolerance=tolerance)
            if tell is not None:
                tell(f"{knob.constant} = {values[knob.constant]:.6g} for {knob.figure}")
        figures = bench.figures(values)
        if all(_near(figures[knob.figure], float(known[knob.target]), tolerance) for knob in FITTED):
            break
    figures = bench.figures(values)
    fitted = pd.DataFrame(
        [[f.constant, values[f.constant], f.figure, figures[f.figure], float(known[f.target])] for f in FITTED],
        columns=["constant", "value", "figure", "reached", "target"],
    )
    checks = _checks(bench, values, figures, known=known, crisis=crisis)
    return Calibration(fitted, checks)


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write the fitted constants as ``calibrated.csv`` of a data set."""
    frame = calibration.fitted
    lines = ["name,value,fitted"]
    lines += [f"{name},{value:.6g},yes" for name, value in zip(frame["constant"], frame["value"], strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _checks(
    bench: _Bench,
    values: Mapping[str, float],
    figures: Mapping[str, float],
    *,
    known: Mapping[str, float],
    crisis: Scenario | None,
) -> pd.DataFrame:
    """What the fitted constants were not fitted to: the other figures of today, returns, and a capacity crisis."""
    seen = {knob.figure for knob in FITTED}
    rows = [[name, value, np.nan] for name, value in figures.items() if name not in seen]
    rows.append(["return rate by value sold", _return_rate(bench), float(known["target_return_rate"])])
    if crisis is not None:
        worst = "late_rate.worst_week"
        late = bench.figures(values, scenario=crisis)[worst]
        rows.append([f"{worst} in {crisis.name}", late, float(known["target_late_rate_crisis"])])
    rows.append(["stock_days of the best", np.nan, float(known["target_best_stock_days"])])
    return pd.DataFrame(rows, columns=["figure", "value", "target"])


def _return_rate(bench: _Bench) -> float:
    assert bench.cached is not None
    dataset = bench.cached[1].dataset
    demand = dataset.demand
    items = [dataset.items[item_id] for item_id in demand.item_ids]
    price = np.array([dataset.to_base(item.price, item.currency) for item in items])
    rate = np.array([item.return_rate for item in items])
    value = np.bincount(demand.item, weights=np.nan_to_num(demand.quantity), minlength=len(items)) * price
    return float((value * rate).sum() / value.sum())


def _solve_cover(bench: _Bench, values: dict[str, float], known: Mapping[str, float], *, tolerance: float) -> None:
    """Both covers of today's rule at once, since each moves both figures: Broyden's method on their logarithms.

    Broyden (1965), with the first Jacobian by differences and steps of at most a third. Figures of few lives are not
    smooth: where it ends too far off, it starts again from the best point with half the differences and steps.
    """
    pair = FITTED[:2]
    target = np.array([float(known[knob.target]) for knob in pair])
    low, high = (np.log([getattr(knob, end) for knob in pair]) for end in ("low", "high"))

    def miss(point: Floats) -> Floats:
        turned = {**values, **{knob.constant: float(np.exp(x)) for knob, x in zip(pair, point, strict=True)}}
        figures = bench.figures(turned)
        ratio: Floats = np.array([figures[knob.figure] for knob in pair]) / target
        return np.asarray(np.log(ratio), dtype=np.float64)

    best = np.log(np.array([values[knob.constant] for knob in pair]))
    best_off = miss(best)
    for scale in _SCALES:
        point, off = best, best_off
        if np.all(np.abs(off) <= tolerance):
            break
        nudge = 0.1 * scale
        jacobian = np.column_stack([(miss(point + nudge * axis) - off) / nudge for axis in np.eye(2)])
        for _ in range(_STEPS):
            step = np.clip(-np.linalg.lstsq(jacobian, off, rcond=None)[0], -0.3 * scale, 0.3 * scale)
            point = np.clip(point + step, low, high)
            now = miss(point)
            jacobian += np.outer(now - off - jacobian @ step, step) / max(float(step @ step), 1e-12)
            off = now
            if np.abs(off).max() < np.abs(best_off).max():
                best, best_off = point, off
            if np.all(np.abs(off) <= tolerance):
                break
    values.update({knob.constant: float(f"{np.exp(x):.6g}") for knob, x in zip(pair, best, strict=True)})


def _plain_forecast(house: House) -> Forecasted:
    """Today's rule reads sales, not forecasts: the cheapest forecast will do."""
    settings = house.settings.forecast
    inputs = forecast_inputs(
        house.dataset,
        house.sourcing,
        horizon=settings.horizon_days,
        levels=settings.levels,
        origins=settings.origins,
        method="window_average",
        service_level=np.full(house.terms.rows, 0.95),
        seed=house.settings.seed,
        holidays=(),
    )
    recipe = fit(inputs.history, inputs.outlook, inputs.request)
    forecast = predict(recipe, inputs.history, inputs.outlook, inputs.request)
    return Forecasted(inputs, recipe, forecast, forecast_table(house.dataset, house.sourcing, forecast))


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
