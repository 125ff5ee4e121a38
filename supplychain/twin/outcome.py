"""What a batch of lives leaves behind, as arrays, and how batches are put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Outcome", "join"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Measured days only (the spin-up is dropped). Axes: L lives, N rows, K open stocking sites, D days.

    ``filled_share`` [L,N,D] share of a day's demand served from stock that day; ``queue_days`` [L,K,D] days that
    parcels of a day waited for capacity; ``stock_value`` [L,D] money; ``on_hand`` [L,N] mean units; ``stock_out``
    [L,N] days with zero on hand among the ``listed_days`` [L,N]; ``demanded`` and ``served`` [L,N] units; ``cycles``
    and ``cycles_short`` [L,N] replenishment cycles and those with a stock-out; ``wasted`` [L,N] units;
    ``ordered_value`` [L] money; ``order_lines``, ``transfer_units`` [L], of which ``rebalanced_units`` [L] went for
    ``rebalancing_freight`` [L] money; ``closing_stock`` [L,N] units at the end.
    """

    filled_share: npt.NDArray[np.float32]
    queue_days: Floats
    stock_value: Floats
    on_hand: Floats
    stock_out: Floats
    listed_days: Floats
    demanded: Floats
    served: Floats
    cycles: Floats
    cycles_short: Floats
    wasted: Floats
    ordered_value: Floats
    order_lines: Floats
    transfer_units: Floats
    rebalanced_units: Floats
    rebalancing_freight: Floats
    closing_stock: Floats


def join(parts: Sequence[Outcome]) -> Outcome:
    """Put batches of lives together along the first axis, in the order given."""
    names = [field.name for field in dataclasses.fields(Outcome)]
    return Outcome(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
