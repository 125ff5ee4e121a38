"""Forecasts as files, so that anyone can check the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.forecasting.case import JUDGED_LEVELS, Floats, Ints
from benchmarks.forecasting.trial import Trial

__all__ = ["write_forecast"]


def write_forecast(folder: Path, trial: Trial) -> None:
    """One parquet file of a trial: a line a series and step with the mean, the truth and the judged quantiles.

    Of lead times there are further lines, whose ``step`` is 0: ``lead_time`` steps from the origin on together.
    """
    if trial.answer is None:
        return
    case, answer = trial.case, trial.answer
    names = np.array(case.known.series, dtype=object)[answer.rows]
    actual, steps = case.actual[answer.rows], answer.mean.shape[1]
    single = _lines(names, np.arange(1, steps + 1), np.ones(steps, dtype=np.int64), answer.mean, actual)
    at = [case.levels.index(level) for level in JUDGED_LEVELS]
    parts = [single]
    if answer.quantile is not None and case.known.lead_times:
        days = np.array(case.known.lead_times)
        sums = [np.cumsum(values, axis=1)[:, days - 1] for values in (answer.mean, actual)]
        parts.append(_lines(names, np.zeros(days.size, dtype=np.int64), days, *sums))
    if answer.quantile is not None:
        for number, level in zip(at, JUDGED_LEVELS, strict=True):
            parts[-1][f"q_{level}"] = answer.quantile[:, :, number].ravel()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{case.suite}_{case.name}_{trial.method}.parquet"
    pd.concat(parts, ignore_index=True).to_parquet(file, compression="zstd", index=False)


def _lines(names: Any, steps: Ints, days: Ints, mean: Floats, actual: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unique_id": np.repeat(names, steps.size),
            "step": np.tile(steps, names.size),
            "lead_time": np.tile(days, names.size),
            "mean": mean.ravel(),
            "actual": actual.ravel(),
        }
    )
