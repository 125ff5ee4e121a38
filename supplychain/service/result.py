"""What a run gives back to commands, jobs and notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from supplychain.reports.places import currency_of, names_of
from supplychain.reports.text import basis_text, kpi_text, shown_figures

__all__ = ["RunResult", "StepReport"]


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of a run: whether it was reused, and otherwise which of its inputs changed."""

    name: str
    key: str
    reused: bool
    why: str
    seconds: float = 0.0


@dataclass(frozen=True)
class RunResult:
    """A finished run. ``tables`` are tidy data frames by name; ``kpis`` is the key-figure table against the parent.

    ``tables`` may hold: kpis, problems, applied; site_plan, site_assignments, site_coverage, site_unserved,
    site_plan_meta; forecast, forecast_quantiles, forecast_coverage, forecast_models, forecast_levels,
    forecast_overrides, forecast_past, lost_sales_past; order_lines, order_heads, transfer_lines, stock_projection;
    order_actions, order_exceptions, cash_payments, cash_weeks, cash_months; order_placed, order_approved (lines that
    earlier runs got approved); supplier_scorecards, segments, trade_off; routes, route_stops, route_unserved; lives,
    rows, daily.
    """

    run_id: str
    scenario: str
    title: str
    chain: tuple[str, ...]
    as_of: date
    until: str
    steps: tuple[StepReport, ...]
    tables: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    path: Path | None = None
    parent_run: str | None = None
    manifest: Mapping[str, object] = field(default_factory=dict)
    variant: str = ""

    @property
    def label(self) -> str:
        """Name of the scenario, with what was asked for beyond its file: the settings, planning day and data set."""
        return f"{self.scenario} [{self.variant}]" if self.variant else self.scenario

    @property
    def compared_with(self) -> str | None:
        """Label of the run that ``kpis`` compares with, None without one."""
        named = self.manifest.get("parent_scenario")
        return str(named) if named else None

    @property
    def kpis(self) -> pd.DataFrame:
        """Key figures: figure, label, unit, basis, value, low, high, better, decides, parent, delta, verdict."""
        return self.tables["kpis"]

    @property
    def currency(self) -> str:
        """Currency of money figures: the base currency of the data set."""
        return currency_of(self.tables)

    @property
    def names(self) -> dict[str, str]:
        """Names of items, suppliers and sites by id."""
        return names_of(self.tables)

    def summary(self, shown: str = "headline") -> str:
        """Key figures as text, ready to print. ``shown`` is headline, usual or all, as the glossary has it."""
        figures = shown_figures(self.kpis, shown)
        return f"{kpi_text(figures, currency=self.currency, parent=self.compared_with)}\n{basis_text(self.tables)}"

    @property
    def problems(self) -> pd.DataFrame:
        """Largest problems by money: rank, kind, subject, item_id, site_id, money, period, detail, remedy."""
        return self.tables["problems"]
