"""Run by the Python of the peers: solves the tree on stdin by stockpyl and writes its cost and CPU seconds."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import Any

__all__ = ["answer"]


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Cost of the tree, and the CPU seconds without the import. Limits of None are open."""
    network = import_module("stockpyl.supply_chain_network").SupplyChainNetwork()
    node, source = (
        import_module("stockpyl.supply_chain_node").SupplyChainNode,
        import_module("stockpyl.demand_source").DemandSource,
    )
    for k, sd in enumerate(question["demand_sd"]):
        stage = node(
            k,
            processing_time=int(question["processing_time"][k]),
            local_holding_cost=question["holding_cost"][k],
            demand_bound_constant=question["bound_constant"][k],
            external_inbound_cst=int(question["inbound_time"][k]),
        )
        if question["outbound_limit"][k] is not None:
            stage.external_outbound_cst = int(question["outbound_limit"][k])
        stage.demand_source = source(type="N", mean=0, standard_deviation=sd) if sd > 0 else source()
        network.add_node(stage)
    network.add_edges_from_list([tuple(edge) for edge in question["edges"]])
    solve = import_module("stockpyl.gsm_tree").optimize_committed_service_times
    before = time.process_time()
    _, cost = solve(network)
    return {"cost": float(cost), "cpu_seconds": time.process_time() - before}


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))))
