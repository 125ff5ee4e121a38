"""Published multi-echelon cases: guaranteed service on networks, and serial systems under stochastic service."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.replenishment.echelon.guaranteed_service import service_cost
from solvers.replenishment.echelon.guaranteed_service import solve as solve_service
from solvers.replenishment.echelon.serial_demand import (
    DiscreteDemand,
    NormalDemand,
    PoissonDemand,
    SerialDemand,
)
from solvers.replenishment.echelon.serial_system import SerialSystem, serial_cost
from solvers.replenishment.echelon.serial_system import solve as solve_serial
from solvers.replenishment.echelon.service_network import ServiceNetwork

__all__ = ["read_serial", "read_service", "serial_passes", "service_passes"]

Case = dict[str, Any]


def read_service(case: Case) -> ServiceNetwork:
    """The network of a case of ``gsm_cases.json``: stages in the file's order, one without a time given has 0."""
    nodes = case["nodes"]
    place = {node["id"]: k for k, node in enumerate(nodes)}
    return ServiceNetwork.of(
        processing_time=[node["processing_time"] for node in nodes],
        holding_cost=[node["local_holding_cost"] for node in nodes],
        demand_sd=[_sd(node.get("demand")) for node in nodes],
        bound_constant=[node["demand_bound_constant"] for node in nodes],
        outbound_limit=[node.get("outbound_service_time", np.inf) for node in nodes],
        inbound_time=[node.get("inbound_service_time", 0.0) for node in nodes],
        edges=[(place[node["id"]], place[after]) for node in nodes for after in node["successors"]],
        names=tuple(str(node["id"]) for node in nodes),
    )


def service_passes(case: Case) -> bool:
    """Whether our cost is the expected one, and our service times give it when they are judged apart."""
    network = read_service(case)
    solution = solve_service(network)
    expected, tolerance = float(case["expected"]["cost"]), float(case["rel_tol"])
    judged = service_cost(network, solution.outbound_time)
    return all(_close(cost, expected, tolerance) for cost in (solution.cost, judged))


def read_serial(case: Case) -> tuple[SerialSystem, list[str]]:
    """The system of a case of ``ssm_serial_cases.json``, and the names of its stages from the customers backwards."""
    nodes = {str(node["id"]): node for node in case["nodes"]}
    supplied = {str(after): name for name, node in nodes.items() for after in node["successors"]}
    name = next(name for name, node in nodes.items() if not node["successors"])
    names = [name]
    while name in supplied:
        name = supplied[name]
        names.append(name)
    if len(names) < len(nodes):
        raise ValueError(f"{case['id']}: {len(nodes)} nodes: must be one row of stages")
    stages = [nodes[name] for name in names]
    system = SerialSystem(
        np.array([node["lead_time"] for node in stages], np.float64),
        np.array(_echelon_costs(stages), np.float64),
        float(stages[0]["stockout_cost"]),
        _demand(stages[0]["demand"]),
    )
    return system, names


def serial_passes(case: Case) -> bool:
    """Whether our cost is the expected one and the expected levels cost no less than ours."""
    system, names = read_serial(case)
    solution = solve_serial(system)
    expected, tolerance = case["expected"], float(case["rel_tol"])
    known = expected.get("echelon_base_stock")
    theirs = None if known is None else serial_cost(system, [known[name] for name in names])
    no_worse = theirs is None or solution.cost <= theirs * (1.0 + 1e-9)
    return no_worse and _close(solution.cost, float(expected["cost"]), tolerance)


def _echelon_costs(stages: list[dict[str, Any]]) -> list[float]:
    """What each stage adds to the holding cost of the one that supplies it."""
    local = [float(node.get("local_holding_cost", np.nan)) for node in stages] + [0.0]
    return [float(node.get("echelon_holding_cost", local[k] - local[k + 1])) for k, node in enumerate(stages)]


def _demand(demand: dict[str, Any]) -> SerialDemand:
    if demand["type"] == "P":
        return PoissonDemand(float(demand["mean"]))
    if demand["type"] == "N":
        return NormalDemand(float(demand["mean"]), float(demand["sd"]))
    if demand["type"] in {"CD", "D", "UD"}:
        values, chances = demand["values"], demand["probabilities"]
        table = np.zeros(int(max(values)) + 1)
        np.add.at(table, np.asarray(values, np.int64), chances)
        return DiscreteDemand(table)
    raise ValueError(f"demand: type {demand['type']}: must be P (Poisson), N (normal) or D (values, probabilities)")


def _sd(demand: dict[str, Any] | None) -> float:
    """Standard deviation of what customers ask a period; a Poisson demand's is the root of its mean."""
    if demand is None:
        return 0.0
    return float(demand["sd"]) if "sd" in demand else float(demand["mean"]) ** 0.5


def _close(found: float, expected: float, tolerance: float) -> bool:
    return abs(found - expected) <= tolerance * abs(expected)
