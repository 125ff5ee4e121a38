"""Run by the Python of the peers: solves the question on stdin by stockpyl and writes costs and CPU seconds."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

__all__ = ["answer"]


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Costs of the rows, one after the other, and the CPU seconds of all without the import."""
    from stockpyl.ss import s_s_discrete_exact
    from stockpyl.wagner_whitin import wagner_whitin

    holding, backorder, fixed = (question[f"{kind}_cost"] for kind in ("holding", "backorder", "fixed"))
    cost = []
    before = time.process_time()
    for row in question["rows"]:
        if question["case"] == "s_S_poisson":
            cost.append(float(s_s_discrete_exact(holding, backorder, fixed, True, row[0])[2]))
        else:
            cost.append(float(wagner_whitin(len(row), holding, fixed, row)[1]))
    return {"cost": cost, "cpu_seconds": time.process_time() - before}


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))))
