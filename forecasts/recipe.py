"""What was learnt from the past, row by row: enough to forecast from any later origin without learning again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.cold_start import Prior
from forecasts.profile import Profile
from forecasts.protocol import Floats

__all__ = ["Recipe"]

SHARED = (
    "method",
    "protection_days",
    "levels",
    "event_names",
    "candidates",
    "day_chance",
    "chance",
    "coverage",
    "boost_mean",
    "boost_spread",
)
"""Fields that are not one entry a row."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Result of ``fit`` for N rows, M candidates, P protection intervals, Q levels, E events.

    ``weights`` [N,M] sum to 1; ``miss`` [N,M] as in ``Forecast``; ``alpha`` [N] smoothing weight; ``weekday`` [N,7],
    ``uplift`` [N,E], ``price_effect`` and ``promo_effect`` [N], ``season`` [N,53] and ``month`` [N,31] are the profile;
    ``group_level`` [N] units a day for a row without observations; ``prior_...`` [N] are beliefs on new rows (see
    ``cold_start.Prior``); ``boost_weight`` [N] is how far the global model corrects a row (0
    to 1), ``boost_mean`` and ``boost_spread`` are its texts, empty where there is none; ``day_dispersion`` [N] and
    ``dispersion`` [N,P] are 1/k; ``own_error`` and ``own_weight`` [N,P] are those of ``own_error.OwnError``;
    ``chance`` [C,P,Q] and ``day_chance`` [C,Q] the recalibrated levels by class of the forecast rate; ``coverage``
    [P,Q] as in ``Forecast``. ``model`` and ``why`` [N] say what was chosen.
    """

    method: str
    protection_days: tuple[int, ...]
    levels: tuple[float, ...]
    event_names: tuple[str, ...]
    candidates: tuple[str, ...]
    weights: Floats
    miss: Floats
    alpha: Floats
    weekday: Floats
    uplift: Floats
    price_effect: Floats
    promo_effect: Floats
    season: Floats
    month: Floats
    group_level: Floats
    prior_level: Floats
    prior_days: Floats
    prior_dispersion: Floats
    boost_weight: Floats
    boost_mean: str
    boost_spread: str
    day_dispersion: Floats
    dispersion: Floats
    own_error: Floats
    own_weight: Floats
    day_chance: Floats
    chance: Floats
    coverage: Floats
    model: tuple[str, ...]
    why: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Number of rows N."""
        return int(self.weights.shape[0])

    @property
    def profile(self) -> Profile:
        """The factors that multiply the level."""
        return Profile(self.weekday, self.uplift, self.price_effect, self.promo_effect, self.season, self.month)

    @property
    def prior(self) -> Prior:
        """What is believed of new rows."""
        return Prior(self.prior_level, self.prior_days, self.prior_dispersion)

    def of(self, rows: slice) -> Recipe:
        """Some rows only."""
        return replace(self, **{name: getattr(self, name)[rows] for name in self._of_rows()})

    def tile(self, times: int) -> Recipe:
        """The same rows ``times`` times, one block after the other, to forecast many lives at once."""
        if times < 1:
            raise ValueError(f"times: {times}, must be at least 1")
        repeated: dict[str, Any] = {}
        for name in self._of_rows():
            value = getattr(self, name)
            if isinstance(value, tuple):
                repeated[name] = value * times
            else:
                repeated[name] = np.tile(value, (times,) + (1,) * (value.ndim - 1))
        return replace(self, **repeated)

    def _of_rows(self) -> list[str]:
        return [entry.name for entry in fields(self) if entry.name not in SHARED]

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Every field as an array without objects, ready for ``numpy.savez``."""
        return {entry.name: np.asarray(getattr(self, entry.name)) for entry in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Recipe:
        """Back from ``to_arrays``; raises ValueError naming missing fields."""
        missing = [entry.name for entry in fields(cls) if entry.name not in arrays]
        if missing:
            raise ValueError(f"recipe lacks {', '.join(missing)}: it was written by another version, fit again")
        texts = ("event_names", "candidates", "model", "why")
        values: dict[str, Any] = {entry.name: np.asarray(arrays[entry.name]) for entry in fields(cls)}
        for name in ("method", "boost_mean", "boost_spread"):
            values[name] = str(values[name])
        values["protection_days"] = tuple(int(days) for days in values["protection_days"])
        values["levels"] = tuple(float(level) for level in values["levels"])
        for name in texts:
            values[name] = tuple(str(text) for text in values[name])
        return cls(**values)
