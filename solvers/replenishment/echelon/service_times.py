"""Times of a service network as whole steps, the range of each, and the forest that a search walks."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from solvers.replenishment.echelon.service_network import ServiceNetwork, topological_order
from solvers.replenishment.echelon.service_tree import ServiceBounds, TreeOrder

__all__ = ["WholeTimes", "closing_edges", "spanning_forest", "tightened", "undirected_cycle"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FINEST = 1000  # times are told apart down to a thousandth of their unit
_MOST_CELLS = 50_000_000  # times of all stages together; a finer step would not fit into memory


class WholeTimes:
    """Times in whole steps: ``step`` in the network's unit, ``processing`` and ``inbound`` [N], ``natural`` bounds.

    Optimal service times are sums and differences of the network's own times, since the cost is concave and the
    constraints are differences of two times; so their greatest common divisor is a step that loses nothing.
    """

    def __init__(self, network: ServiceNetwork) -> None:
        parts = (network.processing_time, network.inbound_time, network.outbound_limit)
        self.step = _common_step(parts, network.names)
        self.order = topological_order(network.edges, network.names)
        self.processing = _in_steps(network.processing_time, self.step)
        self.inbound = _in_steps(network.inbound_time, self.step)
        far = int(self.processing.sum() + self.inbound.max()) + 1
        limit = np.full(network.stages, far)
        given = np.isfinite(network.outbound_limit)
        limit[given] = np.minimum(_in_steps(network.outbound_limit[given], self.step), far)
        zero = np.zeros(network.stages, np.int64)
        anything = ServiceBounds(zero, limit, self.inbound, np.full(network.stages, far))
        bounds = tightened(anything, self, network.edges)
        if bounds is None:  # cannot happen: promising nothing is always allowed
            raise ValueError("network: no service times are allowed")
        self.natural: ServiceBounds = bounds
        cells = int(np.maximum(self.natural.outbound_high, self.natural.inbound_high).sum())
        if cells > _MOST_CELLS:
            rule = f"at most {_MOST_CELLS:,} steps of {self.step} over all stages"
            raise ValueError(f"processing_time: {cells:,} steps: {rule}; round the times to a coarser unit")


def tightened(bounds: ServiceBounds, times: WholeTimes, edges: Ints) -> ServiceBounds | None:
    """Bounds that follow from one another along the edges; None where nothing is left.

    An inbound time need never exceed the largest promise that comes in, nor fall below the least one.
    """
    out_low, out_high = bounds.outbound_low.copy(), bounds.outbound_high.copy()
    in_low, in_high = bounds.inbound_low.copy(), bounds.inbound_high.copy()
    before: list[list[int]] = [[] for _ in range(out_low.size)]
    for first, second in edges.tolist():
        before[second].append(first)
    for k in times.order.tolist():
        least, most = int(in_low[k]), int(in_low[k])
        for other in before[k]:
            least, most = max(least, int(out_low[other])), max(most, int(out_high[other]))
        in_low[k], in_high[k] = least, min(most, int(in_high[k]))
        out_high[k] = min(int(out_high[k]), int(in_high[k] + times.processing[k]))
        if in_low[k] > in_high[k] or out_low[k] > out_high[k]:
            return None
    return ServiceBounds(out_low, out_high, in_low, in_high)


def spanning_forest(stages: int, edges: Ints, value: Floats) -> tuple[TreeOrder, Ints]:
    """A forest of the edges that are worth most, ``value`` [E], and the numbers of the edges that it leaves out."""
    group = list(range(stages))

    def leader(stage: int) -> int:
        while group[stage] != stage:
            group[stage] = group[group[stage]]
            stage = group[stage]
        return stage

    beside: list[list[tuple[int, int]]] = [[] for _ in range(stages)]
    left_out = []
    for e in np.argsort(-value, kind="stable").tolist():
        first, second = edges[e].tolist()
        if leader(first) == leader(second):
            left_out.append(e)
            continue
        group[leader(first)] = leader(second)
        beside[first].append((second, 0))
        beside[second].append((first, 1))
    parent, upstream = np.full(stages, -1), np.zeros(stages, np.int64)
    seen, found = np.zeros(stages, bool), []
    for root in range(stages):
        if seen[root]:
            continue
        seen[root] = True
        queue = [root]
        for stage in queue:
            for other, supplies in beside[stage]:
                if not seen[other]:  # `supplies`: the other one supplies this stage, so its parent is downstream
                    seen[other], parent[other], upstream[other] = True, stage, 1 - supplies
                    queue.append(other)
        found += queue
    order = np.array(found[::-1], np.int64)
    return TreeOrder(order, parent.astype(np.int64), upstream), np.array(sorted(left_out), np.int64)


def closing_edges(stages: int, edges: Ints) -> Ints:
    """Numbers of edges that close an undirected cycle with the edges before them."""
    return spanning_forest(stages, edges, -np.arange(edges.shape[0], dtype=np.float64))[1]


def undirected_cycle(stages: int, edges: Ints) -> list[int]:
    """The stages of one cycle of the network, directions aside, its first stage again at the end; [] for a forest."""
    tree, left_out = spanning_forest(stages, edges, -np.arange(edges.shape[0], dtype=np.float64))
    if left_out.size == 0:
        return []
    ways = []
    for stage in edges[left_out[0]].tolist():
        way = [stage]
        while tree.parent[way[-1]] >= 0:
            way.append(int(tree.parent[way[-1]]))
        ways.append(way)
    first, second = ways
    meeting = next(stage for stage in first if stage in second)
    cycle = first[: first.index(meeting) + 1] + second[: second.index(meeting)][::-1]
    return [*cycle, cycle[0]]


def _common_step(parts: tuple[Floats, ...], names: tuple[str, ...]) -> Fraction:
    """Largest step of which all finite times are whole multiples; raises ValueError for times that have none."""
    found, step = [], Fraction(0)
    for name, values in zip(("processing_time", "inbound_time", "outbound_limit"), parts, strict=True):
        for k, value in enumerate(values.tolist()):
            if not math.isfinite(value):
                continue
            exact = Fraction(value).limit_denominator(_FINEST)
            if abs(float(exact) - value) > 1e-9 * max(1.0, abs(value)):
                rule = f"must be a fraction with a denominator of at most {_FINEST}; round it"
                found.append(f"{name}: stage {names[k]}: {value!r}: {rule}")
            numerator = math.gcd(step.numerator * exact.denominator, exact.numerator * step.denominator)
            step = Fraction(numerator, step.denominator * exact.denominator)
    if found:
        raise ValueError("; ".join(found))
    return step or Fraction(1)


def _in_steps(values: Floats, step: Fraction) -> Ints:
    """Whole steps of each time [K]."""
    steps: Ints = np.round(values / float(step)).astype(np.int64)
    return steps
