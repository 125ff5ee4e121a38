"""Living through the days: goods come, customers buy, plans are made; many lives side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from supplychain.handover.commitments import Commitments, no_commitments
from supplychain.handover.decision import with_lines
from supplychain.handover.forecasting import Forecast, History, Recipe, adjust, predict
from supplychain.handover.rebalancing_lanes import freight_of
from supplychain.handover.recent_sales import RecentSales
from supplychain.handover.returns import known_returns
from supplychain.handover.shelves import Shelves
from supplychain.handover.state import State
from supplychain.handover.terms import Terms
from supplychain.pipeline.decide import decide
from supplychain.scenario.settings import ReplenishSettings, TwinSettings
from supplychain.twin.batch import tile_history, tile_terms
from supplychain.twin.ledger import Ledger
from supplychain.twin.luck import draw_luck, draw_opening, lead_times
from supplychain.twin.outcome import Outcome
from supplychain.twin.outlook import Outlooks
from supplychain.twin.promises import Promises
from supplychain.twin.world import World

__all__ = ["LifeInputs", "live"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ARRIVAL_ROOM_DAYS = 400
_ARRIVALS_SHOWN_DAYS = 120


@dataclass(frozen=True, slots=True)
class LifeInputs:
    """Everything a life needs; the same for all lives of a run.

    ``past`` is the history up to ``as_of``; the life starts ``world.spin_up`` days before its end. ``opening`` is the
    state on the evening before the first simulated day. ``recipe`` was fitted on the past only. ``return_rate`` [N]
    and ``return_days`` say how many units come back into stock, and when. ``opening_limit`` [N] is the most a life may
    begin a spin-up with: what it measures must come from the policy, not from what lay there before.
    ``launch_daily_sales`` [N] is what planners expect a day of a row that has never had stock, as a new item.
    """

    world: World
    terms: Terms
    past: History
    outlooks: Outlooks
    recipe: Recipe
    opening: State
    replenish: ReplenishSettings
    twin: TwinSettings
    seed: int
    return_rate: Floats
    return_days: int
    opening_limit: Floats
    launch_daily_sales: Floats


def live(inputs: LifeInputs, lives: Sequence[int], *, tell: Callable[[int], None] | None = None) -> Outcome:
    """Live through all days; ``lives`` are the numbers of the replications (each has its own luck).

    ``tell`` hears the number of days done. The result of a life does not depend on which others run beside it.
    """
    days = inputs.world.days
    run = _Run(inputs, lives)
    for day in range(days):
        run.morning(day)
        run.sell(day)
        run.evening(day)
        if tell is not None:
            tell(day + 1)
    return run.ledger.close()


class _Run:
    """State of a batch of lives. Rows M = lives x N."""

    def __init__(self, inputs: LifeInputs, lives: Sequence[int]) -> None:
        world, terms, count = inputs.world, inputs.terms, len(lives)
        self.inputs, self.world, self.lives = inputs, world, count
        self.terms = tile_terms(terms, count)
        self.rows = self.terms.rows
        shelf = np.where(np.isfinite(self.terms.shelf_life_days), self.terms.shelf_life_days, 0).astype(np.int64)
        opening = inputs.opening
        factor = inputs.twin.opening_stock_factor
        if world.spin_up:
            stock = draw_opening(inputs.opening_limit, lives=lives, seed=inputs.seed).ravel()
            self.shelves = Shelves(stock * factor, life_days=shelf)
        else:
            stock, batches = np.tile(opening.on_hand, count), np.tile(opening.batches, (count, 1))
            self.shelves = Shelves(stock * factor, life_days=shelf, batches=batches * factor)
        self.full_life = np.maximum(shelf, 1)
        self.backlog = np.zeros(self.rows)
        self.inbound = np.zeros((self.rows, world.days + _ARRIVAL_ROOM_DAYS))
        known = opening.arrivals.shape[1]
        self.inbound[:, :known] = np.tile(opening.arrivals, (count, 1))
        self.inbound_life = np.zeros_like(self.inbound, dtype=np.int32)
        self.on_order = self.inbound.sum(axis=1)
        self.promises = Promises(self.inbound)
        self.placed = self._placed_before(opening)
        self.returning = np.zeros((self.rows, world.days + inputs.return_days + 1))
        self.return_rest = np.zeros(self.rows)
        self.return_rate = np.tile(inputs.return_rate, count)
        self._take_back_past(inputs.past)
        self.luck = draw_luck(len(terms.suppliers), world.days, lives=lives, seed=inputs.seed)
        self.known_days = inputs.past.days - world.spin_up
        self.history = tile_history(inputs.past.until(self.known_days), count, extra_days=world.days)
        seen = inputs.past.until(self.known_days)
        self.recent = RecentSales(
            np.tile(seen.quantity, (count, 1)),
            np.tile(seen.in_stock, (count, 1)),
            days=inputs.replenish.today.window_days,
            launch=np.tile(inputs.launch_daily_sales, count),
        )
        inputs.outlooks.fill_observed(self.history, self.known_days, count)
        self.recipe = inputs.recipe.tile(count)
        self.forecast: Forecast | None = None
        self.ledger = Ledger(world, terms, count, unit_cost=inputs.past.unit_value)
        self.life_of = np.repeat(np.arange(count), terms.rows)
        fallback = np.tile(world.fallback, count)
        self.fallback = np.where(fallback >= 0, fallback + self.life_of * terms.rows, -1)
        self.going = np.flatnonzero(self.fallback >= 0)

    def _placed_before(self, opening: State) -> Commitments:
        """Orders before the first evening; a life that starts in the past knows of none in that month and week."""
        start = np.datetime64(self.world.first_day, "D") - 1
        if opening.commitments is None:
            return no_commitments(self.terms, start)
        placed = opening.commitments.tile(self.lives)
        if self.world.spin_up:
            placed = replace(placed, spent=np.zeros_like(placed.spent), came=np.zeros_like(placed.came))
        return replace(placed, day=start)

    def morning(self, day: int) -> None:
        """Unsellable units go, goods and returns come in."""
        self.ledger.waste(day, self.shelves.expire())
        self._wait_outside(day)
        came = self.inbound[:, day]
        if came.any():
            life = self.inbound_life[:, day]
            self.shelves.receive(came, np.where(life > 0, life, self.full_life).astype(np.int64))
            self.on_order -= came
            self.promises.keep(came)
            self.ledger.receipt(day, came)
        back = self.returning[:, day]
        if back.any():
            self.shelves.receive(back, self.full_life)

    def _wait_outside(self, day: int) -> None:
        """Goods for a closed site come a day later, and older by a day where they spoil."""
        closed = np.tile(self.world.closed[:, day], self.lives)
        for table in (self.inbound, self.returning):
            table[closed, day + 1] += table[closed, day]
            table[closed, day] = 0.0
        late = np.flatnonzero(closed & (self.inbound_life[:, day] > 0))
        self.inbound_life[late, day + 1] = np.maximum(1, self.inbound_life[late, day] - 1)

    def sell(self, day: int) -> None:
        """Customers of the day buy what there is; the rest is lost or waits."""
        demand = np.tile(self.world.demand[:, day], self.lives)
        closed = np.tile(self.world.closed[:, day], self.lives)
        spilled = self._spill(demand, closed)
        asked = demand + spilled
        wanted = np.where(closed, 0.0, asked + self.backlog)
        sold = self.shelves.sell(wanted)
        own = np.minimum(asked, np.maximum(0.0, sold - self.backlog))
        unmet = np.where(self.fallback >= 0, 0.0, asked - own)
        waits = np.floor(unmet * (1.0 - self.inputs.replenish.lost_sale_share) + 1e-9)
        self.backlog = self.backlog - (sold - own) + waits
        served = self._served(demand, spilled, asked=asked, own=own)
        column = self.known_days + day
        self.history.quantity[:, column] = sold
        on_shelf = (unmet <= 0) & ((sold > 0) | (self.shelves.on_hand > 0))
        self.history.in_stock[:, column] = on_shelf
        self.recent.add(sold, on_shelf)
        self._take_back(day, sold)
        self.ledger.sale(day, demand=demand, own=served, sold=sold, on_hand=self.shelves.on_hand)

    def _spill(self, demand: Floats, closed: npt.NDArray[np.bool_]) -> Floats:
        """Demand that rows which are sold off cannot serve, at the rows that take over."""
        spilled = np.zeros(self.rows)
        going = self.going
        if going.size:
            left = demand[going] - np.minimum(np.where(closed[going], 0.0, self.shelves.on_hand[going]), demand[going])
            np.add.at(spilled, self.fallback[going], left)
        return spilled

    def _served(self, demand: Floats, spilled: Floats, *, asked: Floats, own: Floats) -> Floats:
        """Units of each row's own demand that were served, by the row itself or by the one that takes over."""
        share = np.divide(own, asked, out=np.ones_like(own), where=asked > 0)
        served = np.where(spilled > 0, demand * share, own)
        going = self.going
        served[going] += (demand[going] - own[going]) * share[self.fallback[going]]
        return served

    def _take_back(self, day: int, sold: Floats) -> None:
        self.return_rest += sold * self.return_rate
        whole = np.floor(self.return_rest + 1e-9)
        self.return_rest -= whole
        self.returning[:, day + self.inputs.return_days] += whole

    def _take_back_past(self, past: History) -> None:
        """What was sold before the first day comes back in the life."""
        known = past.days - self.world.spin_up
        for ago in range(min(self.inputs.return_days, known), 0, -1):
            self._take_back(-ago, np.tile(np.nan_to_num(past.quantity[:, known - ago]), self.lives))

    def evening(self, day: int) -> None:
        """Plan with what is known tonight, and let orders and transfers start."""
        as_of = self.world.first_day + timedelta(days=day)
        self._refresh(day)
        assert self.forecast is not None
        self.placed = self.placed.on(np.datetime64(as_of, "D"))
        state = self._state(day)
        decision = decide(state, self.forecast, as_of, terms=self.terms, settings=self.inputs.replenish)
        orders, transfers = decision.orders, decision.transfers
        leaves = self._leaves(transfers.row, transfers.origin, day)
        if orders.row.size:
            lead = self._lead_days(orders.row, day)
            self.promises.give(orders.row, day + self._promised_days(orders.row, day), orders.quantity)
            np.add.at(self.inbound, (orders.row, day + lead), orders.quantity)
            np.add.at(self.on_order, orders.row, orders.quantity)
            self.placed = with_lines(self.placed, self.terms, orders)
            self.ledger.orders(day, orders.row, orders.quantity)
        if leaves.any():
            target, quantity = transfers.row[leaves], transfers.quantity[leaves]
            left = self.shelves.ship(transfers.origin[leaves], quantity)
            travel = np.maximum(1, (transfers.receipt_date - transfers.order_date).astype(np.int64)[leaves])
            np.add.at(self.inbound, (target, day + travel), quantity)
            self.inbound_life[target, day + travel] = np.maximum(1, left - travel) * (left > 0)
            np.add.at(self.on_order, target, quantity)
            self.promises.give(target, day + travel, quantity)
            self.ledger.transfers(day, target, quantity)
            self._rebalanced(day, transfers.origin[leaves], target, quantity)

    def _leaves(self, rows: Ints, origin: Ints, day: int) -> npt.NDArray[np.bool_]:
        """Transfers whose lane and origin are open [L]."""
        world, terms = self.world, self.inputs.terms
        feeding = self.terms.origin_row[rows] == origin
        row, start = rows % terms.rows, origin % terms.rows
        cut = world.cut_lanes[terms.site_index[start], terms.site_index[row], day] | world.closed[start, day]
        leaves: npt.NDArray[np.bool_] = ~np.where(feeding, world.cut_off[row, day], cut)
        return leaves

    def _rebalanced(self, day: int, origin: Ints, rows: Ints, quantity: Floats) -> None:
        """Write down the transfers that do not come from the feeding dc, with their freight."""
        moved = self.terms.origin_row[rows] != origin
        if moved.any():
            freight = freight_of(self.terms.rebalancing, origin[moved], rows[moved], quantity[moved])
            self.ledger.rebalanced(day, rows[moved], quantity[moved], freight)

    def _lead_days(self, rows: Ints, day: int) -> Ints:
        """Lead time drawn for each row, over the supplier's working days; lines of one order share the luck.

        Suppliers deliver by the master data and what the scenario says of the world, whatever planners have measured.
        """
        terms, world = self.terms, self.world
        supplier = terms.supplier_index[rows]
        drawn = terms.agreed_lead_mean[rows]
        if self.inputs.twin.lead_time_noise:
            drawn = lead_times(self.luck[self.life_of[rows], supplier, day], drawn, terms.agreed_lead_sd[rows])
        drawn = drawn * world.lead_multiply[supplier, day] + world.lead_add[supplier, day]
        whole = np.maximum(1, np.rint(drawn)).astype(np.int64)
        column = terms.calendar.column(world.first_day + timedelta(days=day))
        days = terms.calendar.lead_days(column, terms.source[rows], whole)
        return np.minimum(days, _ARRIVAL_ROOM_DAYS - 1)

    def _promised_days(self, rows: Ints, day: int) -> Ints:
        """Days until the receipt that planners expect: the mean lead time that they plan with, over working days."""
        column = self.terms.calendar.column(self.world.first_day + timedelta(days=day))
        days = self.terms.calendar.lead_days(column, self.terms.source[rows], self.terms.lead_days[rows])
        return np.minimum(days, _ARRIVAL_ROOM_DAYS - 1)

    def _state(self, day: int) -> State:
        return State(
            on_hand=self.shelves.on_hand,
            blocked=np.zeros(self.rows),
            backorder=self.backlog,
            on_order=self.on_order,
            arrivals=self.promises.ahead(day, days=_ARRIVALS_SHOWN_DAYS),
            recent_daily_sales=self.recent.mean,
            batches=self.shelves.batches(),
            commitments=self.placed,
            returning=self._known_returns(day),
        )

    def _known_returns(self, day: int) -> Floats:
        """What planners expect back of the sales that they have seen."""
        terms, seen = self.terms, self.known_days + day + 1
        sold = self.history.quantity[:, max(seen - terms.return_days, 0) : seen]
        return known_returns(sold, terms.return_rate, return_days=terms.return_days)

    def _refresh(self, day: int) -> None:
        """Forecast again on schedule, from the past of each life only; today's rule reads no forecast."""
        due = day % self.inputs.twin.refresh_days == 0
        if self.forecast is not None and (not due or self.inputs.replenish.policy == "today"):
            return
        origin = self.known_days + day + 1
        outlook, factor, plus = self.inputs.outlooks.at(origin, self.lives)
        past = self.history.until(origin)
        request = self.inputs.outlooks.request_for(self.rows, self.lives)
        forecast = predict(self.recipe, past, outlook, request)
        self.forecast = adjust(forecast, factor=factor, plus=plus)
