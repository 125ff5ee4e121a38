"""A network of stages that promise each other service times, as arrays, and the demand that each of them bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = ["ServiceNetwork", "pool_demand_sd", "topological_order"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class ServiceNetwork:
    """N stages that each hold stock after their own processing, and E edges [E,2] (supplying stage, supplied stage).

    ``processing_time`` [N], ``inbound_time`` [N] (what an outside supplier promises; 0 without one) and
    ``outbound_limit`` [N] (most that customers outside accept; inf without a limit) are in one unit of time.
    ``holding_cost`` [N] money a unit and period, local. ``demand_sd`` [N] standard deviation a unit of time of the
    demand that comes to a stage from outside the network (0 for stages without customers of their own).
    ``bound_constant`` [N] how many deviations the demand bound covers. ``units`` [E] units of the supplying stage in
    one unit of the supplied stage. ``pooling_exponent`` adds customers up: 2 for independent demand, 1 for fully
    correlated demand. Build it with :meth:`of`, which fills in defaults and checks.
    """

    processing_time: Floats
    holding_cost: Floats
    demand_sd: Floats
    bound_constant: Floats
    outbound_limit: Floats
    inbound_time: Floats
    edges: Ints
    units: Floats
    pooling_exponent: float
    names: tuple[str, ...]

    @property
    def stages(self) -> int:
        """Number of stages N."""
        return self.processing_time.size

    @classmethod
    def of(
        cls,
        *,
        processing_time: npt.ArrayLike,
        holding_cost: npt.ArrayLike,
        demand_sd: npt.ArrayLike,
        edges: npt.ArrayLike,
        bound_constant: npt.ArrayLike = 1.0,
        outbound_limit: npt.ArrayLike = np.inf,
        inbound_time: npt.ArrayLike = 0.0,
        units: npt.ArrayLike = 1.0,
        pooling_exponent: float = 2.0,
        names: tuple[str, ...] | None = None,
    ) -> ServiceNetwork:
        """Build and check a network; one figure for an array stands for all stages or edges.

        Raises ValueError listing everything that is wrong: shapes, figures out of range, unknown stages, edges given
        twice, and a directed cycle by the names of its stages.
        """
        time = np.atleast_1d(np.asarray(processing_time, np.float64))
        pairs = np.asarray(edges, np.float64).reshape(-1, 2) if np.size(edges) else np.zeros((0, 2))
        per_stage: dict[str, npt.ArrayLike] = {
            "processing_time": time,
            "holding_cost": holding_cost,
            "demand_sd": demand_sd,
            "bound_constant": bound_constant,
            "outbound_limit": outbound_limit,
            "inbound_time": inbound_time,
        }
        found: list[str] = []
        if time.ndim != 1 or time.size == 0:
            raise ValueError(f"processing_time: shape {time.shape}: must be [N] with at least one stage")
        known = tuple(names) if names is not None else tuple(str(k) for k in range(time.size))
        if len(known) != time.size:
            found.append(f"names: {len(known)}: must be one for each of the {time.size} stages")
            known = tuple(str(k) for k in range(time.size))
        arrays = {name: _filled(name, values, time.size, found) for name, values in per_stage.items()}
        factor = _filled("units", units, pairs.shape[0], found)
        for name, values in arrays.items():
            found += _out_of_range(name, values, known, infinite=name == "outbound_limit")
        found += [f"units: edge {e}: {factor[e]:g}: must be above zero and finite" for e in range(factor.size)
                  if not (np.isfinite(factor[e]) and factor[e] > 0)]  # fmt: skip
        if not (np.isfinite(pooling_exponent) and pooling_exponent >= 1.0):
            found.append(f"pooling_exponent: {pooling_exponent:g}: must be at least 1 (2 for independent demand)")
        found += _wrong_edges(pairs, known)
        if found:
            raise ValueError("; ".join(found))
        links = np.ascontiguousarray(pairs, dtype=np.int64)
        topological_order(links, known)
        return cls(**arrays, edges=links, units=factor, pooling_exponent=float(pooling_exponent), names=known)


def topological_order(edges: Ints, names: tuple[str, ...]) -> Ints:
    """Stages so that every edge points forward [N]; raises ValueError naming the stages of a directed cycle."""
    count = len(names)
    waiting = np.bincount(edges[:, 1], minlength=count) if edges.size else np.zeros(count, np.int64)
    after: list[list[int]] = [[] for _ in range(count)]
    for first, second in edges.tolist():
        after[first].append(second)
    order = [k for k in range(count) if waiting[k] == 0]
    for stage in order:
        for other in after[stage]:
            waiting[other] -= 1
            if waiting[other] == 0:
                order.append(other)
    if len(order) < count:
        cycle = _directed_cycle(edges, set(range(count)) - set(order))
        path = " -> ".join(names[k] for k in cycle)
        raise ValueError(f"edges: cycle {path}: goods may not flow back; remove one of these edges")
    return np.array(order, np.int64)


def pool_demand_sd(network: ServiceNetwork) -> Floats:
    """Standard deviation of the demand that each stage sees [N], in its own units a unit of time.

    Stage i sees customer c with a_ic units, summed over all ways through the network, so
    sd_i = (sum over c of (a_ic sd_c)^p)^(1/p) with the pooling exponent p (Graves and Willems 2000, section 3; p of 2
    is independent demand). In a network with several ways to one customer his demand is counted as one demand.
    """
    order = topological_order(network.edges, network.names)
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    backward = np.argsort(-place[network.edges[:, 0]], kind="stable")
    edges, units = np.ascontiguousarray(network.edges[backward]), network.units[backward]
    pooled: Floats = _pooled(edges, units, network.demand_sd, network.pooling_exponent)
    return pooled


@compiled
def _pooled(edges: Ints, units: Floats, demand_sd: Floats, exponent: float) -> Floats:
    """Edges come from the customers backwards, so an edge is met after all ways behind it are summed."""
    total, ways = np.zeros(demand_sd.shape[0]), np.zeros(demand_sd.shape[0])
    for customer in range(demand_sd.shape[0]):
        if demand_sd[customer] <= 0.0:
            continue
        ways[:] = 0.0
        ways[customer] = 1.0
        for e in range(edges.shape[0]):
            ways[edges[e, 0]] += units[e] * ways[edges[e, 1]]
        for k in range(ways.shape[0]):
            if ways[k] > 0.0:
                total[k] += (ways[k] * demand_sd[customer]) ** exponent
    return total ** (1.0 / exponent)


def _filled(name: str, values: npt.ArrayLike, size: int, found: list[str]) -> Floats:
    array = np.asarray(values, np.float64)
    if array.ndim == 0:
        return np.full(size, float(array))
    if array.shape != (size,):
        found.append(f"{name}: shape {array.shape}: must be ({size},)")
        return np.ones(size)
    return np.ascontiguousarray(array)


def _out_of_range(name: str, values: Floats, names: tuple[str, ...], *, infinite: bool) -> Iterator[str]:
    wrong = np.isnan(values) | (values < 0) | (np.isinf(values) if not infinite else False)
    rule = "must be zero or more" + ("" if infinite else " and finite")
    for k in np.flatnonzero(wrong):
        yield f"{name}: stage {names[k]}: {values[k]:g}: {rule}"


def _wrong_edges(edges: Floats, names: tuple[str, ...]) -> Iterator[str]:
    seen: set[tuple[float, float]] = set()
    for e, (first, second) in enumerate(edges.tolist()):
        ends = [end for end in (first, second) if end not in range(len(names))]
        for end in ends:
            yield f"edges: edge {e}: stage {end:g}: must be one of 0 to {len(names) - 1}"
        if first == second and not ends:
            yield f"edges: edge {e}: stage {names[int(first)]} supplies itself: remove the edge"
        if (first, second) in seen and not ends:
            yield f"edges: edge {e}: {names[int(first)]} -> {names[int(second)]} is given twice: remove one"
        seen.add((first, second))


def _directed_cycle(edges: Ints, among: set[int]) -> list[int]:
    """A cycle among stages that no topological order could reach, or that lie behind one."""
    before = {second: first for first, second in edges.tolist() if first in among and second in among}
    stage = min(k for k in among if k in before)
    path: list[int] = []
    while stage not in path:
        path.append(stage)
        stage = before[stage]
    cycle = path[path.index(stage) :][::-1]
    start = cycle.index(min(cycle))
    cycle = cycle[start:] + cycle[:start]
    return [*cycle, cycle[0]]
