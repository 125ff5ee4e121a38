"""A backtest as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from supplychain.reports.backtest_view import (
    ADDED,
    ADDED_COLUMNS,
    ADDED_LABELS,
    METRICS,
    BacktestView,
    added_view,
    coverage_view,
    headline,
    method_view,
    segment_view,
    worst_view,
)
from supplychain.reports.text import day_text, harmless, subject_names, table_text

__all__ = ["backtest_text"]

_SHARES = ("wape", "bias")


def backtest_text(view: BacktestView, *, count: int = 10) -> str:
    """Headline, methods, value added, segments, coverage and the ``count`` rows with the most money in errors."""
    first, second = headline(view)
    parts = [
        f"{harmless(view.scenario)}: {harmless(view.title)} (as of {view.as_of})\n{first}\n{second}.",
        "Methods (less is better; bias is forecast less demand, as a share of demand)\n" + _methods(view),
        "Value added: share of the benchmark's loss that a method saves\n" + _added(view),
        f"Where {view.method} is worth it: value added by segment\n" + _segments(view),
        _coverage(view),
        _errors(view, count),
    ]
    return "\n\n".join(part for part in parts if part)


def _methods(view: BacktestView) -> str:
    frame = method_view(view.table)
    rows = [[line["method"], *(_figure(line[name], name) for name in METRICS)] for line in frame.to_dict("records")]
    return table_text(["method", *METRICS.values()], rows, right=set(range(1, len(METRICS) + 1)))


def _added(view: BacktestView) -> str:
    frame = added_view(view.table)
    head = [f"{ADDED[metric]} against {against}" for against, metric in (name.split("|") for name in ADDED_COLUMNS)]
    rows = [[line["method"], *(_share(line[name]) for name in ADDED_COLUMNS)] for line in frame.to_dict("records")]
    return table_text(["method", *head], rows, right=set(range(1, len(head) + 1)))


def _segments(view: BacktestView) -> str:
    frame = segment_view(view.table, view.method)
    shown = ("wrmsse", "wape", "bias", "scaled_pinball")
    head = ["segment", "series", "money", *(METRICS[name] for name in shown), *ADDED_LABELS, "worth it"]
    rows, segment = [], ""
    for line in frame.to_dict("records"):
        if line["segment"] not in (segment, "all"):
            segment = line["segment"]
            rows.append([str(segment).replace("_", " "), *[""] * (len(head) - 1)])
        name = "all" if line["segment"] == "all" else f"  {line['name']}"
        figures = [_figure(line[metric], metric) for metric in shown]
        shares = [_share(line[column]) for column in ADDED_COLUMNS]
        rows.append([name, f"{line['series']:,.0f}", _share(line["money_share"]), *figures, *shares, line["worth_it"]])
    return table_text(head, rows, right=set(range(1, len(head) - 1)))


def _coverage(view: BacktestView) -> str:
    wide = coverage_view(view.table, view.method, "reached")
    if wide.empty:
        return ""
    head = ["days", *(f"{100 * level:.4g}%" for level in wide.columns)]
    rows = [[str(days), *(_share(value) for value in line)] for days, line in wide.iterrows()]
    title = f"How often demand stayed within the quantiles of {view.method}, by days of the protection interval"
    return f"{title}\n{table_text(head, rows, right=set(range(len(head))))}"


def _errors(view: BacktestView, count: int) -> str:
    worst = worst_view(view.table, count)
    lines = [_error(line, view.names, view.currency) for line in worst.to_dict("records")]
    windows = f"{len(view.origins)} window{'s' if len(view.origins) > 1 else ''} of {view.horizon_days} days"
    total = f"{view.table.errors['error_value'].sum():,.0f} {view.currency}"
    title = (
        f"Most money in forecast errors of {view.method}: units misforecast over {windows}, at unit cost; all {total}"
    )
    return "\n".join([title, *(text for part in lines for text in part)]) if lines else ""


def _error(line: Mapping[object, object], names: Mapping[str, str], currency: str) -> Iterator[str]:
    where = f"{line['item_id']} at {line['site_id']}"
    name = subject_names(where, names)
    value, units, demand = (float(str(line[key])) for key in ("error_value", "error_units", "demand_units"))
    yield harmless(f"{line['rank']}. {where}{f' ({name})' if name else ''}: {value:,.0f} {currency}, {line['finding']}")
    bias = float(str(line["bias"]))
    lean = f", forecast {abs(bias):.1%} {'above' if bias > 0 else 'below'} demand" if np.isfinite(bias) else ""
    worst = f"{float(str(line['worst_share'])):.0%} of it in the window from {day_text(line['worst_window'])}"
    yield f"   {units:,.0f} units misforecast ({worst}) of {demand:,.0f} asked for{lean}; {line['pattern']}"


def _figure(value: float, metric: str) -> str:
    return _share(value) if metric in _SHARES else "-" if pd.isna(value) else f"{value:.3f}"


def _share(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.1%}"
