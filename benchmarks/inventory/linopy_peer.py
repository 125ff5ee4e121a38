"""Run by the Python of the peers: builds the model on stdin by linopy, hands it to HiGHS, writes the CPU seconds."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

__all__ = ["answer"]


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """CPU seconds of building and handing over, without the import, and the sizes that HiGHS then holds."""
    import linopy
    import numpy as np
    import pandas as pd
    import xarray as xr

    demand = np.array(question["demand"], dtype=np.float64)
    items, periods = (
        pd.RangeIndex(size, name=name) for size, name in zip(demand.shape, ("item", "period"), strict=True)
    )
    given = {
        name: xr.DataArray(np.array(question[name], dtype=np.float64)[:, 0], coords=[items])
        for name in ("setup_cost", "holding_cost", "setup_time")
    }
    due = xr.DataArray(demand, coords=[items, periods])
    before = time.process_time()
    model = linopy.Model()
    made = model.add_variables(lower=0, coords=[items, periods], name="made")
    stock = model.add_variables(lower=0, coords=[items, periods], name="stock")
    setup = model.add_variables(binary=True, coords=[items, periods], name="setup")
    still_due = due.isel(period=slice(None, None, -1)).cumsum("period").isel(period=slice(None, None, -1))
    model.add_constraints(made - stock + stock.shift(period=1) == due, name="balance")
    model.add_constraints(made - still_due * setup <= 0, name="setups")
    model.add_constraints((made + given["setup_time"] * setup).sum("item") <= question["capacity"], name="capacity")
    model.add_objective((given["setup_cost"] * setup + given["holding_cost"] * stock).sum())
    highs = model.to_highspy()
    seconds = time.process_time() - before
    return {"cpu_seconds": seconds, "columns": highs.getNumCol(), "rows": highs.getNumRow()}


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))))
