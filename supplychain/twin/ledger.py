"""What the lives did, written down day by day; the spin-up is left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from supplychain.handover.terms import Terms
from supplychain.twin.outcome import Outcome
from supplychain.twin.world import World

__all__ = ["Ledger"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Ledger:
    """Running sums of a batch of lives; arrays over M = lives x N rows come in, [L,N] goes out.

    ``unit_cost`` [N] is the landed cost by which stock and orders are valued.
    """

    def __init__(self, world: World, terms: Terms, lives: int, *, unit_cost: Floats) -> None:
        self.world, self.terms, self.lives = world, terms, lives
        self.rows, self.sites = terms.rows, len(terms.sites)
        self.days = world.days - world.spin_up
        count = lives * self.rows
        self.cost = np.tile(unit_cost, lives)
        self.filled = np.ones((lives, self.rows, self.days), dtype=np.float32)
        self.stock_value = np.zeros((lives, self.days))
        self.queue = np.zeros((lives, self.sites))
        self.queue_days = np.zeros((lives, self.sites, self.days))
        self.on_hand, self.stock_out, self.wasted = np.zeros(count), np.zeros(count), np.zeros(count)
        self.demanded, self.served = np.zeros(count), np.zeros(count)
        self.cycles, self.cycles_short = np.zeros(count), np.zeros(count)
        self.short_now = np.zeros(count, dtype=bool)
        self.ordered_value, self.order_lines, self.transfer_units = (np.zeros(lives) for _ in range(3))
        self.rebalanced_units, self.rebalancing_freight = np.zeros(lives), np.zeros(lives)
        self.closing = np.zeros(count)

    def waste(self, day: int, units: Floats) -> None:
        """Units past their life."""
        if day >= self.world.spin_up:
            self.wasted += units

    def receipt(self, day: int, came: Floats) -> None:
        """Goods came in: a replenishment cycle of the row ends."""
        ends = came > 0
        if day >= self.world.spin_up:
            self.cycles += ends
            self.cycles_short += ends & self.short_now
        self.short_now &= ~ends

    def sale(self, day: int, *, demand: Floats, own: Floats, sold: Floats, on_hand: Floats) -> None:
        """Demand of the day, the part of it served, all units sold, and what is left on the shelves."""
        self._ship(day, sold)
        empty = on_hand <= 1e-9
        self.short_now |= own < demand
        measured = day - self.world.spin_up
        if measured < 0:
            return
        share = np.divide(own, demand, out=np.ones_like(own), where=demand > 0)
        self.filled[:, :, measured] = share.reshape(self.lives, self.rows)
        self.stock_value[:, measured] = (on_hand * self.cost).reshape(self.lives, self.rows).sum(axis=1)
        self.on_hand += on_hand
        self.stock_out += empty & np.tile(self.world.listed[:, day], self.lives)
        self.demanded += demand
        self.served += own
        self.closing = on_hand.copy()

    def orders(self, day: int, rows: Ints, quantity: Floats) -> None:
        """Order lines placed tonight, by value."""
        if day >= self.world.spin_up:
            life = rows // self.rows
            self.ordered_value += np.bincount(life, weights=quantity * self.cost[rows], minlength=self.lives)
            self.order_lines += np.bincount(life, minlength=self.lives)

    def transfers(self, day: int, rows: Ints, quantity: Floats) -> None:
        """Units sent between our sites tonight."""
        if day >= self.world.spin_up:
            self.transfer_units += np.bincount(rows // self.rows, weights=quantity, minlength=self.lives)

    def rebalanced(self, day: int, rows: Ints, quantity: Floats, freight: Floats) -> None:
        """Those of the transfers that rebalance stock, and what each costs to bring over."""
        if day >= self.world.spin_up:
            life = rows // self.rows
            self.rebalanced_units += np.bincount(life, weights=quantity, minlength=self.lives)
            self.rebalancing_freight += np.bincount(life, weights=freight, minlength=self.lives)

    def close(self) -> Outcome:
        """Means over the measured days."""
        shape = (self.lives, self.rows)
        return Outcome(
            filled_share=self.filled,
            queue_days=self.queue_days,
            stock_value=self.stock_value,
            on_hand=(self.on_hand / self.days).reshape(shape),
            stock_out=self.stock_out.reshape(shape),
            listed_days=np.tile(self.world.listed[:, self.world.spin_up :].sum(axis=1), (self.lives, 1)),
            demanded=self.demanded.reshape(shape),
            served=self.served.reshape(shape),
            cycles=self.cycles.reshape(shape),
            cycles_short=self.cycles_short.reshape(shape),
            wasted=self.wasted.reshape(shape),
            ordered_value=self.ordered_value,
            order_lines=self.order_lines,
            transfer_units=self.transfer_units,
            rebalanced_units=self.rebalanced_units,
            rebalancing_freight=self.rebalancing_freight,
            closing_stock=self.closing.reshape(shape),
        )

    def _ship(self, day: int, sold: Floats) -> None:
        """Parcels queue first in, first out where a site can ship only so much a day."""
        site = self.terms.site_index
        units = np.zeros((self.lives, self.sites))
        for life, part in enumerate(sold.reshape(self.lives, self.rows)):
            units[life] = np.bincount(site, weights=part, minlength=self.sites)
        limit = self.world.throughput[:, day]
        waiting = self.queue + units
        self.queue = np.maximum(0.0, waiting - limit)
        measured = day - self.world.spin_up
        if measured >= 0:
            stuck = np.where(self.queue > 0, self.queue / np.maximum(limit, 1e-9), 0.0)
            self.queue_days[:, :, measured] = np.minimum(stuck, float(self.world.days))
