"""Cases of several stages: guaranteed service on networks, stochastic service in a row of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.inventory.case import Answer, Given
from benchmarks.inventory.echelon_cases import read_serial, read_service
from solvers.replenishment.echelon import guaranteed_service as service_model
from solvers.replenishment.echelon import serial_system as serial_model

__all__ = ["NETWORK_KINDS"]


def guaranteed_service(*, nodes: Sequence[Given]) -> Answer:
    """The cost is judged from our service times; others of the same cost are as good."""
    network = read_service({"nodes": nodes})
    solution = service_model.solve(network)
    names = [str(node["id"]) for node in nodes]
    judged = float(service_model.service_cost(network, solution.outbound_time))
    if not abs(judged - solution.cost) <= 1e-9 * max(judged, 1.0):
        raise ValueError(f"our service times cost {judged:.10g}, not {solution.cost:.10g}")

    def cost_of(expected: Given) -> float:
        times = expected["outbound_service_times"]
        return float(service_model.service_cost(network, [float(times[name]) for name in names]))

    return _by_stage(
        "outbound_service_times", dict(zip(names, map(float, solution.outbound_time), strict=True)), judged, cost_of
    )


def stochastic_service_serial(*, nodes: Sequence[Given]) -> Answer:
    """Levels are compared by what they cost: published ones are rounded to a grid."""
    system, names = read_serial({"id": "case", "nodes": nodes})
    solution = serial_model.solve(system)
    levels = dict(zip(names, map(float, solution.echelon_base_stock), strict=True))

    def cost_of(expected: Given) -> float:
        known = expected["echelon_base_stock"]
        return float(serial_model.serial_cost(system, [float(known[name]) for name in names]))

    return _by_stage("echelon_base_stock", levels, float(solution.cost), cost_of)


def _by_stage(name: str, figures: dict[str, float], cost: float, cost_of: Callable[[Given], float]) -> Answer:
    return Answer({name: figures, "cost": cost}, (name,), cost_of, cost=cost)


NETWORK_KINDS: Mapping[str, Callable[..., Answer]] = {
    "guaranteed_service": guaranteed_service,
    "stochastic_service_serial": stochastic_service_serial,
}
