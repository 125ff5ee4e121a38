"""One self-contained HTML page about a backtest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.plans.backtest_table import BENCHMARKS
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
from supplychain.reports.charts import Chart
from supplychain.reports.charts_backtest import added_chart, coverage_chart, row_chart, total_chart
from supplychain.reports.html_coverage import coverage_table
from supplychain.reports.html_tables import Cell, HtmlTable, count, day_text, money, share, table, tight, words
from supplychain.reports.page import render_page

__all__ = ["render_backtest"]

_SHARES = ("wape", "bias")
_ROWS = 10


def render_backtest(view: BacktestView) -> str:
    """The page as text; the same backtest gives the same bytes."""
    return render_page("backtest.html.j2", view=view, page=_Page(view))


class _Page:
    """What each section shows."""

    def __init__(self, view: BacktestView) -> None:
        self._view, self._table = view, view.table
        self._days = view.table.days[view.table.days["method"].eq(view.method)]
        self._segments = segment_view(view.table, view.method)
        self._reached = coverage_view(view.table, view.method, "reached")

    @property
    def answer(self) -> list[str]:
        view, whole = self._view, self._segments.iloc[0]
        saved = [
            f"{' and '.join(_named_shares(whole, against))} of the loss of {against}"
            for against in BENCHMARKS
            if all(pd.notna(whole[f"{against}|{metric}"]) for metric in ADDED)
        ]
        bad = self._segments[self._segments["worth_it"].eq("no") & self._segments["segment"].ne("all")]
        where = ", ".join(f"{words(s)} {n}" for s, n in zip(bad["segment"], bad["name"], strict=True))
        first, second = headline(view)
        sentences = [f"{first}.", f"{second}.", f"{view.method} saves {', '.join(saved)}." if saved else ""]
        sentences.append(f"A benchmark is better in: {where}." if where else "")
        errors, worst = self._table.errors, worst_view(self._table, _ROWS)
        if len(worst):
            top = share(worst["error_value"].sum() / errors["error_value"].sum())
            sentences.append(f"{len(worst)} of {len(errors)} series make {top} of the money in forecast errors.")
        return [sentence for sentence in sentences if sentence]

    @property
    def methods(self) -> HtmlTable:
        added = added_view(self._table).set_index("method")
        rows = []
        for line in method_view(self._table).to_dict("records"):
            own = added.loc[line["method"]] if line["method"] in added.index else pd.Series(dtype=float)
            values = [_saved(own.get(column)) for column in ADDED_COLUMNS]
            note = "benchmark" if line["method"] in BENCHMARKS else ""
            rows.append([Cell(str(line["method"]), note=note), *_figures(line, tuple(METRICS)), *values])
        heads = [f"#{label}" for label in (*METRICS.values(), *ADDED_LABELS)]
        return table("", ["Method", *heads], rows)

    @property
    def total(self) -> Chart:
        return total_chart(self._view.method, self._days)

    @property
    def added(self) -> Chart | None:
        return added_chart(self._segments)

    @property
    def segments(self) -> HtmlTable:
        shown = ("wrmsse", "wape", "bias", "scaled_pinball")
        rows = [
            [
                tight("all" if line["segment"] == "all" else f"{words(line['segment'])}: {line['name']}"),
                f"{line['series']:,.0f}",
                share(line["money_share"]),
                *_figures(line, shown),
                *(_saved(line[column]) for column in ADDED_COLUMNS),
                Cell(str(line["worth_it"]), kind={"yes": "better", "no": "worse"}.get(str(line["worth_it"]), "")),
            ]
            for line in self._segments.to_dict("records")
        ]
        named = [f"#{name}" for name in (*(METRICS[metric] for metric in shown), *ADDED_LABELS)]
        return table("", ["Segment", "#Series", "#Share of money", *named, "Worth it"], rows)

    @property
    def coverage(self) -> Chart | None:
        return None if self._reached.empty else coverage_chart(self._reached)

    @property
    def reached(self) -> HtmlTable:
        coverage = self._table.coverage
        own = coverage[coverage["method"].eq(self._view.method)].dropna(subset=["reached"])
        return coverage_table(own.assign(covered=own["reached"]), caption="Share of demand within the quantile")

    @property
    def errors(self) -> HtmlTable:
        rows = [
            [
                str(line["rank"]),
                Cell(f"{line['item_id']} at {line['site_id']}", note=self._name(line)),
                words(line["category"]),
                str(line["pattern"]),
                money(line["error_value"]),
                count(round(line["error_units"])),
                count(round(line["demand_units"])),
                share(line["bias"]),
                Cell(str(line["finding"]), note=f"{line['worst_share']:.0%} from {day_text(line['worst_window'])} on"),
            ]
            for line in worst_view(self._table, _ROWS).to_dict("records")
        ]
        cost = f"#Money in errors ({self._view.currency})"
        heads = [
            "Rank",
            "Where",
            "Category",
            "Pattern",
            cost,
            "#Units misforecast",
            "#Asked for",
            "#Bias",
            "What is off",
        ]
        return table("", heads, rows)

    @property
    def worst(self) -> list[Chart]:
        charts = []
        for line in worst_view(self._table, _ROWS).to_dict("records"):
            own = self._days[self._days["item_id"].eq(line["item_id"]) & self._days["site_id"].eq(line["site_id"])]
            caption = f"{line['item_id']} at {line['site_id']}: {line['finding']}"
            charts.append(row_chart(f"chart-error-{line['rank']}", self._name(line), caption, own))
        return charts

    def _name(self, line: Mapping[Any, Any]) -> str:
        item, site = (self._view.names.get(line[key], line[key]) for key in ("item_id", "site_id"))
        return f"{item} at {site}"


def _figures(line: Mapping[Any, Any], names: tuple[str, ...]) -> list[str]:
    return [share(line[name]) if name in _SHARES else _loss(line[name]) for name in names]


def _named_shares(line: Mapping[Any, Any], against: str) -> list[str]:
    return [f"{share(line[f'{against}|{metric}'])} ({label})" for metric, label in ADDED.items()]


def _loss(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3f}"


def _saved(value: float | None) -> Cell:
    if value is None or pd.isna(value):
        return Cell("-")
    return Cell(share(value), kind="worse" if value <= 0 else "")
