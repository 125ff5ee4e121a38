from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import pytest

from supplychain.handover.rebalancing_lanes import RebalancingLanes
from supplychain.twin.life import LifeInputs, _Run, live
from supplychain.twin.luck import draw_opening
from supplychain.twin.outcome import Outcome, join
from tests.twin.reference import Day, live_slowly


class Recorder(_Run):
    """The batch of lives with a diary of what moved."""

    def __init__(self, inputs: LifeInputs, lives) -> None:
        super().__init__(inputs, lives)
        self.diary: list[Day] = []

    def morning(self, day: int) -> None:
        before = self.shelves.on_hand.copy()
        stock = self.ledger.waste
        seen: dict[str, np.ndarray] = {}

        def waste(day: int, units: np.ndarray) -> None:
            seen["waste"] = units.copy()
            stock(day, units)

        self.ledger.waste = waste  # type: ignore[method-assign]
        super().morning(day)
        self.ledger.waste = stock  # type: ignore[method-assign]
        today = Day(waste=seen["waste"].tolist(), arrived=self.inbound[:, day].tolist())
        today.returned = self.returning[:, day].tolist()
        np.testing.assert_allclose(
            self.shelves.on_hand, before - seen["waste"] + self.inbound[:, day] + self.returning[:, day], atol=1e-6
        )
        self.diary.append(today)

    def sell(self, day: int) -> None:
        before = self.shelves.on_hand.copy()
        super().sell(day)
        self.diary[-1].sold = (before - self.shelves.on_hand).tolist()
        self.diary[-1].backlog = self.backlog.tolist()

    def evening(self, day: int) -> None:
        orders, transfers = self.ledger.orders, self.ledger.transfers

        def ordered(day: int, rows: np.ndarray, units: np.ndarray) -> None:
            self.diary[-1].orders = dict(zip(rows.tolist(), units.tolist(), strict=True))
            orders(day, rows, units)

        def moved(day: int, rows: np.ndarray, units: np.ndarray) -> None:
            for row, sent in zip(rows.tolist(), units.tolist(), strict=True):
                self.diary[-1].transfers[row] = self.diary[-1].transfers.get(row, 0.0) + sent
            transfers(day, rows, units)

        self.ledger.orders, self.ledger.transfers = ordered, moved  # type: ignore[method-assign]
        super().evening(day)
        self.ledger.orders, self.ledger.transfers = orders, transfers  # type: ignore[method-assign]
        self.diary[-1].on_hand = self.shelves.on_hand.tolist()


def record(inputs: LifeInputs, lives, *, days: int | None = None) -> Recorder:
    run = Recorder(inputs, lives)
    for day in range(inputs.world.days if days is None else days):
        run.morning(day)
        run.sell(day)
        run.evening(day)
    return run


def same_days(fast: list[Day], slow: list[Day]) -> None:
    for number, (one, other) in enumerate(zip(fast, slow, strict=True)):
        for name in ("waste", "arrived", "returned", "sold", "backlog", "on_hand"):
            np.testing.assert_allclose(
                getattr(one, name), getattr(other, name), atol=1e-6, err_msg=f"day {number} {name}"
            )
        assert one.orders == pytest.approx(other.orders), f"day {number}"
        assert one.transfers == pytest.approx(other.transfers), f"day {number}"


SURPRISES = """
changes:
  - {set: world.lead_time_days, where: {supplier_id: S1}, add: 5, during: 2025-06-05..2025-06-20}
  - {set: world.lead_time_days, where: {supplier_id: S3}, multiply: 2}
  - {set: world.sites, where: {site_id: D1}, value: closed, during: 2025-06-12..2025-06-17}
  - {set: world.sites, where: {site_id: F1}, value: closed, during: 2025-06-22..2025-06-24}
  - {set: world.lanes, where: {destination_id: H1}, value: closed, during: 2025-06-25..2025-07-05}
  - {set: world.demand, where: {category: food}, multiply: 1.7, during: 2025-06-10..2025-06-30}
"""


