"""What is simulated: how SKUs are stocked, what rules them, and where their demand comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.simulation.kernels import LARGEST

__all__ = ["DemandTables", "Levels", "StockedItems"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TABLE_SIZE = 256  # equally likely values of a demand table


@dataclass(frozen=True, slots=True)
class Levels:
    """An (s,S) rule for each of N SKUs; all whole units [N].

    At a review, when the inventory position (on hand, on order, less backlog) is at or below ``reorder_level``, the
    difference to ``order_up_to``, at least ``minimum_quantity``, is ordered in whole packs (rounded up).
    """

    reorder_level: Ints
    order_up_to: Ints
    pack: Ints
    minimum_quantity: Ints

    @classmethod
    def of(
        cls,
        reorder_level: npt.ArrayLike,
        order_up_to: npt.ArrayLike,
        *,
        pack: npt.ArrayLike = 1,
        minimum_quantity: npt.ArrayLike = 1,
    ) -> Levels:
        """An (s,S) rule; scalars are spread. Raises ValueError, listing everything that is wrong."""
        names = ("reorder_level", "order_up_to", "pack", "minimum_quantity")
        given = (reorder_level, order_up_to, pack, minimum_quantity)
        count = max((np.asarray(value).shape[0] for value in given if np.asarray(value).ndim == 1), default=1)
        faults: list[str] = []
        columns = [_whole(name, value, count, faults) for name, value in zip(names, given, strict=True)]
        if not faults:
            low, up_to, packs, minimum = columns
            faults += _outside("reorder_level", low, -LARGEST, LARGEST)
            faults += _outside("order_up_to", up_to, -LARGEST, LARGEST)
            faults += _outside("pack", packs, 1, LARGEST)
            faults += _outside("minimum_quantity", minimum, 1, LARGEST)
            faults += _places("order_up_to", up_to, up_to <= low, "must be above reorder_level")
            faults += _places("pack", packs, up_to + packs + minimum > LARGEST, "is too large for the exact range")
        if faults:
            raise ValueError("levels: " + "; ".join(faults))
        return cls(*columns)

    @classmethod
    def base_stock(
        cls, level: npt.ArrayLike, *, pack: npt.ArrayLike = 1, minimum_quantity: npt.ArrayLike = 1
    ) -> Levels:
        """Order up to ``level`` [N] at every review."""
        return cls.of(np.asarray(level) - 1, level, pack=pack, minimum_quantity=minimum_quantity)

    @classmethod
    def reorder_point(cls, reorder_level: npt.ArrayLike, quantity: npt.ArrayLike) -> Levels:
        """(R,nQ): at or below ``reorder_level`` as many batches of ``quantity`` as bring the position above it."""
        return cls.of(reorder_level, np.asarray(reorder_level) + 1, pack=quantity)

    @classmethod
    def days_of_cover(
        cls, daily: npt.ArrayLike, min_days: npt.ArrayLike, max_days: npt.ArrayLike, *, pack: npt.ArrayLike = 1
    ) -> Levels:
        """Min-max by days of the average ``daily`` demand [N], rounded to whole units."""
        a_day = np.asarray(daily, np.float64)
        low = np.rint(a_day * np.asarray(min_days, np.float64))
        high = np.maximum(np.rint(a_day * np.asarray(max_days, np.float64)), low + 1)
        return cls.of(low, high, pack=pack)


@dataclass(frozen=True, slots=True)
class StockedItems:
    """N SKUs as the simulation sees them. Costs are money per unit, per day where a day is named.

    ``lead_time_days`` [N,1], or [N,T] by the day on which the order is placed (orders may then overtake one another);
    an order placed in the morning with lead time 0 serves the same day. ``review_days`` [N]: orders on days 0,
    review, ... ``backlog_share`` [N] of what is short waits (1: all, 0: lost sales), ``initial_stock`` [N] (-1: the
    order-up-to level). ``holding_cost`` [N] a unit on hand overnight, ``backlog_cost`` [N] a unit waiting overnight,
    ``shortage_cost`` [N] a unit not served from stock, ``order_cost`` [N] an order.
    """

    lead_time_days: Ints
    review_days: Ints
    backlog_share: Floats
    initial_stock: Ints
    holding_cost: Floats
    backlog_cost: Floats
    shortage_cost: Floats
    order_cost: Floats

    @classmethod
    def of(
        cls,
        count: int,
        *,
        lead_time_days: npt.ArrayLike,
        review_days: npt.ArrayLike = 1,
        backlog_share: npt.ArrayLike = 1.0,
        initial_stock: npt.ArrayLike = -1,
        holding_cost: npt.ArrayLike = 0.0,
        backlog_cost: npt.ArrayLike = 0.0,
        shortage_cost: npt.ArrayLike = 0.0,
        order_cost: npt.ArrayLike = 0.0,
    ) -> StockedItems:
        """Check and spread over ``count`` SKUs. Raises ValueError, listing everything that is wrong."""
        faults: list[str] = []
        leads = np.asarray(lead_time_days)
        flat = leads.reshape(-1) if leads.ndim == 2 and leads.shape[0] == count else leads
        lead = _whole("lead_time_days", flat, flat.size if leads.ndim == 2 else count, faults)
        review = _whole("review_days", review_days, count, faults)
        initial = _whole("initial_stock", initial_stock, count, faults)
        share = _number("backlog_share", backlog_share, count, faults)
        money = [
            _number(name, value, count, faults)
            for name, value in (
                ("holding_cost", holding_cost),
                ("backlog_cost", backlog_cost),
                ("shortage_cost", shortage_cost),
                ("order_cost", order_cost),
            )
        ]
        if not faults:
            faults += _outside("lead_time_days", lead, 0, 3650) + _outside("review_days", review, 1, 3650)
            faults += _outside("initial_stock", initial, -1, LARGEST)
            faults += _places("backlog_share", share, (share < 0.0) | (share > 1.0), "must be between 0 and 1")
        if faults:
            raise ValueError("stocked items: " + "; ".join(faults))
        return cls(np.ascontiguousarray(lead.reshape(count, -1)), review, share, initial, *money)


@dataclass(frozen=True, slots=True)
class DemandTables:
    """Demand as tables of equally likely values and drawn places in them: N SKUs, T days, R replications.

    ``table`` [N,C,256] uint16: the quantiles at (i + 0.5) / 256 of daily demand on each of C kinds of day; ``kind``
    [T] the kind of each day; ``place`` [T,R] uint8 the places drawn, the same for all SKUs (common random numbers:
    SKUs and policies meet the same luck, which is what comparing and tuning want, and sums over SKUs do not).
    """

    table: npt.NDArray[np.uint16]
    kind: Ints
    place: npt.NDArray[np.uint8]

    @classmethod
    def of(
        cls,
        levels: npt.ArrayLike,
        quantile: npt.ArrayLike,
        *,
        kind: npt.ArrayLike,
        replications: int,
        rng: np.random.Generator,
    ) -> DemandTables:
        """Tables from ``quantile`` [N,Q] or [N,C,Q] of daily demand at ``levels`` [Q], straight in between.

        Below the lowest level the quantile function falls straight to zero, above the highest it is flat. ``kind``
        [T] says which of the C kinds each day is. Fractions are drawn at random between the whole units below and
        above, so that the mean is kept. Raises ValueError, listing everything that is wrong.
        """
        at, values, kinds = np.asarray(levels, np.float64), np.asarray(quantile, np.float64), np.asarray(kind)
        values = values[:, None, :] if values.ndim == 2 else values
        faults = _table_faults(at, values, kinds, replications)
        if faults:
            raise ValueError("demand tables: " + "; ".join(faults))
        places = (np.arange(TABLE_SIZE) + 0.5) / TABLE_SIZE
        padded = np.concatenate([np.zeros((*values.shape[:2], 1)), values], axis=2)
        after = np.clip(np.searchsorted(np.concatenate([[0.0], at]), places), 1, at.size)
        before_at = np.concatenate([[0.0], at])[after - 1]
        part = np.clip((places - before_at) / (np.concatenate([[0.0], at])[after] - before_at), 0.0, 1.0)
        exact = padded[:, :, after - 1] * (1.0 - part) + padded[:, :, after] * part
        whole = np.floor(exact + rng.permutation(places))
        drawn = rng.integers(0, TABLE_SIZE, (kinds.size, replications), dtype=np.uint8)
        return cls(whole.astype(np.uint16), kinds.astype(np.int64), drawn)


def _table_faults(at: Floats, values: Floats, kinds: npt.NDArray[np.generic], replications: int) -> list[str]:
    if at.ndim != 1 or at.size == 0 or values.ndim != 3 or values.shape[2] != at.size:
        return [f"quantile: shape {values.shape} with levels of shape {at.shape}: must be [N,Q] or [N,C,Q]"]
    faults = []
    if not (np.isfinite(at).all() and (np.diff(at) > 0).all() and at[0] > 0.0 and at[-1] < 1.0):
        faults.append("levels: must ascend strictly within 0 and 1")
    if not np.isfinite(values).all():
        faults.append("quantile: must be finite")
    elif (values < 0).any() or values.max(initial=0.0) > 65_534 or (np.diff(values, axis=2) < 0).any():
        faults.append("quantile: must ascend from at least 0 to at most 65,534 units a day")
    if kinds.ndim != 1 or kinds.size == 0 or not np.issubdtype(kinds.dtype, np.integer):
        faults.append(f"kind: shape {kinds.shape}, {kinds.dtype}: must be whole numbers [T], one a day")
    elif kinds.min() < 0 or kinds.max() >= values.shape[1]:
        faults.append(f"kind: must lie in 0..{values.shape[1] - 1}")
    if replications < 1:
        faults.append(f"replications: {replications}: must be at least 1")
    return faults


def _number(name: str, value: npt.ArrayLike, count: int, faults: list[str]) -> Floats:
    array = np.asarray(value)
    if not (np.issubdtype(array.dtype, np.number) or array.dtype == np.bool_) or array.shape not in ((), (count,)):
        faults.append(f"{name}: shape {array.shape}, {array.dtype}: must be a number or numbers of shape ({count},)")
        return np.zeros(count)
    out = np.array(np.broadcast_to(array.astype(np.float64), (count,)))
    faults += _places(name, out, ~np.isfinite(out), "must be finite")
    if name.endswith("cost"):
        faults += _places(name, out, out < 0.0, "must not be negative")
    return out


def _whole(name: str, value: npt.ArrayLike, count: int, faults: list[str]) -> Ints:
    before = len(faults)
    out = _number(name, value, count, faults)
    if len(faults) == before:
        faults += _places(name, out, out != np.floor(out), "must be whole")
    return out.astype(np.int64) if len(faults) == before else np.zeros(count, np.int64)


def _outside(name: str, values: Ints, low: int, high: int) -> list[str]:
    return _places(name, values, (values < low) | (values > high), f"must be between {low} and {high:,}")


def _places(name: str, values: npt.NDArray[np.generic], wrong: npt.NDArray[np.bool_], rule: str) -> list[str]:
    places = np.flatnonzero(wrong)
    more = f" (and {places.size - 3} more)" if places.size > 3 else ""
    return (
        [f"{name}[{', '.join(f'{i}' for i in places[:3])}] = {values[places[0]]}{more}: {rule}"] if places.size else []
    )
