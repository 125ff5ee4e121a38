"""Write the report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pandas as pd

from supplychain.domain import DataSet
from supplychain.errors import SupplyChainError, UsageError
from supplychain.reports.html import ReportInput, render_html
from supplychain.reports.html_backtest import render_backtest
from supplychain.reports.html_forecast import ForecastPage, render_forecast
from supplychain.reports.places import report_tables
from supplychain.service.backtesting import BacktestResult
from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table

__all__ = ["report", "report_backtest", "report_forecast"]


def report(result: RunResult, *, dataset: DataSet | None = None, to: Path | None = None) -> Path:
    """Write ``report.html`` beside the run, or at ``to``, and return its path.

    The page is made from the run's tables alone; ``dataset`` fills in names and places for a run that lacks them. The
    same run gives the same bytes. Raises UsageError when the run lies nowhere and ``to`` is not given,
    SupplyChainError when the disk refuses.
    """
    if to is None and result.path is None:
        raise UsageError(f"run {result.run_id} lies in no store: say where to write its report")
    target = to if to is not None else Path(str(result.path)) / "report.html"
    tables: dict[str, pd.DataFrame] = dict(result.tables)
    if dataset is not None:
        tables = {**report_tables(dataset), **tables}
    page = render_html(
        ReportInput(
            run_id=result.run_id,
            scenario=result.label,
            title=f"{result.title} [{result.variant}]" if result.variant else result.title,
            chain=result.chain,
            as_of=result.as_of,
            until=result.until,
            tables=tables,
            parent=_parent_name(result),
            notes=result.notes,
            degraded=result.degraded,
            manifest=result.manifest,
        )
    )
    return _written(target, page, "--to", own_place=to is None)


def report_backtest(result: BacktestResult, *, to: Path | None = None) -> Path:
    """Write ``backtest.html`` beside the backtest's tables, or at ``to``, and return its path.

    The same backtest gives the same bytes. Raises SupplyChainError when the disk refuses.
    """
    target = to if to is not None else result.path / "backtest.html"
    return _written(target, render_backtest(result.view), "--to", own_place=to is None)


def report_forecast(result: RunResult, item_id: str, site_id: str, *, to: Path) -> Path:
    """Write a page about the forecast of an item at a site to ``to``, and return its path.

    The same run gives the same bytes. Raises PlanError when the run has no forecast, SupplyChainError when the disk
    refuses.
    """
    plan_table(result, "forecast")
    page = ForecastPage(result.run_id, result.label, result.as_of, item_id, site_id, result.tables)
    return _written(to, render_forecast(page), "--plot")


def _written(target: Path, page: str, option: str, *, own_place: bool = False) -> Path:
    """Write the page; the store's ``own_place`` for it is made, a folder that somebody names must be there."""
    try:
        if own_place:
            target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, page)
    except OSError as error:
        raise SupplyChainError(f"{target}: {error.strerror}; choose another place with {option}") from error
    return target


def _parent_name(result: RunResult) -> str | None:
    """The scenario that the key figures compare with: the manifest names it, else the nearest ancestor."""
    return result.compared_with or (result.chain[-1] if result.chain else None)


def _write(target: Path, page: str) -> None:
    """Whole or not at all: a reader never sees half a page."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(page)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