@pytest.mark.parametrize(
    ("body", "sets", "life"),
    [
        ("", (), 0),
        ("", ("replenish.lost_sale_share=0.4",), 3),
        ("", ("twin.lead_time_noise=false", "twin.spin_up_days=0", "twin.opening_stock_factor=0.5"), 0),
        (SURPRISES, ("replenish.lost_sale_share=0.8",), 1),
    ],
    ids=["plain", "backlog", "steady", "surprises"],
)
def test_against_the_slow_life(build, body, sets, life):
    _, _, inputs = build(body, *sets)
    run = record(inputs, [life])
    assert run.forecast is not None
    slow = live_slowly(inputs, life, run.forecast, days=inputs.world.days)
    same_days(run.diary, slow)
    totals = {name: sum(sum(getattr(day, name)) for day in slow) for name in ("sold", "arrived", "returned", "waste")}
    assert all(total > 0 for total in totals.values()), totals
    assert sum(len(day.transfers) for day in slow) > 3
    outcome = run.ledger.close()
    measured = slow[inputs.world.spin_up :]
    np.testing.assert_allclose(outcome.on_hand[0], np.mean([_before_evening(day, inputs) for day in measured], axis=0))
    np.testing.assert_allclose(outcome.wasted[0], np.sum([day.waste for day in measured], axis=0), atol=1e-6)
    assert outcome.order_lines[0] == sum(len(day.orders) for day in measured)
    assert outcome.transfer_units[0] == pytest.approx(sum(sum(day.transfers.values()) for day in measured))
    value = sum(units * inputs.past.unit_value[row] for day in measured for row, units in day.orders.items())
    assert outcome.ordered_value[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("body", "closed"), [("", False), (SURPRISES, False), ("", True)], ids=["plain", "surprises", "closed"]
)
def test_moves_between_dcs_against_the_slow_life(build, body, closed):
    """Lanes both ways between the dcs; the second one takes months to be supplied, so that the first helps out."""
    _, _, inputs = build(
        body, "replenish.policy=optimized", "replenish.rebalance=true", "twin.spin_up_days=0", "twin.refresh_days=365"
    )
    terms = inputs.terms
    far = np.array(terms.site_ids) == "D2"
    there = [terms.row_of(item, "D2") for item in terms.items]
    here = [terms.row_of(item, "D1") for item in terms.items]
    pairs = np.array([(a, b) for a, b in zip(here, there, strict=True) if a is not None and b is not None])
    count = len(pairs)
    lanes = RebalancingLanes(
        origin=pairs.T.ravel(), destination=pairs[:, ::-1].T.ravel(), item=np.tile(np.arange(count), 2),
        days=np.full(2 * count, 2), unit_cost=np.full(2 * count, 0.01), shipment=np.repeat([0, 1], count),
        shipment_cost=np.array([3.0, 3.0]), departs=np.ones((2, 7), bool),
    )  # fmt: skip
    days, mean = np.where(far, 60, terms.lead_days), np.where(far, 60.0, terms.lead_mean)
    keeps = np.full(terms.rows, np.inf)  # the slow life tells lots of mixed age apart, which the fast one averages
    changed = {"lead_days": days, "lead_mean": mean, "shelf_life_days": keeps}
    slow_supply = dataclasses.replace(terms, rebalancing=lanes, **changed)
    world = dataclasses.replace(inputs.world, cut_lanes=inputs.world.cut_lanes | closed)
    inputs = dataclasses.replace(inputs, terms=slow_supply, world=world)
    run = record(inputs, [0])
    assert run.forecast is not None
    same_days(run.diary, live_slowly(inputs, 0, run.forecast, days=inputs.world.days))
    outcome = run.ledger.close()
    if closed:
        assert outcome.rebalanced_units[0] == outcome.rebalancing_freight[0] == 0
    else:
        assert outcome.rebalanced_units[0] > 0
        evenings = (outcome.rebalancing_freight[0] - 0.01 * outcome.rebalanced_units[0]) / 3.0
        assert evenings == pytest.approx(round(evenings))
        assert evenings >= 1


