"""One life in plain Python: dicts and loops, one row and one lot at a time. Slow, and meant to be read."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from supplychain.handover.forecasting import Forecast
from supplychain.handover.state import State
from supplychain.pipeline.decide import decide
from supplychain.twin.life import LifeInputs
from supplychain.twin.luck import draw_luck, draw_opening, lead_times


@dataclass
class Day:
    """What a day left behind, by row."""

    on_hand: list[float] = field(default_factory=list)
    sold: list[float] = field(default_factory=list)
    waste: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    returned: list[float] = field(default_factory=list)
    orders: dict[int, float] = field(default_factory=dict)
    transfers: dict[int, float] = field(default_factory=dict)
    backlog: list[float] = field(default_factory=list)


def live_slowly(inputs: LifeInputs, life: int, forecast: Forecast, *, days: int) -> list[Day]:
    """The days of one life. Planning asks `decide`, which has its own tests; all else is done here."""
    world, terms = inputs.world, inputs.terms
    rows = range(terms.rows)
    shelf = [0 if math.isinf(s) else int(s) for s in terms.shelf_life_days]
    opening = inputs.opening.on_hand
    if world.spin_up:
        opening = draw_opening(inputs.opening_limit, lives=[life], seed=inputs.seed)[0]
    factor = inputs.twin.opening_stock_factor
    lots = [_opening(float(units) * factor, shelf[r]) for r, units in enumerate(opening)]
    if not world.spin_up:  # tonight's stock is known by its last day
        batches = inputs.opening.batches
        for row in rows:
            if shelf[row]:
                lots[row] = [[more + 1, float(units) * factor] for more, units in enumerate(batches[row]) if units]
    promised: dict[int, list[tuple[int, float]]] = {
        row: [(day, float(units)) for day, units in enumerate(inputs.opening.arrivals[row]) if units] for row in rows
    }
    received = dict.fromkeys(rows, 0.0)
    inbound: dict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)  # (row, day) -> units, days left
    for row in rows:
        for day, units in enumerate(inputs.opening.arrivals[row]):
            if units:
                inbound[row, day].append((float(units), shelf[row]))
    returns: dict[tuple[int, int], float] = defaultdict(float)
    rest = dict.fromkeys(rows, 0.0)
    back_after, known = inputs.return_days, inputs.past.days - world.spin_up
    bought = [[0.0 if math.isnan(q) else float(q) for q in row[:known]] for row in inputs.past.quantity]
    for row in rows:
        for ago in range(min(back_after, known), 0, -1):
            _send_back(inputs, row, back_after - ago, bought[row][known - ago], returns, rest)
    backlog = dict.fromkeys(rows, 0.0)
    luck = draw_luck(len(terms.suppliers), world.days, lives=[life], seed=inputs.seed)[0]
    past = zip(inputs.past.quantity[:, :known], inputs.past.in_stock[:, :known], strict=True)
    sales = [[float(q) for q, there in zip(*row, strict=True) if there and not math.isnan(q)] for row in past]
    diary = []
    for day in range(days):
        today = Day()
        for row in rows:
            _morning(today, row, day, lots, inbound, returns, shelf, closed=bool(world.closed[row, day]))
        for row in rows:
            received[row] += today.arrived[row]
        _sell(today, day, inputs, lots, backlog, sales, returns, rest)
        today.backlog = [backlog[row] for row in rows]
        for row in rows:
            bought[row].append(today.sold[row])
        state = _evening_state(inputs, lots, inbound, backlog, sales, promised, received, day)
        state = replace(state, returning=_known_returns(terms, bought))
        as_of = world.first_day + timedelta(days=day)
        decision = decide(state, forecast, as_of, terms=terms, settings=inputs.replenish)
        for row, units in zip(decision.orders.row, decision.orders.quantity, strict=True):
            supplier = int(terms.supplier_index[row])
            mean, sd = terms.agreed_lead_mean[row : row + 1], terms.agreed_lead_sd[row : row + 1]
            drawn = lead_times(luck[supplier, day : day + 1], mean, sd) if inputs.twin.lead_time_noise else mean
            drawn = drawn * world.lead_multiply[supplier, day] + world.lead_add[supplier, day]
            working = max(1, round(float(drawn[0])))
            inbound[int(row), day + _calendar_days(terms, int(row), as_of, working)].append((float(units), shelf[row]))
            usual = _calendar_days(terms, int(row), as_of, int(terms.lead_days[row]))
            promised[int(row)].append((day + usual, float(units)))
            today.orders[int(row)] = float(units)
        moves = decision.transfers
        for row, origin, units, left, there in zip(
            moves.row, moves.origin, moves.quantity, moves.order_date, moves.receipt_date, strict=True
        ):
            between = world.cut_lanes[terms.site_index[origin], terms.site_index[row], day]
            fed = terms.origin_row[row] == origin
            if world.cut_off[row, day] if fed else between or world.closed[origin, day]:
                continue
            travel = max(1, int((there - left).astype(int)))
            age = _take_fresh(lots[int(origin)], float(units))
            inbound[int(row), day + travel].append((float(units), max(1, age - travel) if age else 0))
            promised[int(row)].append((day + travel, float(units)))
            today.transfers[int(row)] = today.transfers.get(int(row), 0.0) + float(units)
        today.on_hand = [_units(lots[row]) for row in rows]
        diary.append(today)
    return diary


def _mean(units: list[float], launch: float) -> float:
    return sum(units) / len(units) if units else launch


def _opening(units: float, life: int) -> list[list[float]]:
    return [[left + 1, units / life] for left in range(life)] if life else [[0, units]]


def _units(lots: list[list[float]]) -> float:
    return sum(units for _, units in lots)


def _morning(today, row, day, lots, inbound, returns, shelf, *, closed) -> None:
    waste = 0.0
    if shelf[row]:
        waste = sum(units for left, units in lots[row] if left == 1)
        lots[row] = [[left - 1, units] for left, units in lots[row] if left > 1]
    today.waste.append(waste)
    if closed:
        waiting = [
            (units, max(1, left - 1) if 0 < left < shelf[row] else left) for units, left in inbound.pop((row, day), [])
        ]
        inbound[row, day + 1].extend(waiting)
        returns[row, day + 1] += returns.pop((row, day), 0.0)
    came = inbound.get((row, day), [])
    for units, left in came:
        lots[row].append([left if shelf[row] else 0, units])
    today.arrived.append(sum(units for units, _ in came))
    back = returns.get((row, day), 0.0)
    lots[row].append([shelf[row], back])
    today.returned.append(back)


def _sell(today, day, inputs, lots, backlog, sales, returns, rest) -> None:
    world = inputs.world
    rows = range(inputs.terms.rows)
    spilled = dict.fromkeys(rows, 0.0)
    for row in rows:
        if world.fallback[row] >= 0:
            there = 0.0 if world.closed[row, day] else _units(lots[row])
            spilled[int(world.fallback[row])] += world.demand[row, day] - min(there, world.demand[row, day])
    for row in rows:
        asked = world.demand[row, day] + spilled[row]
        wanted = 0.0 if world.closed[row, day] else asked + backlog[row]
        sold = _take_old(lots[row], wanted)
        for_backlog = min(sold, backlog[row])
        unmet = 0.0 if world.fallback[row] >= 0 else asked - (sold - for_backlog)
        backlog[row] += math.floor(unmet * (1 - inputs.replenish.lost_sale_share) + 1e-9) - for_backlog
        if unmet <= 0 and (sold > 0 or _units(lots[row]) > 0):  # an empty shelf says nothing about demand
            sales[row].append(sold)
        today.sold.append(sold)
        _send_back(inputs, row, day + inputs.return_days, sold, returns, rest)


def _send_back(inputs, row, day, sold, returns, rest) -> None:
    rest[row] += sold * inputs.return_rate[row]
    back = math.floor(rest[row] + 1e-9)
    rest[row] -= back
    returns[row, day] += back


def _known_returns(terms, bought: list[list[float]]) -> np.ndarray:
    """Expected units by the day on which they come back, tomorrow first."""
    days = terms.return_days
    back = np.zeros((terms.rows, days))
    for row, units in enumerate(bought):
        for ahead in range(1, days + 1):
            ago = days - ahead  # today's sales come back last
            if ago < len(units):
                back[row, ahead - 1] = units[len(units) - 1 - ago] * terms.return_rate[row]
    return back


def _take_old(lots: list[list[float]], wanted: float) -> float:
    return _take(sorted(lots, key=lambda lot: lot[0]), wanted)


def _take(lots: list[list[float]], wanted: float) -> float:
    taken = 0.0
    for lot in lots:
        part = min(lot[1], wanted - taken)
        lot[1] -= part
        taken += part
    return taken


def _take_fresh(lots: list[list[float]], wanted: float) -> int:
    """Take the freshest; whole days left on average (0 for goods that keep)."""
    before = [(lot[0], lot[1]) for lot in lots]
    _take(sorted(lots, key=lambda lot: -lot[0]), wanted)
    taken = [(left, was - lot[1]) for (left, was), lot in zip(before, lots, strict=True)]
    units = sum(part for _, part in taken)
    if not any(left for left, _ in taken):
        return 0
    return max(1, int(sum(left * part for left, part in taken) / units))


def _calendar_days(terms, row: int, as_of, working: int) -> int:
    """Days until the supplier has worked ``working`` days."""
    calendar, source = terms.calendar, int(terms.source[row])
    column = calendar.column(as_of)
    days = 0
    while working:
        days += 1
        works = calendar.working[source, column + days] > calendar.working[source, column + days - 1]
        working -= int(works)
    return days


def _evening_state(inputs, lots, inbound, backlog, sales, promised, received, day) -> State:
    rows, window = inputs.terms.rows, inputs.replenish.today.window_days
    arrivals = np.zeros((rows, 120))
    on_order = np.zeros(rows)
    for (row, due), coming in inbound.items():
        units = sum(part for part, _ in coming)
        if due > day:
            on_order[row] += units
    for row in range(rows):
        met = received[row]
        for due, units in sorted(promised[row]):
            still = max(0.0, units - met)
            met = max(0.0, met - units)
            column = max(0, due - day - 1)
            if column < 120:
                arrivals[row, column] += still
    return State(
        on_hand=np.array([_units(lots[row]) for row in range(rows)]),
        blocked=np.zeros(rows),
        backorder=np.array([backlog[row] for row in range(rows)]),
        on_order=on_order,
        arrivals=arrivals,
        recent_daily_sales=np.array(
            [_mean(sales[row][-window:], float(inputs.launch_daily_sales[row])) for row in range(rows)]
        ),
        batches=_batches(lots),
    )


def _batches(lots: list[list[list[float]]]) -> np.ndarray:
    """Units by the number of more days on which they can be sold; lots of rows that keep have no day."""
    table = np.zeros((len(lots), 1 + int(max((left for row in lots for left, _ in row), default=0))))
    for row, own in enumerate(lots):
        for left, units in own:
            if left:
                table[row, int(left) - 1] += units
    return table
