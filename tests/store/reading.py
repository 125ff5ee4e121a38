"""Run by test_read_only as a process of its own, which cannot write below the store."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from supplychain.errors import SupplyChainError
from supplychain.store import RunRecord, StepResult, Store

AT = datetime(2025, 6, 2, tzinfo=UTC)


def refusal(act):
    """What an attempt to write is told; empty when it went through."""
    try:
        act()
    except SupplyChainError as error:
        return str(error)
    return ""


def main(root):
    try:
        store = Store.open(Path(root), create=False)
    except SupplyChainError as error:
        return {"open": str(error)}
    known = store.runs()
    return {
        "runs": [run.run_id for run in known],
        "rows": [len(store.read_run(run.run_id).tables["rows"]) for run in known],
        "step": store.read_step("old1") is not None,
        "lines": len(store.orders.lines()),
        "refused": [
            refusal(store.check_writable),
            refusal(lambda: store.write_step("new1", StepResult("forecast", "new1"))),
            refusal(lambda: store.publish(RunRecord("new1", "s", "h", "toy", date(2025, 5, 31), 1, AT), {}, {})),
            refusal(lambda: store.touch("old1", AT, variant="")),
            refusal(lambda: store.orders.import_plan("old1", pd.DataFrame(), AT)),
            refusal(lambda: store.clean(0)),
        ],
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))  # noqa: T201