def _before_evening(day: Day, inputs: LifeInputs) -> np.ndarray:
    """Stock after sales, before tonight's transfers leave."""
    stock = np.array(day.on_hand)
    for row, units in day.transfers.items():
        stock[inputs.terms.origin_row[row]] += units
    return stock


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("policy", ["today", "textbook", "optimized"])
def test_units_are_conserved(build, policy, seed):
    _, _, inputs = build(SURPRISES, f"replenish.policy={policy}", f"seed={seed}")
    run = record(inputs, [0, 1], days=60)
    assert inputs.world.spin_up > 0
    opening = draw_opening(inputs.opening_limit, lives=[0, 1], seed=inputs.seed).ravel()
    stock, supplied, moved_out, moved_in = opening.copy(), np.zeros(run.rows), np.zeros(run.rows), np.zeros(run.rows)
    for day in run.diary:
        stock += np.array(day.arrived) + np.array(day.returned) - np.array(day.waste) - np.array(day.sold)
        for row, units in day.transfers.items():
            stock[run.terms.origin_row[row]] -= units
            moved_out[run.terms.origin_row[row]] += units
            moved_in[row] += units
        for row, units in day.orders.items():
            supplied[row] += units
        np.testing.assert_allclose(stock, day.on_hand, atol=1e-6)
        assert (stock >= -1e-6).all()
    arrived = np.sum([day.arrived for day in run.diary], axis=0)
    known = np.tile(inputs.opening.arrivals.sum(axis=1), 2)
    np.testing.assert_allclose(arrived + run.on_order, known + supplied + moved_in, atol=1e-6)
    np.testing.assert_allclose(run.on_order, run.inbound[:, 60:].sum(axis=1), atol=1e-6)
    assert moved_out.sum() == pytest.approx(moved_in.sum())
    sold = np.sum([day.sold for day in run.diary], axis=0)
    returned = np.sum([day.returned for day in run.diary], axis=0) + run.returning[:, 60:].sum(axis=1)
    before = np.nan_to_num(run.history.quantity[:, run.known_days - inputs.return_days : run.known_days]).sum(axis=1)
    np.testing.assert_allclose(returned + run.return_rest, (before + sold) * run.return_rate, atol=1e-6)


def equal(one: Outcome, other: Outcome) -> None:
    for field in dataclasses.fields(Outcome):
        a, b = getattr(one, field.name), getattr(other, field.name)
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes(), field.name


@pytest.mark.parametrize("policy", ["today", "textbook", "optimized"])
def test_lives_do_not_feel_each_other(build, policy):
    _, _, inputs = build(SURPRISES, f"replenish.policy={policy}", "twin.days=30")
    together = live(inputs, [0, 1, 2])
    equal(together, join([live(inputs, [life]) for life in (0, 1, 2)]))
    equal(live(inputs, [2, 0]), join([live(inputs, [2]), live(inputs, [0])]))
    assert together.stock_value[0].tolist() != together.stock_value[1].tolist()


def test_the_inputs_are_left_alone(build):
    _, _, inputs = build("", "twin.days=20")
    before = inputs.opening.on_hand.copy(), inputs.past.quantity.copy(), inputs.world.demand.copy()
    first = live(inputs, [0])
    equal(first, live(inputs, [0]))
    after = inputs.opening.on_hand, inputs.past.quantity, inputs.world.demand
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_progress_is_told(build):
    _, _, inputs = build("", "twin.days=20")
    heard: list[int] = []
    live(inputs, [0], tell=heard.append)
    assert heard == list(range(1, inputs.world.days + 1))


