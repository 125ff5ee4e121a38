"""Run by test_crash as a process of its own, which dies or runs out of disk in the middle of its work."""

import os
import resource
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import event

from supplychain.errors import SupplyChainError
from supplychain.store import RunRecord, StepResult, Store

ROWS, LINES = 20_000, 3_000


def act(store, action):
    at = datetime(2025, 6, 2, tzinfo=UTC)
    table = pd.DataFrame({"x": np.random.default_rng(1).random(ROWS)})
    if action == "step":
        store.write_step("new1", StepResult("forecast", "new1", {"t": table}, {}, {"a": np.arange(3.0)}))
    elif action == "publish":
        store.publish(RunRecord("new1", "baseline", "h", "toy", date(2025, 5, 31), 1, at), {"t": table}, {"steps": []})
    elif action == "approve":
        store.orders.approve("old1", store.orders.lines(run_id="old1")["line_id"].tolist(), who="Li", at=at)
    else:
        items = [f"I{number}" for number in range(LINES)]
        days = {"order_date": "2025-05-31", "due_date": "2025-06-07"}
        fixed = {"supplier_id": "S", "site_id": "D", "quantity": 1.0, "unit_price": 1.0}
        store.orders.import_plan("old1", pd.DataFrame({"item_id": items, **days, **fixed}), at)


def kill_at(count, call):
    calls = [0]

    def replaced(*args, **kwargs):
        calls[0] += 1
        if calls[0] == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)

    return replaced


def main(root, action, function, count):
    store = Store.open(Path(root))
    if function == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(count), int(count)))
    elif function == "commit":
        event.listen(store.database._engine, "commit", kill_at(int(count), lambda connection: None))
    else:
        setattr(os, function, kill_at(int(count), getattr(os, function)))
    try:
        act(store, action)
    except SupplyChainError as error:
        print(error)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
