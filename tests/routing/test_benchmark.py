"""The routing benchmark on its own seeded instances and on a VRPLIB file."""

from __future__ import annotations

import json

import pytest

from benchmarks.routing import main
from benchmarks.routing_instances import read_suite
from solvers.routing.check import check
from solvers.routing.pyvrp_engine import solve_pyvrp
from solvers.status import WorkLimit

# Four customers on a line, two to a vehicle: 2 x (10 + 20) on one side and the same on the other.
VRP = """NAME : line
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 10 0
3 20 0
4 -10 0
5 -20 0
DEMAND_SECTION
1 0
2 1
3 1
4 1
5 1
DEPOT_SECTION
1
-1
EOF
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cvrp_x").mkdir()
    (tmp_path / "cvrp_x" / "line.vrp").write_text(VRP)
    (tmp_path / "BKS.json").write_text(json.dumps({"cvrp_x/line.vrp": {"objective": 80, "round_func": "round"}}))
    return tmp_path


def test_a_file_is_solved_to_its_best_known_cost(folder):
    (instance,) = read_suite(folder, "cvrp_x")
    solution = solve_pyvrp(instance.problem, WorkLimit(20), seed=1)
    assert check(instance.problem, solution).feasible
    assert solution.cost == instance.best_known == 80


def test_rows_are_one_document_with_gaps_and_peers(folder, capsys):
    written = folder / "solutions"
    arguments = ["--instances", str(folder), "--peers", "--seconds", "0.1", "--json", "--write", str(written)]
    assert main(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    rows = {(row["method"], row["metric"]): row["value"] for row in document["rows"]}
    assert rows == {
        ("supplychain", "cost"): 80,
        ("supplychain", "gap_pct"): 0,
        ("supplychain", "passed"): 1,
        ("pyvrp", "cost"): 80,
        ("pyvrp", "gap_pct"): 0,
    }
    solution = json.loads((written / "cvrp_x_line.json").read_text())
    assert sorted(stop for route in solution["routes"] for trip in route["trips"] for stop in trip) == [1, 2, 3, 4]


def test_seeded_instances_need_no_files(capsys):
    assert main(["--seconds", "0.3", "--name", "county-n60-s1"]) == 0
    assert "passed" in capsys.readouterr().out
