"""Orders of a network over sample paths of demand: a stochastic programme, solved anew each period on what is known.

One linear programme in means with convex shortage: for each market and period, the expected shortage over the paths
is a convex function of the mean net stock, so the paths need no copies of their own. With K paths of which j are worst,

    shortage >= sum over the j worst of (deviation - net stock) / K        for every j,

which is tight at the order statistics (the sample-average form of the newsvendor; Shapiro, Dentcheva and
Ruszczynski, Lectures on Stochastic Programming, 2009, section 1.2). A deviation is that of the demand which no later
order could have answered: of the period itself and of as many before it as the shortest lead time into the market's
node, since what was sold too much before that is ordered again by the rolling plan (the base-stock argument).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from solvers.milp import MilpProblem, solve_milp
from solvers.replenishment.supply_network import NetworkState, SupplyNetwork
from solvers.status import Status

__all__ = ["NetworkPlan", "plan_network", "shortage_cuts"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CUTS = 14  # steps of the shortage curve; more of them cost time and change orders by fractions of a unit


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """H periods: ``orders`` [H,E], mean ``stock`` [H,N] and ``shortage`` [H,M] at their ends, expected ``profit``.

    Only ``orders[0]`` is to be placed; the rest is what the plan would do if nothing unexpected came.
    """

    orders: Floats
    stock: Floats
    shortage: Floats
    profit: float
    status: Status


def plan_network(
    network: SupplyNetwork,
    state: NetworkState,
    paths: Floats,
    *,
    value_left: Floats | None = None,
    shortage_value: Floats | None = None,
    window_periods: int | None = None,
) -> NetworkPlan:
    """Orders of largest expected profit over the paths of demand.

    ``paths`` [K,H,M]: equally likely demand of the H periods to come; a single path is perfect information, and the
    plan then exact. ``value_left`` [N] a unit on hand after the last period (default 0); ``shortage_value`` [H,M]
    further cost of a unit short in a period, such as goodwill. ``window_periods`` over which deviations add up
    (default: the shortest lead time into the market's node and one): 1 suits lost sales where the paths disagree about
    the level for good, since over a longer window the same lost unit would be counted again each period. Raises
    ValueError, listing everything that is wrong.
    """
    faults = state.faults_for(network) + _faults(network, paths, value_left, shortage_value)
    if window_periods is not None and window_periods < 1:
        faults.append(f"window_periods: {window_periods}: must be at least 1")
    if faults:
        raise ValueError("plan of a network: " + "; ".join(faults))
    horizon, markets = paths.shape[1:]
    links, nodes = network.source.size, network.holding_cost.size
    mean = paths.mean(axis=0)
    slopes, floors = shortage_cuts(_deviations(network, paths - mean, window_periods))
    columns = _Columns(horizon, links, nodes, markets)
    cost = _costs(network, columns, value_left, shortage_value)
    matrix, low, high = _rows(network, columns, state, mean, (slopes, floors))
    owed = mean.sum(axis=0) + (state.waiting if network.backlog else 0.0)
    problem = MilpProblem.of(cost, matrix, row_lower=low, row_upper=high, offset=-float(network.price @ owed))
    solution = solve_milp(problem, explain=False)
    if solution.values is None:
        raise ValueError(f"plan of a network: {solution.status}: costs must make endless orders or stock a loss")
    flows, stock, short = np.split(solution.values, [horizon * links, horizon * (links + nodes)])
    return NetworkPlan(np.maximum(flows, 0.0).reshape(horizon, links), stock.reshape(horizon, nodes),
                       short.reshape(horizon, markets), -solution.objective, solution.status)  # fmt: skip


def shortage_cuts(deviation: Floats, *, steps: int = CUTS) -> tuple[Floats, Floats]:
    """Lower bounds ``floor - slope * y`` of E[(D - y)^+], D the ``deviation`` [K,...]; slopes [C], floors [C,...].

    The j worst of K paths give slope j / K and as floor their sum / K; C different j, the whole K among them.
    """
    count = deviation.shape[0]
    worst = np.unique(np.rint(np.linspace(1, count, min(steps, count))).astype(np.int64))
    top = np.cumsum(-np.sort(-deviation, axis=0), axis=0)
    return worst / count, top[worst - 1] / count


@dataclass(frozen=True, slots=True)
class _Columns:
    """Orders [H,E], then stock [H,N], then shortage [H,M]."""

    horizon: int
    links: int
    nodes: int
    markets: int

    @property
    def order(self) -> Ints:
        return np.arange(self.horizon * self.links).reshape(self.horizon, self.links)

    @property
    def stock(self) -> Ints:
        first = self.horizon * self.links
        return first + np.arange(self.horizon * self.nodes).reshape(self.horizon, self.nodes)

    @property
    def short(self) -> Ints:
        first = self.horizon * (self.links + self.nodes)
        return first + np.arange(self.horizon * self.markets).reshape(self.horizon, self.markets)


def _deviations(network: SupplyNetwork, deviation: Floats, window_periods: int | None) -> Floats:
    """Deviations [K,H,M] summed over the periods that no later order could answer."""
    total = np.cumsum(deviation, axis=1)
    out = total.copy()
    for m, node in enumerate(network.market_node):
        leads = network.lead_time_periods[network.destination == node]
        window = window_periods or (int(leads.min()) if leads.size else deviation.shape[1]) + 1
        if window < deviation.shape[1]:
            out[:, window:, m] -= total[:, :-window, m]
    return out


def _costs(
    network: SupplyNetwork, columns: _Columns, value_left: Floats | None, shortage_value: Floats | None
) -> Floats:
    horizon = columns.horizon
    left = np.arange(horizon, 0, -1)[:, None]
    outside = network.source < 0
    output = np.where(outside, 0.0, network.output_cost[np.where(outside, 0, network.source)])
    order = network.unit_cost + output + network.transit_cost * np.minimum(network.lead_time_periods, left)
    stock = np.broadcast_to(network.holding_cost, (horizon, columns.nodes)).copy()
    short = np.broadcast_to(network.shortage_cost, (horizon, columns.markets)).copy()
    if network.backlog:
        short[-1] += network.price
    else:
        short += network.price
    if value_left is not None:
        stock[-1] -= value_left
    if shortage_value is not None:
        short += shortage_value
    return np.concatenate([order.ravel(), stock.ravel(), short.ravel()])


def _rows(
    network: SupplyNetwork, columns: _Columns, state: NetworkState, mean: Floats, cuts: tuple[Floats, Floats]
) -> tuple[sparse.csr_array, Floats, Floats]:
    """Balance, shipping out of what is there, capacity and the shortage curve."""
    parts = [
        _balance(network, columns, state, mean),
        _shipping(network, columns, state),
        _curve(network, columns, cuts),
    ]
    first, rows, places, values = 0, [], [], []
    for (row, place, value), low, _ in parts:
        rows.append(row + first)
        places.append(place)
        values.append(value)
        first += low.size
    width = columns.horizon * (columns.links + columns.nodes + columns.markets)
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(places)))
    low, high = (np.concatenate([part[side] for part in parts]) for side in (1, 2))
    matrix = sparse.csr_array(entries, shape=(first, width))
    matrix.eliminate_zeros()
    return matrix, low, high


_Part = tuple[tuple[Ints, Ints, Floats], Floats, Floats]


def _joined(entries: list[tuple[Ints, Ints, float | Floats]]) -> tuple[Ints, Ints, Floats]:
    rows = np.concatenate([np.ravel(row) for row, _, _ in entries])
    places = np.concatenate([np.ravel(place) for _, place, _ in entries])
    values = np.concatenate([np.broadcast_to(value, row.shape).ravel() for row, _, value in entries])
    return rows, places, values


def _balance(network: SupplyNetwork, columns: _Columns, state: NetworkState, mean: Floats) -> _Part:
    """Stock = stock before + received - shipped - demand + short (- short before, where that waits)."""
    horizon, order, stock, short = columns.horizon, columns.order, columns.stock, columns.short
    row = np.arange(horizon * columns.nodes).reshape(horizon, columns.nodes)
    inside = np.flatnonzero(network.source >= 0)
    at, market = network.source[inside], network.market_node
    entries: list[tuple[Ints, Ints, float | Floats]] = [
        (row, stock, 1.0),
        (row[1:], stock[:-1], -1.0),
        (row[:, at], order[:, inside], np.broadcast_to(1.0 / network.yield_share[at], (horizon, at.size))),
        (row[:, market], short, -1.0),
    ]
    if network.backlog:
        entries.append((row[1:, market], short[:-1], 1.0))
    for e, lead in enumerate(network.lead_time_periods):
        if lead < horizon:
            entries.append((row[lead:, network.destination[e]], order[: horizon - lead, e], -1.0))
    given = np.zeros((horizon, columns.nodes))
    known = min(horizon, state.arriving.shape[0])
    given[:known] = state.arriving[:known]
    given[0] += state.on_hand
    given[0, market] -= state.waiting
    given[:, market] -= mean
    return _joined(entries), given.ravel(), given.ravel()


def _shipping(network: SupplyNetwork, columns: _Columns, state: NetworkState) -> _Part:
    """A node ships at most what it began the period with, and at most its capacity."""
    horizon, order, stock = columns.horizon, columns.order, columns.stock
    senders, place = np.unique(network.source[network.source >= 0], return_inverse=True)
    inside = np.flatnonzero(network.source >= 0)
    row = np.arange(horizon * senders.size).reshape(horizon, senders.size)
    share = np.broadcast_to(1.0 / network.yield_share[network.source[inside]], (horizon, inside.size))
    limited = row + horizon * senders.size
    entries: list[tuple[Ints, Ints, float | Floats]] = [
        (row[:, place], order[:, inside], share),
        (row[1:], stock[:-1][:, senders], -1.0),
        (limited[:, place], order[:, inside], 1.0),
    ]
    began = np.zeros((horizon, senders.size))
    began[0] = state.on_hand[senders]
    high = np.concatenate([began.ravel(), np.broadcast_to(network.capacity[senders], began.shape).ravel()])
    return _joined(entries), np.full(high.size, -np.inf), high


def _curve(network: SupplyNetwork, columns: _Columns, cuts: tuple[Floats, Floats]) -> _Part:
    """Shortage >= floor - slope * (stock - shortage), for each step of the curve."""
    slopes, floors = cuts
    stock, short = columns.stock[:, network.market_node], columns.short
    row = np.arange(floors.size).reshape(floors.shape)
    slope = np.broadcast_to(slopes[:, None, None], floors.shape)
    entries: list[tuple[Ints, Ints, float | Floats]] = [
        (row, np.broadcast_to(short, floors.shape), 1.0 - slope),
        (row, np.broadcast_to(stock, floors.shape), slope),
    ]
    return _joined(entries), floors.ravel(), np.full(floors.size, np.inf)


def _faults(
    network: SupplyNetwork, paths: Floats, value_left: Floats | None, shortage_value: Floats | None
) -> list[str]:
    nodes, markets = network.holding_cost.size, network.market_node.size
    faults = []
    if paths.ndim != 3 or 0 in paths.shape or paths.shape[2] != markets:
        faults.append(f"paths: shape {paths.shape}: must be paths x periods x {markets} markets")
    elif not np.isfinite(paths).all() or (paths < 0).any():
        faults.append("paths: must be finite and not negative")
    if value_left is not None and (value_left.shape != (nodes,) or not np.isfinite(value_left).all()):
        faults.append(f"value_left: must be {nodes} finite numbers")
    wanted = paths.shape[1:]
    if shortage_value is not None and (shortage_value.shape != wanted or not (shortage_value >= 0).all()):
        faults.append(f"shortage_value: must be not negative, of shape {wanted}")
    return faults
