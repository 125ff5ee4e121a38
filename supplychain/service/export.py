"""Hands an order plan over to other programs: CSV, XLSX or a folder; the same plan gives the same bytes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from supplychain.errors import SupplyChainError, UsageError
from supplychain.plans.cash_sums import rates_of, week_sums
from supplychain.plans.cash_weeks import CASH_COLUMNS
from supplychain.plans.order_actions import ACTION_COLUMNS
from supplychain.plans.order_exceptions import EXCEPTION_COLUMNS
from supplychain.plans.order_plan import HEAD_COLUMNS
from supplychain.reports.csv_ import csv_bytes
from supplychain.reports.workbook import workbook_bytes
from supplychain.service.approved_earlier import orders_with_earlier
from supplychain.service.order_view import item_names
from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table, plan_tables

__all__ = ["export_plan", "export_tables"]

_LINE = [
    "order_id",
    "line_id",
    "status",
    "supplier_id",
    "item_id",
    "item_name",
    "site_id",
    "order_date",
    "receipt_date",
    "payment_due_date",
    "quantity",
    "packs",
    "pack_units",
    "unit_price",
    "currency",
    "value",
    "value_base",
    "held",
    "binding",
    "need",
    "position",
    "target",
    "protection_days",
    "expected_demand",
    "cost_of_waiting",
]
_STATE = ["approved_by", "checked_by", "approved_at", "approved_in_run"]
_MOVE = [
    "transfer_id",
    "line_id",
    "status",
    "origin_id",
    "destination_id",
    "item_id",
    "item_name",
    "mode",
    "order_date",
    "receipt_date",
    "quantity",
    "packs",
    "pack_units",
    "value_base",
    "weight_kg",
    "volume_l",
    "held",
    "binding",
]
_DECIMALS = {
    "quantity": 9,
    "value": 2,
    "value_base": 2,
    "minimum_order_value": 2,
    "missing_to_minimum": 2,
    "placed_value": 2,
    "approved_value": 2,
    "cost_of_waiting": 2,
    "unit_price": 4,
    "weight_kg": 3,
    "volume_l": 3,
    "need": 4,
    "position": 4,
    "target": 4,
    "expected_demand": 4,
    **dict.fromkeys(("new_quantity", "lost_saved", "lost_without", "unsold_saved", "next_units", "units", "amount"), 4),
    **dict.fromkeys(
        ("saves", "order_saves", "holding_saved", "margin", "unsold_cost", "money", "unit_cost", "cost"), 2
    ),
    **dict.fromkeys(("open", "approved", "proposed", "planned", "fees", "total", "total_base"), 2),
    **dict.fromkeys(("cumulative", "cumulative_base"), 2),
}
"""Money to the cent, prices to a hundredth of it, grams and millilitres; of quantities only the binary noise goes."""
_SERVICE = {
    "suppliers": "supplier_scorecards",
    "segments": "segments",
    "trade_off": "trade_off",
    "direct_mail": "order_direct_mail",
}
_FIGURES = 4
"""Decimals of measured days and shares, and of money that is an estimate."""
_OF_HEAD = {"value": "order_value", "missing_to_minimum": "order_missing_to_minimum"}


def export_tables(result: RunResult, *, planned: bool = False) -> dict[str, pd.DataFrame]:
    """``orders`` (one head a supplier, date and site), their ``lines``, and ``transfers``, rounded by their units.

    Beside them, where the run has them: scorecards of ``suppliers``, ``segments``, the ``trade_off`` of stock
    against service, and ``direct_mail`` against stock.

    The status of a line is what people made of it: proposed lines are still to be decided, approved ones are ordered,
    by whom and when. Lines that an earlier run got approved are among them until the data set has them, each once, and
    in the totals of their order (``orders_with_earlier``). Only what is due on the planning day and the orders that
    wait for their minimum; with ``planned`` also the outlook, which nobody may place yet. ``actions`` are the open
    orders with what should change, and ``exceptions`` what needs a buyer's look, ``cash`` the money that leaves by week
    and currency, with fees and totals; without ``planned``, the outlook's money is left out of it.
    Raises PlanError when the run has no order plan.
    """
    tables = plan_tables(result, planned=planned)
    names = item_names(result)
    lines, moves = (
        tables[name].assign(item_name=tables[name]["item_id"].map(names).fillna(""))
        for name in ("order_lines", "transfer_lines")
    )
    heads = _with(tables["order_heads"], {"approved_lines": 0, "approved_value": 0.0})
    lines = _with(lines, dict.fromkeys(_STATE, ""))
    lines = lines[[*_LINE, *_STATE]]
    heads = heads[[*HEAD_COLUMNS, "approved_lines", "approved_value"]]
    before = result.tables.get("order_approved")
    if before is not None and len(before):
        before = before.assign(item_name=before["item_id"].map(names).fillna(""))
        heads = orders_with_earlier(heads, before)
        lines = pd.concat([lines, before[[*_LINE, *_STATE]]], ignore_index=True)
    found = {"orders": heads, "lines": lines, "transfers": moves[_MOVE]}
    actions = plan_table(result, "order_actions")
    under_way = actions.loc[actions["kind"].isin(["open order", "approved order"]), list(ACTION_COLUMNS)]
    under_way = under_way.join(_with(actions, dict.fromkeys(_STATE, ""))[_STATE])
    found |= {
        "actions": under_way.reset_index(drop=True),
        "exceptions": plan_table(result, "order_exceptions")[list(EXCEPTION_COLUMNS)],
        "cash": _cash(result, planned=planned),
    }
    rounded = {name: frame.round(_DECIMALS) for name, frame in found.items()}
    more = {sheet: result.tables[name] for sheet, name in _SERVICE.items() if name in result.tables}
    return rounded | {sheet: frame.round(_FIGURES) for sheet, frame in more.items()}


def _with(frame: pd.DataFrame, columns: Mapping[str, object]) -> pd.DataFrame:
    """The frame with these columns where it has none: a run that was just made is decided by nobody."""
    return frame.assign(**{name: value for name, value in columns.items() if name not in frame})


def _cash(result: RunResult, *, planned: bool) -> pd.DataFrame:
    """Cash by week and currency; without the outlook its column is left out, and fees and totals do not hold it."""
    weeks = plan_table(result, "cash_weeks")[list(CASH_COLUMNS)]
    if planned or weeks.empty:
        return weeks if planned else weeks.drop(columns="planned")
    paid = plan_table(result, "cash_payments")
    sums = week_sums(paid.loc[paid["state"].ne("planned")], rates_of(weeks))
    return sums.drop(columns="planned")


def export_plan(result: RunResult, to: str | Path, *, planned: bool = False) -> tuple[Path, ...]:
    """Write the order plan of a run to ``to`` and return the files.

    ``FILE.csv`` gets the order lines, each with its head's totals; ``FILE.xlsx`` a sheet for orders, lines, transfers,
    actions, exceptions, cash, suppliers, segments, the trade-off and direct mail; anything else is a folder with a CSV
    file for each. Text that a spreadsheet would run as a formula is defused. Files are replaced whole or not at all.
    Raises PlanError when the run has no order plan, UsageError for an unknown ending, SupplyChainError when the
    disk refuses.
    """
    target = Path(to)
    tables = export_tables(result, planned=planned)
    ending = target.suffix.lower()
    if ending == ".csv" and not target.is_dir():
        return (_write(target, csv_bytes(_joined(tables))),)
    if ending == ".xlsx" and not target.is_dir():
        title = f"Order plan {result.scenario} {result.as_of.isoformat()}"
        return (_write(target, workbook_bytes(tables, title=title)),)
    if ending and not target.is_dir():
        raise UsageError(f"--to {target}: must end in .csv or .xlsx, or be a folder")
    return _write_folder(target, {f"{name}.csv": csv_bytes(frame) for name, frame in tables.items()})


def _joined(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Order lines with the totals of their order."""
    orders = tables["orders"]  # an order of which a part waits has two heads; what waits has no lines
    head = orders.loc[orders["status"].ne("waiting")].rename(columns=_OF_HEAD)
    columns = ["order_id", "order_value", "minimum_order_value", "order_missing_to_minimum"]
    return tables["lines"].merge(head[columns], on="order_id", how="left", sort=False, validate="many_to_one")


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    try:
        folder.mkdir(exist_ok=True)  # the folder above must be there, as for a file
    except OSError as error:
        raise SupplyChainError(f"{folder}: {error.strerror}; choose another place with --to") from error
    return tuple(_write(folder / name, content) for name, content in files.items())


def _write(path: Path, content: bytes) -> Path:
    """Replace a file whole."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(content)
        temporary = Path(file.name)
        try:
            temporary.chmod(0o666 & ~_umask())
            os.replace(temporary, path)  # noqa: PTH105 - atomic on every system
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SupplyChainError(f"{path}: {error.strerror}; choose another place with --to") from error
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
