"""The company's own history: days-of-cover ordering through the past, so that sales are censored and stock is real.

A plain min-max rule on the average of past sales, written for this data set alone; the planner of the toolkit is another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from supplychain.datasets.china_south.items import Catalogue
from supplychain.datasets.china_south.listing import Listing
from supplychain.datasets.china_south.shelves import Shelves
from supplychain.datasets.china_south.sources import Days, parameter, read_source
from supplychain.datasets.china_south.suppliers import Terms

__all__ = ["Company", "Ledger"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass
class Ledger:
    """What happened. ``sold`` [R,D]; ``empty`` [R,D] sold out; ``stock`` [R,D] at the end of a day; ``orders`` and
    ``transfers`` one tuple each: (day, due, received, row, quantity, order number, received quantity, rejected).
    """

    sold: Floats
    empty: npt.NDArray[np.bool_]
    stock: Floats
    orders: list[tuple[int, int, int, int, float, int, float, float]] = field(default_factory=list)
    transfers: list[tuple[int, int, int, int, float, int]] = field(default_factory=list)


class Company:
    """Plays the days one by one. ``demand`` [R,D] is what the rows' zones ask for."""

    def __init__(
        self, catalogue: Catalogue, listing: Listing, terms: Terms, days: Days, rng: np.random.Generator
    ) -> None:
        self.catalogue, self.listing, self.terms, self.days, self.rng = catalogue, listing, terms, days, rng
        item = listing.item
        self.supplier = terms.supplier[item]
        self.pack, self.moq = terms.pack[item], terms.moq[item]
        direct = (listing.kind != "dc") & (listing.parent < 0)
        self.moq = np.where(direct, self.pack, self.moq)
        self.bought = listing.parent < 0
        self.shelf = catalogue.shelf[item]
        self.first, self.last = catalogue.first[item], catalogue.last[item]
        self.value = catalogue.cost[item]
        self.lead = terms.table["lead_time_mean_days"].to_numpy()[self.supplier]
        self.transit = np.where(listing.kind == "hub", 2, 1)
        self._mega = [
            days.index(day)
            for day in read_source("calendar").query("kind == 'mega' and phase == 'peak'")["from"]
        ]

    def play(self, demand: Floats, expected: Floats) -> Ledger:
        """Live from day 0 to as_of; ``expected`` [R] mean demand a day at full level, known to buyers only roughly."""
        rows, last_day = self.listing.item.size, self.days.actuals
        ledger = Ledger(*(np.zeros((rows, last_day), dtype=t) for t in (float, bool, float)))
        guess = expected * np.exp(parameter("guess_sigma") * self.rng.standard_normal(rows))
        low, high = self._cover(expected)
        shelves = Shelves(self.shelf)
        shelves.receive(np.where(self.first < 0, np.ceil(guess * (low + high) / 2), 0.0))
        arriving = np.zeros((rows, last_day + 200))
        for day in range(last_day):
            opening = np.where((self.first == day) & self.bought, self._whole(guess * high), 0.0)
            opening += np.where((self.first == day) & ~self.bought, np.ceil(guess * low), 0.0)
            shelves.receive(arriving[:, day] + opening)
            arriving[:, day] = 0.0
            ledger.sold[:, day] = np.minimum(demand[:, day], shelves.on_hand)
            shelves.take(ledger.sold[:, day])
            alive = (self.first <= day) & (day <= self.last)
            ledger.empty[:, day] = alive & (shelves.on_hand <= 0)
            ledger.stock[:, day] = shelves.on_hand
            mean = self._mean_sales(ledger, day, guess)
            self._refill(ledger, day, mean, shelves, arriving)
            self._buy(ledger, day, mean, shelves, arriving, low, high)
            shelves.age()
        self.shelves = shelves
        return ledger

    def _cover(self, expected: Floats) -> tuple[Floats, Floats]:
        """Smallest and largest cover in days [R]: by class of yearly value; fresh goods by shelf life."""
        value = expected * self.value
        classes = np.array(["C"] * value.size)
        for kind in ("dc", "front_warehouse", "hub"):
            rows = np.flatnonzero(self.listing.kind == kind)
            order = rows[np.argsort(-value[rows], kind="stable")]
            part = np.cumsum(value[order]) / value[order].sum()
            classes[order] = np.select([part <= 0.8, part <= 0.95], ["A", "B"], "C")
        low, high = (
            np.select([classes == c for c in "ABC"], [parameter(f"{end}_days_{c}") for c in "ABC"])
            for end in ("min", "max")
        )
        extra = parameter("lead_time_cover_share") * self.lead
        habit = np.exp(parameter("buyer_habit_sigma") * self.rng.standard_normal(value.size))
        low, high = (low + extra) * habit, (high + extra) * habit
        fresh = self.shelf > 0
        reach = self.lead + 1.5
        low = np.where(fresh, reach, low)
        high = np.where(fresh, reach + self.catalogue.category["shelf_cover"].to_numpy()[self.listing.item] * self.shelf, high)
        for kind, name in (("front_warehouse", "front"), ("hub", "hub")):
            outpost = (self.listing.kind == kind) & ~self.bought
            low = np.where(outpost, parameter(f"{name}_min_days"), low)
            high = np.where(outpost, parameter(f"{name}_max_days"), high)
        return low, high

    def _mean_sales(self, ledger: Ledger, day: int, guess: Floats) -> Floats:
        """Average sales of the window; a row without its own history goes by the buyer's guess."""
        window = int(parameter("window_days"))
        begin = max(day + 1 - window, 0)
        mean = ledger.sold[:, begin : day + 1].mean(axis=1)
        young = (day - self.first < window) & (self.first >= 0)
        return np.where(young | (day < window), np.maximum(guess, mean), mean)

    def _whole(self, quantity: Floats) -> Floats:
        """At least the minimum order quantity, in whole packs; zero stays zero."""
        packs = np.ceil(np.maximum(quantity, self.moq) / self.pack - 1e-9) * self.pack
        return np.where(quantity > 0, packs, 0.0)

    def _refill(self, ledger: Ledger, day: int, mean: Floats, shelves: Shelves, arriving: Floats) -> None:
        """Transfers from the DC to its front warehouses and hubs, as far as the DC's stock goes."""
        outpost = ~self.bought
        position = shelves.on_hand + arriving[:, day + 1 :].sum(axis=1)
        front = self.listing.kind == "front_warehouse"
        low = np.where(front, parameter("front_min_days"), parameter("hub_min_days"))
        high = np.where(front, parameter("front_max_days"), parameter("hub_max_days"))
        alive = (self.first <= day) & (day < self.last)
        mean = np.maximum(mean, 0.15)
        want = np.where(outpost & alive & (position < low * mean), np.ceil(high * mean - position), 0.0)
        if self.days.weekday[day] not in (1, 3, 5):
            want = np.where(front, want, 0.0)
        for row in np.flatnonzero(want > 0):
            dc = int(self.listing.parent[row])
            quantity = min(float(want[row]), float(np.floor(shelves.on_hand[dc] * 0.5)))
            if quantity < 1:
                continue
            taken = np.zeros_like(mean)
            taken[dc] = quantity
            shelves.take(taken)
            due = day + int(self.transit[row])
            arriving[row, due] += quantity
            ledger.transfers.append((day, due, due, int(row), quantity, len(ledger.transfers)))

    def _buy(
        self, ledger: Ledger, day: int, mean: Floats, shelves: Shelves, arriving: Floats, low: Floats, high: Floats
    ) -> None:
        """Orders of the rows that fell below their cover, supplier by supplier, on its order days."""
        taking = self.terms.open_day[self.supplier, day]
        position = shelves.on_hand + arriving[:, day + 1 :].sum(axis=1)
        outposts = np.flatnonzero(~self.bought)
        parents = self.listing.parent[outposts]
        rows = mean.size
        position = position + np.bincount(parents, position[outposts], rows)
        rate = mean + np.bincount(parents, mean[outposts], rows)
        ahead = [0 < mega - day <= parameter("buyer_event_days") for mega in self._mega]
        factor = parameter("buyer_event_factor") if any(ahead) else 1.0
        factor = np.where(self.shelf > 0, 1.0, factor)
        alive = (self.first <= day) & (day < self.last - parameter("stop_order_days"))
        cover = position / np.maximum(rate, 1e-9)
        empty = position <= 0
        need = self.bought & taking & alive & ((cover < low) | empty)
        if not need.any():
            return
        quantity = np.where(need, self._whole(np.maximum(high * factor * rate - position, 1.0)), 0.0)
        price = self.terms.price[self.listing.item]
        group_key = np.char.add(self.supplier.astype(str), self.listing.site)
        for key in np.unique(group_key[need]):
            group = np.flatnonzero((group_key == key) & need)
            minimum = self.terms.table["minimum_order_value"].iloc[self.supplier[group[0]]]
            total = float((quantity[group] * price[group]).sum())
            if total < minimum:
                urgent = (cover[group] < low[group] * parameter("top_up_share")).any()
                if not urgent:
                    continue
                quantity[group] = self._topped(group, quantity[group], minimum / total)
            self._place(ledger, day, group, quantity, arriving)

    def _topped(self, group: Ints, quantity: Floats, factor: float) -> Floats:
        """Raise lines to reach the supplier's minimum value, never past the shelf life."""
        capped = min(factor, parameter("largest_top_up"))
        packs: Floats = np.ceil(quantity * capped / self.pack[group]) * self.pack[group]
        return packs

    def _place(self, ledger: Ledger, day: int, group: Ints, quantity: Floats, arriving: Floats) -> None:
        """One order to one supplier and site; its lines come together."""
        supplier = self.supplier[group[0]]
        terms = self.terms.table.iloc[supplier]
        mean, sd = terms["lead_time_mean_days"], terms["lead_time_sd_days"]
        real = max(1, round(self.rng.gamma((mean / sd) ** 2, sd**2 / mean)))
        span = self.terms.closed[supplier, day : day + real]
        received = day + real + int(span.sum())
        due = day + max(1, round(mean))
        number = ledger.orders[-1][5] + 1 if ledger.orders else 1
        for row in group:
            ordered = float(quantity[row])
            short = self.rng.random() < parameter("short_share")
            missing = self.rng.uniform(0, 2 * parameter("short_depth")) if short else 0.0
            got = np.floor(ordered * (1 - missing) / self.pack[row]) * self.pack[row] if short else ordered
            rejected = float(self.rng.binomial(int(got), parameter("reject_share")))
            if received < arriving.shape[1]:
                arriving[row, received] += got - rejected
            ledger.orders.append((day, due, received, int(row), ordered, number, float(got), rejected))
