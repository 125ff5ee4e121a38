"""The loop: demand takes stock, what was ordered comes, orders go out at the close of order days.

Axes: C settings side by side, N items, L steps of the longest lead time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.inventory.closed_loop.shop import Flags, Floats, Shop

__all__ = ["Lived", "Orders", "Standing", "live"]


class Standing(NamedTuple):
    """At the close of a step: ``on_hand``, ``owed`` [C,N]; ``coming`` [C,N,L] after 1 .. L more steps."""

    on_hand: Floats
    owed: Floats
    coming: Floats

    @property
    def position(self) -> Floats:
        """On hand less owed, plus on order [C,N]."""
        return np.asarray(self.on_hand - self.owed + self.coming.sum(axis=2))


Orders = Callable[[int, Standing], Floats]
"""From a step and what is there at its close to the units ordered [C,N]."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A step on average, after the warm-up: ``stock`` units, ``served`` from stock, ``ordered`` lines [C,N].

    ``demand`` [N] units, served or not.
    """

    stock: Floats
    served: Floats
    ordered: Floats
    demand: Floats


def live(shop: Shop, due: Flags, orders: Orders, count: int, *, backlog: bool = False) -> Lived:
    """Live from ``span.start`` on with nothing on hand; ``due`` [N,T] are the order days, the first one any day.

    In a step demand comes first, then what was ordered ``lead`` steps ago, then orders go out. Demand that stock
    does not meet is lost, or waits (``backlog``). Stock is the mean of the step's beginning and of its end before
    goods come. Raises ValueError where an order breaks its pack, minimum or order day.
    """
    rows, lead = len(shop.items), shop.lead
    last, longest = shop.quantity.shape[1], max(shop.span.lead)
    on_hand, owed = np.zeros((count, rows)), np.zeros((count, rows))
    coming = np.zeros((count, rows, longest))
    total = [np.zeros((count, rows)) for _ in range(3)]
    demand = shop.demand
    measured = shop.span.start + shop.span.warm_up
    for step in range(shop.span.start - 1, last):
        if step >= shop.span.start:
            served = np.minimum(on_hand, demand[:, step])
            opening, on_hand = on_hand, on_hand - served
            if backlog:
                owed = owed + demand[:, step] - served
            if step >= measured:
                total[0] += 0.5 * (opening + on_hand)
                total[1] += served
            on_hand = on_hand + coming[:, :, 0]
            paid = np.minimum(on_hand, owed)
            on_hand, owed = on_hand - paid, owed - paid
            coming = np.concatenate([coming[:, :, 1:], np.zeros((count, rows, 1))], axis=2)
        if step < last - 1 and due[:, step].any():
            placed = orders(step, Standing(on_hand, owed, coming))
            _check(shop, placed, due[:, step], step)
            coming[:, np.arange(rows), lead - 1] += placed
            if step >= measured:
                total[2] += placed > 0
    steps = last - measured
    return Lived(total[0] / steps, total[1] / steps, total[2] / steps, demand[:, measured:].mean(axis=1))


def _check(shop: Shop, placed: Floats, due: Flags, step: int) -> None:
    packs = placed / shop.pack
    wrong = (np.abs(packs - np.rint(packs)) > 1e-6) | ((placed > 0) & (placed < shop.minimum - 1e-6))
    wrong |= (placed > 0) & ~due | (placed < 0)
    if wrong.any():
        setting, row = np.argwhere(wrong)[0]
        rule = f"packs of {shop.pack[row]:g}, at least {shop.minimum[row]:g}, due {bool(due[row])}"
        raise ValueError(f"step {step}, setting {setting}, item {shop.items[row]}: {placed[setting, row]:g}: {rule}")
