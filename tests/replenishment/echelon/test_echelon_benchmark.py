from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np
import pytest

from benchmarks.inventory.echelon_cases import read_serial, read_service, serial_passes, service_passes
from benchmarks.inventory.speed_echelon import measure

SERVICE: dict[str, Any] = {
    "id": "gsm_e6_5",
    "nodes": [
        {"id": 1, "successors": [3], "processing_time": 2, "local_holding_cost": 1, "demand_bound_constant": 1,
         "inbound_service_time": 1},
        {"id": 3, "successors": [2, 4], "processing_time": 1, "local_holding_cost": 2, "demand_bound_constant": 1},
        {"id": 2, "successors": [], "processing_time": 1, "local_holding_cost": 3, "demand_bound_constant": 1,
         "outbound_service_time": 0, "demand": {"type": "N", "mean": 0, "sd": 1}},
        {"id": 4, "successors": [], "processing_time": 1, "local_holding_cost": 3, "demand_bound_constant": 1,
         "outbound_service_time": 1, "demand": {"type": "P", "mean": 1}},
    ],
    "expected": {"cost": 8.277916867529369},
    "rel_tol": 1e-6,
}  # fmt: skip
SERIAL: dict[str, Any] = {
    "id": "ssm_e6_1",
    "nodes": [
        {"id": 3, "successors": [2], "lead_time": 2, "local_holding_cost": 2},
        {"id": 1, "successors": [], "lead_time": 1, "local_holding_cost": 7, "stockout_cost": 37.12,
         "demand": {"type": "N", "mean": 5, "sd": 1}},
        {"id": 2, "successors": [1], "lead_time": 1, "local_holding_cost": 4},
    ],
    "expected": {"cost": 47.654, "echelon_base_stock": {"1": 6.514, "2": 12.012, "3": 22.7}},
    "rel_tol": 0.01,
}  # fmt: skip


def test_cases_pass_and_wrong_expectations_do_not() -> None:
    """Snyder and Shen, examples 6.5 and 6.1, as in stockpyl's tests."""
    assert service_passes(SERVICE)
    assert serial_passes(SERIAL)
    assert not service_passes({**SERVICE, "expected": {"cost": 8.3}})
    assert not serial_passes({**SERIAL, "expected": {"cost": 49.0}})


def test_cases_are_read_in_the_right_order() -> None:
    assert read_service(SERVICE).edges.tolist() == [[0, 1], [1, 2], [1, 3]]
    assert math.isinf(read_service(SERVICE).outbound_limit[0])
    system, names = read_serial(SERIAL)
    assert names == ["1", "2", "3"]
    assert system.echelon_holding_cost.tolist() == [3, 2, 2]
    whole = [
        {**node, "demand": {"type": "D", "values": [0, 3], "probabilities": [0.25, 0.75]}} for node in SERIAL["nodes"]
    ]
    demand = read_serial({**SERIAL, "nodes": whole})[0].demand
    assert demand.mean == pytest.approx(2.25)
    with pytest.raises(ValueError, match="type X"):
        read_serial({**SERIAL, "nodes": [{**node, "demand": {"type": "X"}} for node in SERIAL["nodes"]]})
    with pytest.raises(ValueError, match="one row of stages"):
        read_serial({**SERIAL, "nodes": [*SERIAL["nodes"], {"id": 9, "successors": [2], "lead_time": 1}]})


def test_speed_rows_are_judged() -> None:
    rows = {row.metric: row for row in measure(argparse.Namespace(seed=1))}
    assert set(rows) == {"seconds", "cost"}
    assert rows["seconds"].target == 0.05
    assert np.isfinite(rows["cost"].value)
    assert rows["cost"].method == "supplychain"
