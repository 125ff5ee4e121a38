"""Figures of an answer, computed from the forecast alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.forecasting.case import JUDGED_LEVELS, Answer, Case, Floats
from forecasts import metrics

__all__ = ["figures"]


def figures(case: Case, answer: Answer, seed: int) -> Iterator[tuple[str, str, float]]:
    """Instance, metric and value of every measure of the case that the answer can be judged by.

    Over the series of ``answer.rows``. Percentages where the name ends so, shares and ratios elsewhere. The error of
    the integral transform has a sign, so that it can be averaged over origins.
    """
    for metric in case.metrics:
        if metric in _OF_MEAN:
            for label in case.labels:
                yield label, metric, _OF_MEAN[metric](case, answer)
    if answer.quantile is not None and "scaled_pinball" in case.metrics:
        yield from _spread(case, answer, answer.quantile, seed)
    if answer.quantile is not None and case.sold is not None:
        for label in case.labels:
            yield label, "lost_sales_error_pct", _lost_sales_error(case, answer, answer.quantile)


def _wrmsse(case: Case, answer: Answer) -> float:
    rows = answer.rows
    return metrics.wrmsse(case.actual[rows], answer.mean, case.known.quantity[rows], case.known.value[rows])


def _rmsse(case: Case, answer: Answer) -> float:
    error = metrics.rmsse(case.actual[answer.rows], answer.mean, case.known.quantity[answer.rows])
    return float(np.nanmean(error))


def _owa(case: Case, answer: Answer) -> float:
    rows = answer.rows
    naive2, history = case.published["naive2"][rows], case.known.quantity[rows]
    return metrics.owa(case.actual[rows], answer.mean, naive2, history, case.score_season)


def _mase(case: Case, answer: Answer) -> float:
    history = case.known.quantity[answer.rows]
    return float(np.nanmean(metrics.mase(case.actual[answer.rows], answer.mean, history, case.score_season)))


_OF_MEAN: dict[str, Callable[[Case, Answer], float]] = {
    "wrmsse": _wrmsse,
    "rmsse": _rmsse,
    "owa": _owa,
    "mase": _mase,
    "smape": lambda case, answer: float(np.nanmean(metrics.smape(case.actual[answer.rows], answer.mean))),
    "wape": lambda case, answer: metrics.wape(case.actual[answer.rows], answer.mean),
    "rmspe": lambda case, answer: metrics.rmspe(case.actual[answer.rows], answer.mean),
    "bias_pct": lambda case, answer: 100.0 * metrics.bias(case.actual[answer.rows], answer.mean),
}


def _spread(case: Case, answer: Answer, quantile: Floats, seed: int) -> Iterator[tuple[str, str, float]]:
    """Of single steps, or of the sum over each lead time in the row of that lead time."""
    actual, history = case.actual[answer.rows], case.known.quantity[answer.rows]
    if not case.known.lead_times:
        scale = np.broadcast_to(metrics.sum_scale(history, 1)[:, None], actual.shape)
        for label in case.labels:
            yield from ((label, *figure) for figure in _judged(case, actual, quantile, scale, seed))
        return
    for number, (days, label) in enumerate(zip(case.known.lead_times, case.labels, strict=True)):
        total, scale = actual[:, :days].sum(axis=1), metrics.sum_scale(history, days)
        found = _judged(case, total[:, None], quantile[:, number : number + 1], scale[:, None], seed)
        yield from ((label, *figure) for figure in found)


def _judged(case: Case, actual: Floats, quantile: Floats, scale: Floats, seed: int) -> Iterator[tuple[str, float]]:
    levels = np.asarray(case.levels)
    at = [case.levels.index(level) for level in JUDGED_LEVELS]
    judged = quantile[..., at]
    yield "scaled_pinball", metrics.scaled_pinball(actual, judged, levels[at], scale)
    draw = np.random.default_rng(seed).uniform(size=actual.shape)
    transformed = metrics.pit_of_quantiles(actual, quantile, levels, draw)
    known = transformed[np.isfinite(transformed)]
    for level, share in zip(JUDGED_LEVELS, metrics.coverage(actual, judged), strict=True):
        yield f"coverage_{level}", float(share)
        yield f"pit_error_{level}", float(np.mean(known <= level) - level)


def _lost_sales_error(case: Case, answer: Answer, quantile: Floats) -> float:
    """Lost sales by the forecast less the true ones, in percent of these.

    On a day that ended with an empty shelf the estimate is the forecast's mean of demand at or above what was sold.
    """
    if case.sold is None:
        raise ValueError(f"{case.suite} {case.name}: no stock path, so no lost sales")
    sold = case.sold[answer.rows]
    levels = np.asarray(case.levels)
    weight = np.diff(np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]]))
    weight = weight * (quantile >= sold[..., None])
    mass = weight.sum(axis=-1)
    demand = np.divide((weight * quantile).sum(axis=-1), mass, out=sold.copy(), where=mass > 0)
    true = np.nansum(case.actual[answer.rows] - sold)
    return float(100.0 * (np.nansum(demand - sold) - true) / true)