@pytest.mark.parametrize("policy", ["today", "optimized"])
def test_no_day_knows_the_next(build, policy):
    """Other actuals after a day leave everything up to that day as it was; forecasts are made anew on the way."""
    _, _, inputs = build("", f"replenish.policy={policy}", "forecast.method=auto")
    cut = inputs.world.spin_up + 21
    demand = inputs.world.demand.copy()
    demand[:, cut:] = np.roll(demand[:, cut:], 3, axis=1) * 4 + 1
    outlooks = inputs.outlooks
    later = inputs.past.days + 21
    ratio, promo = outlooks.observed_ratio.copy(), outlooks.observed_promo.copy()
    ratio[:, later:], promo[:, later:] = 0.5, 1.0
    other = replace(
        inputs,
        world=replace(inputs.world, demand=demand),
        outlooks=replace(outlooks, observed_ratio=ratio, observed_promo=promo),
    )
    same_days(record(inputs, [0], days=cut).diary, record(other, [0], days=cut).diary)
    if policy == "optimized":
        late, changed = record(inputs, [0], days=cut + 25), record(other, [0], days=cut + 25)
        assert [day.orders for day in late.diary] != [day.orders for day in changed.diary]


def test_a_row_that_is_sold_off_leaves_its_demand_to_another_dc(build):
    _, _, inputs = build("", "twin.spin_up_days=0")
    terms, world = inputs.terms, inputs.world
    going = terms.row_of("NA", "D2")
    taking = terms.row_of("NA", "D1")
    assert world.fallback[going] == taking
    assert world.fallback[terms.row_of("old", "D2")] == terms.row_of("old", "D1")
    assert sorted(np.flatnonzero(world.fallback >= 0)) == sorted([going, terms.row_of("old", "D2")])
    assert not world.listed[going].any()
    rich = inputs.opening.on_hand.copy()
    rich[taking] = 10_000.0
    run = record(replace(inputs, opening=replace(inputs.opening, on_hand=rich)), [0])
    sold = np.sum([day.sold for day in run.diary], axis=0)
    assert sold[going] + sold[taking] == pytest.approx(world.demand[[going, taking]].sum())
    outcome = run.ledger.close()
    assert outcome.served[0, going] == pytest.approx(outcome.demanded[0, going])
    assert not any(going in day.orders for day in run.diary)
    assert outcome.listed_days[0, going] == 0


def test_served_is_never_more_than_demanded(build):
    _, _, inputs = build(SURPRISES, "replenish.lost_sale_share=0.3")
    outcome = live(inputs, [0, 1])
    assert (outcome.served <= outcome.demanded + 1e-6).all()
    assert (outcome.filled_share >= 0).all()
    assert (outcome.filled_share <= 1 + 1e-6).all()
    assert (outcome.cycles_short <= outcome.cycles).all()
    assert (outcome.stock_out <= outcome.listed_days).all()


def test_parcels_queue_where_a_site_is_short_of_hands(build):
    """First in, first out, against a loop over the units of one site."""
    _, _, plain = build("", "replenish.lost_sale_share=0.8")
    limit = np.full_like(plain.world.throughput, np.inf)
    site = plain.terms.sites.index("D1")
    limit[site] = 22.0
    inputs = replace(plain, world=replace(plain.world, throughput=limit))
    run = record(inputs, [0])
    queue, expected = 0.0, []
    for day in run.diary:
        units = sum(u for row, u in enumerate(day.sold) if inputs.terms.site_index[row] == site)
        queue = max(0.0, queue + units - 22.0)
        expected.append(queue / 22.0)
    outcome = run.ledger.close()
    np.testing.assert_allclose(outcome.queue_days[0, site], expected[inputs.world.spin_up :])
    assert max(expected) > 0.1
    others = [s for s in range(len(inputs.terms.sites)) if s != site]
    assert not outcome.queue_days[0, others].any()


def test_a_site_without_hands_ships_nothing(build):
    _, _, plain = build("", "twin.days=20")
    limit = np.full_like(plain.world.throughput, np.inf)
    limit[0] = 0.0
    outcome = live(replace(plain, world=replace(plain.world, throughput=limit)), [0])
    assert (outcome.queue_days[0, 0] == plain.world.days).all()
