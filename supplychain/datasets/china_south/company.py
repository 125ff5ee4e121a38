"""The company's own past: days-of-cover ordering, so that sales are censored and today's stock is real trouble.

A plain min-max rule on the average of past sales, written for this data set alone; the toolkit's planner is another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.datasets.china_south.items import Catalogue
from supplychain.datasets.china_south.ledger import Ledger, Order, Shipment
from supplychain.datasets.china_south.listing import Listing
from supplychain.datasets.china_south.shelves import Shelves
from supplychain.datasets.china_south.sources import Days, parameter, read_source
from supplychain.datasets.china_south.suppliers import Terms

__all__ = ["Company"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass
class _Morning:
    """State of a day: ``shelves``, ``arriving`` [R,D+] units by day of arrival, ``mean`` [R] average daily sales."""

    day: int
    shelves: Shelves
    arriving: Floats
    mean: Floats

    def position(self) -> Floats:
        """On hand and on the way [R]."""
        position: Floats = self.shelves.on_hand + self.arriving[:, self.day + 1 :].sum(axis=1)
        return position


class Company:
    """Rows R of ``listing`` with their terms; ``play`` lives through the days."""

    def __init__(self, catalogue: Catalogue, listing: Listing, terms: Terms, *, days: Days) -> None:
        self.catalogue, self.listing, self.terms, self.days = catalogue, listing, terms, days
        item = listing.item
        self.bought = listing.parent < 0
        self.front = listing.kind == "front_warehouse"
        self.supplier = terms.supplier[item]
        self.pack = terms.pack[item]
        self.least = np.where(listing.kind == "dc", terms.moq[item], self.pack)
        self.price, self.cost = terms.price[item], catalogue.cost[item]
        self.lead = terms.table["lead_time_mean_days"].to_numpy()[self.supplier]
        self.shelf = catalogue.shelf[item]
        self.first, self.last = catalogue.first[item], catalogue.last[item]
        self.shelves = Shelves(self.shelf)
        calendar = read_source("calendar").query("kind == 'mega' and phase == 'peak'")
        self._mega = [days.index(day) for day in calendar["from"]]

    def play(self, demand: Floats, expected: Floats, *, rng: np.random.Generator) -> Ledger:
        """Live from day 0 to as_of.

        ``demand`` [R,D] is what the rows' zones ask for; ``expected`` [R] its mean at full level, which the buyers
        know only roughly when an item is new.
        """
        rows, end = self.listing.item.size, self.days.actuals
        ledger = Ledger.empty_of(rows, end)
        guess = expected * np.exp(parameter("guess_sigma") * rng.standard_normal(rows))
        low, high = self._cover(expected, rng)
        first_load = np.where(self.bought, self._whole(guess * high), np.ceil(guess * low))
        self.shelves.receive(np.where(self.first < 0, np.ceil(guess * (low + high) / 2), 0.0))
        arriving = np.zeros((rows, end + int(parameter("farthest_arrival_days"))))
        for day in range(end):
            self.shelves.receive(arriving[:, day] + np.where(self.first == day, first_load, 0.0))
            ledger.sold[:, day] = np.minimum(demand[:, day], self.shelves.on_hand)
            self.shelves.take(ledger.sold[:, day])
            on_sale = (self.first <= day) & (day <= self.last)
            ledger.empty[:, day] = on_sale & (self.shelves.on_hand <= 0)
            ledger.stock[:, day] = self.shelves.on_hand
            morning = _Morning(day, self.shelves, arriving, self._mean_sales(ledger, day, guess))
            self._refill(ledger, morning, low, high)
            self._buy(ledger, morning, low, high=high, rng=rng)
            self.shelves.age()
        return ledger

    def _cover(self, expected: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Smallest and largest cover in days [R]: by class, lead time and the buyer's habit; fresh goods by life."""
        names = _classes(expected * self.cost, self.listing.kind)
        habit = np.exp(parameter("buyer_habit_sigma") * rng.standard_normal(expected.size))
        extra = parameter("lead_time_cover_share") * self.lead
        keep = self.catalogue.category["shelf_cover"].to_numpy()[self.listing.item] * self.shelf
        ends = []
        for end in ("min", "max"):
            cover = (
                np.select([names == c for c in "ABC"], [parameter(f"{end}_days_{c}") for c in "ABC"]) + extra
            ) * habit
            fresh = self.lead + parameter("fresh_reserve_days") + (keep if end == "max" else 0.0)
            cover = np.where(self.shelf > 0, fresh, cover)
            outpost = np.where(self.front, parameter(f"front_{end}_days"), parameter(f"hub_{end}_days"))
            ends.append(np.where(self.bought, cover, outpost))
        return ends[0], ends[1]

    def _mean_sales(self, ledger: Ledger, day: int, guess: Floats) -> Floats:
        """Average sales of the window; a row without its own history goes by the buyer's guess."""
        window = int(parameter("window_days"))
        mean = ledger.sold[:, max(day + 1 - window, 0) : day + 1].mean(axis=1)
        young = (day < window) | ((self.first >= 0) & (day - self.first < window))
        return np.asarray(np.where(young, np.maximum(guess, mean), mean))

    def _whole(self, quantity: Floats) -> Floats:
        """At least the minimum quantity, in whole packs; zero stays zero."""
        packs = np.ceil(np.maximum(quantity, self.least) / self.pack) * self.pack
        return np.asarray(np.where(quantity > 0, packs, 0.0))

    def _refill(self, ledger: Ledger, morning: _Morning, low: Floats, high: Floats) -> None:
        """Transfers to front warehouses (any day) and hubs (some weekdays), as far as the DC's stock goes."""
        day, shelves = morning.day, morning.shelves
        running = (self.first <= day) & (day < self.last) & ~self.bought
        if str(self.days.weekday[day]) not in str(int(parameter("hub_weekdays"))):
            running &= self.front
        mean = np.maximum(morning.mean, parameter("least_outpost_sales"))
        position = morning.position()
        want = np.where(running & (position < low * mean), np.ceil(high * mean - position), 0.0)
        for row in np.flatnonzero(want > 0):
            dc = int(self.listing.parent[row])
            quantity = min(float(want[row]), float(np.floor(shelves.on_hand[dc] * parameter("dc_release_share"))))
            if quantity < 1:
                continue
            shelves.take_from(dc, quantity)
            due = day + int(parameter("front_transit_days" if self.front[row] else "hub_transit_days"))
            morning.arriving[row, due] += quantity
            ledger.shipments.append(Shipment(len(ledger.shipments) + 1, int(row), dc, quantity, day, due))

    def _buy(self, ledger: Ledger, morning: _Morning, low: Floats, *, high: Floats, rng: np.random.Generator) -> None:
        """Orders of the rows that fell below their cover, supplier by supplier, on its order days.

        A DC plans for itself and the sites it refills.
        """
        day = morning.day
        outposts = np.flatnonzero(~self.bought)
        parents, rows = self.listing.parent[outposts], self.bought.size
        position, mean = (own + np.bincount(parents, own[outposts], rows) for own in (morning.position(), morning.mean))
        running = (self.first <= day) & (day < self.last - parameter("stop_order_days"))
        taking = self.terms.open_day[self.supplier, day]
        cover = position / np.maximum(mean, 1e-9)
        need = self.bought & taking & running & ((cover < low) | (position <= 0))
        ahead = any(0 < mega - day <= parameter("buyer_event_days") for mega in self._mega)
        factor = np.where((self.shelf == 0) & ahead, parameter("buyer_event_factor"), 1.0)
        quantity = np.where(need, self._whole(np.maximum(high * factor * mean - position, 1.0)), 0.0)
        keys = sorted({(int(self.supplier[row]), str(self.listing.site[row])) for row in np.flatnonzero(need)})
        for supplier, site in keys:
            group = np.flatnonzero(need & (self.supplier == supplier) & (self.listing.site == site))
            short = self.terms.table["minimum_order_value"].iloc[supplier] / (quantity[group] * self.price[group]).sum()
            if short > 1:
                if not (cover[group] < low[group] * parameter("top_up_share")).any():
                    continue  # too small an order waits until a line is urgent
                factor_up = min(short, parameter("largest_top_up"))
                quantity[group] = np.ceil(quantity[group] * factor_up / self.pack[group]) * self.pack[group]
            self._place(ledger, morning, group, quantity=quantity[group], rng=rng)

    def _place(
        self, ledger: Ledger, morning: _Morning, group: Ints, *, quantity: Floats, rng: np.random.Generator
    ) -> None:
        """One order to one supplier and site; its lines come together, a few of them short."""
        supplier = int(self.supplier[group[0]])
        mean, sd = self.terms.table.loc[supplier, ["lead_time_mean_days", "lead_time_sd_days"]]
        days = max(1, round(rng.gamma((mean / sd) ** 2, sd**2 / mean)))
        due = morning.day + max(1, round(mean))
        received = morning.day + days + int(self.terms.closed[supplier, morning.day : morning.day + days].sum())
        number = ledger.orders[-1].number + 1 if ledger.orders else 1
        for row, ordered in zip(group, quantity, strict=True):
            packs = ordered / self.pack[row]
            if rng.random() < parameter("short_share"):
                packs = np.floor(packs * (1 - rng.uniform(0, 2 * parameter("short_depth"))))
            got = float(packs * self.pack[row])
            rejected = float(rng.binomial(int(got), parameter("reject_share")))
            morning.arriving[row, received] += got - rejected
            ledger.orders.append(
                Order(
                    number, int(row), float(ordered), morning.day, due, received, received_units=got, rejected=rejected
                )
            )


def _classes(value: Floats, kind: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """ABC class [R] inside each kind of site, by share of value."""
    names = np.full(value.size, "C")
    ends = parameter("class_a_share"), parameter("class_b_share")
    for one in np.unique(kind):
        rows = np.flatnonzero(kind == one)
        order = rows[np.argsort(-value[rows], kind="stable")]
        part = np.cumsum(value[order]) / value[order].sum()
        names[order] = np.select([part <= end for end in ends], ["A", "B"], "C")
    return names
