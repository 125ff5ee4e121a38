"""One self-contained HTML page about a run: no network, the same bytes for the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from supplychain.plans.coming_weeks import coming_weeks
from supplychain.reports.charts import Chart
from supplychain.reports.charts_loop import category_table, demand_chart, stock_value_chart, trade_off_chart
from supplychain.reports.charts_map import network_map, route_map
from supplychain.reports.charts_service import class_curves_chart, service_curve_chart
from supplychain.reports.html_answer import answer, tiles
from supplychain.reports.html_coverage import coverage_table
from supplychain.reports.html_forecast import forecast_card
from supplychain.reports.html_orders import earlier_table, head_table, largest_orders, limit_table, planned_note
from supplychain.reports.html_pick import pick_rows
from supplychain.reports.html_review import REVIEWED, action_table, cash_table, exception_table
from supplychain.reports.html_routes import depot_table, route_plan_of, tier_table, unserved_table
from supplychain.reports.html_sites import site_table
from supplychain.reports.html_suppliers import segment_table, supplier_table
from supplychain.reports.html_tables import (
    HtmlTable,
    kpi_groups,
    money,
    problem_table,
    share,
    step_table,
    table,
    version_table,
    words,
)
from supplychain.reports.page import render_page
from supplychain.reports.places import about_of, currency_of, names_of
from supplychain.reports.supplier_text import coming_weeks_text
from supplychain.reports.text import basis_text

__all__ = ["ReportInput", "render_html"]


@dataclass(frozen=True)
class ReportInput:
    """What the page is about. ``tables`` are those of a run, with those of ``places.report_tables`` where it has them.

    ``scenario`` and ``parent`` are labels of runs, with what was asked for beyond the scenario's file; ``parent`` is
    the run to whose figures the key-figure table compares.
    """

    run_id: str
    scenario: str
    title: str
    chain: tuple[str, ...]
    as_of: date
    until: str
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    parent: str | None = None
    notes: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)


def render_html(report: ReportInput) -> str:
    """The page as text. Charts whose tables the run lacks are replaced by a line that says so."""
    return render_page("report.html.j2", report=report, page=_Page(report))


class _Page:
    """What each section shows; a section without its tables is None."""

    def __init__(self, report: ReportInput) -> None:
        self._report, self._tables = report, report.tables
        self._about = about_of(report.tables)
        self.currency = currency_of(report.tables)
        self.synthetic = self._about.get("synthetic") == "yes"
        self.assumed = int(self._about.get("assumed", "0"))
        self.data_set = self._about.get("name", "")
        self.data_title = self._about.get("title", "")
        self._names = names_of(report.tables)

    def _get(self, name: str) -> pd.DataFrame | None:
        return self._tables[name] if name in self._tables and len(self._tables[name]) else None

    @property
    def answer(self) -> list[str]:
        report = self._report
        return answer(
            self._tables, parent=report.parent, names=self._names, currency=self.currency, degraded=report.degraded
        )

    @property
    def tiles(self) -> Sequence[Mapping[str, str]]:
        return tiles(self._tables["kpis"])

    @property
    def basis(self) -> str:
        return basis_text(self._tables)

    @property
    def kpis(self) -> tuple[HtmlTable, ...]:
        return kpi_groups(self._tables["kpis"], parent=self._report.parent, currency=self.currency)

    @property
    def problems(self) -> HtmlTable | None:
        problems = self._get("problems")
        if problems is None:
            return None
        return problem_table(problems, names=self._names, currency=self.currency, run_id=self._report.run_id)

    @property
    def loop(self) -> list[Chart]:
        daily = self._get("daily")
        if daily is None:
            return []
        events = self._get("events")
        return [stock_value_chart(daily, events, currency=self.currency), demand_chart(daily, events)]

    @property
    def loop_lives(self) -> int:
        return len(self._tables["lives"]) if "lives" in self._tables else 0

    @property
    def trade_off(self) -> tuple[Chart, HtmlTable] | None:
        rows = self._get("rows")
        if rows is None:
            return None
        categories = category_table(rows)
        cells = [
            [words(c["category"]), str(c["rows"]), money(c["stock_value"]), money(c["lost_margin"]),
             money(c["waste_value"]), share(c["stock_out_share"])]
            for c in categories.to_dict("records")
        ]  # fmt: skip
        cur = self.currency
        heads = ["Category", "#Item and site pairs", f"#Mean stock ({cur})", f"#Lost margin ({cur})", f"#Waste ({cur})"]
        return trade_off_chart(categories, currency=cur), table("By category", [*heads, "#Stock-out rate"], cells)

    @property
    def service(self) -> dict[str, Any] | None:
        """What service costs in stock: curves, and segments of items."""
        points, segments = self._get("trade_off"), self._get("segments")
        if points is None or segments is None:
            return None
        curves = [make(points, currency=self.currency) for make in (service_curve_chart, class_curves_chart)]
        text = coming_weeks_text(coming_weeks(self._tables), currency=self.currency)
        return {"curves": curves, "segments": segment_table(segments, currency=self.currency), "weeks": text}

    @property
    def suppliers(self) -> HtmlTable | None:
        cards = self._get("supplier_scorecards")
        return None if cards is None else supplier_table(cards, names=self._names, currency=self.currency)

    @property
    def items(self) -> list[dict[str, Any]]:
        """Cards of chosen items: name, place, why, sentence, charts."""
        if self._get("forecast") is None:
            return []
        return [
            forecast_card(self._tables, pick.item_id, pick.site_id, names=self._names, number=number, why=pick.why)
            for number, pick in enumerate(pick_rows(self._tables), start=1)
        ]

    @property
    def coverage(self) -> HtmlTable | None:
        coverage = self._get("forecast_coverage")
        return None if coverage is None else coverage_table(coverage)

    @property
    def network(self) -> Chart | None:
        places = self._get("places")
        return None if places is None else network_map(places, self._get("site_plan"), self._get("site_assignments"))

    @property
    def sites(self) -> HtmlTable | None:
        plan = self._get("site_plan")
        return None if plan is None else site_table(plan, currency=self.currency)

    @property
    def orders(self) -> dict[str, Any] | None:
        if "order_heads" not in self._tables:
            return None
        heads, lines = self._tables["order_heads"], self._tables["order_lines"]
        return {
            "heads": head_table(heads, lines, names=self._names, currency=self.currency),
            "earlier": self._earlier(),
            "limits": self._limits(),
            "later": planned_note(heads, self.currency),
            "largest": largest_orders(heads, lines, names=self._names),
            **self._review(),
        }

    def _earlier(self) -> HtmlTable | None:
        """What earlier runs got approved and the data set does not have yet."""
        earlier = self._get("order_approved")
        return None if earlier is None else earlier_table(earlier, names=self._names, currency=self.currency)

    def _limits(self) -> HtmlTable | None:
        """What orders share, where something of it is short."""
        limits = self._get("order_limits")
        return None if limits is None else limit_table(limits, currency=self.currency)

    def _review(self) -> dict[str, HtmlTable | None]:
        """Exceptions, open orders that should change, and cash by week; a run without them has none."""
        found: dict[str, HtmlTable | None] = {}
        for name, make in (("exceptions", exception_table), ("actions", action_table), ("cash", cash_table)):
            frame = self._get(REVIEWED[name])
            run_id = self._report.run_id
            found[name] = (
                frame if frame is None else make(frame, names=self._names, currency=self.currency, run_id=run_id)
            )
        return found

    @property
    def routes(self) -> dict[str, Any] | None:
        plan = route_plan_of(self._tables)
        if plan is None:
            return None
        return {
            "depots": depot_table(plan, names=self._names, currency=self.currency),
            "tiers": tier_table(plan, currency=self.currency) if len(plan.stops) else None,
            "unserved": unserved_table(plan, names=self._names),
            "maps": self._route_maps(),
        }

    def _route_maps(self) -> list[Chart]:
        places, deliveries = self._get("places"), self._get("delivery_places")
        if places is None or deliveries is None:
            return []
        routes, stops, left = (self._tables[name] for name in ("routes", "route_stops", "route_unserved"))
        maps = []
        for n, depot in enumerate(sorted({*routes["depot_id"], *left["depot_id"]}), start=1):
            own = routes[routes["depot_id"] == depot]
            on_them = stops[stops["route_id"].isin(own["route_id"])]
            maps.append(
                route_map(
                    f"chart-routes-{n}", depot, self._names.get(depot, depot), places, deliveries,
                    routes=own, stops=on_them, unserved=left[left["depot_id"] == depot],
                )
            )  # fmt: skip
        return maps

    @property
    def steps(self) -> HtmlTable:
        return step_table(self._report.manifest.get("steps") or [])

    @property
    def versions(self) -> HtmlTable:
        return version_table(self._report.manifest)
