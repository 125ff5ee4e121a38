"""One item at one site: charts, past errors, members and effects; as a card of the report or a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from supplychain.reports.charts_items import forecast_chart, stock_chart
from supplychain.reports.html_coverage import coverage_table, interval_sentence
from supplychain.reports.html_tables import Cell, HtmlTable, count, day_text, share, table, tight
from supplychain.reports.page import render_page
from supplychain.reports.past_errors import PAST_NOTE, past_errors
from supplychain.reports.places import about_of, names_of

__all__ = ["ForecastPage", "forecast_card", "render_forecast"]

_TABLES = (
    "history", "forecast", "forecast_models", "forecast_quantiles", "forecast_members", "forecast_effects",
    "forecast_past", "stock_projection", "order_lines",
)  # fmt: skip


@dataclass(frozen=True)
class ForecastPage:
    """What a page about one item at one site is about; ``tables`` are those of its run."""

    run_id: str
    scenario: str
    as_of: date
    item_id: str
    site_id: str
    tables: Mapping[str, pd.DataFrame] = field(repr=False)


def render_forecast(page: ForecastPage) -> str:
    """The page as text."""
    card = forecast_card(page.tables, page.item_id, page.site_id, names=names_of(page.tables), number=1, why="")
    coverage = page.tables.get("forecast_coverage")
    return render_page(
        "forecast.html.j2",
        page=page,
        card=card,
        coverage=coverage_table(coverage) if coverage is not None and len(coverage) else None,
        synthetic=about_of(page.tables).get("synthetic") == "yes",
    )


def forecast_card(
    tables: Mapping[str, pd.DataFrame], item_id: str, site_id: str, *, names: Mapping[str, str], number: int, why: str
) -> dict[str, Any]:
    """Names, model, sentence, charts and tables of a row that has a forecast; ``number`` tells its charts apart."""
    own = {name: _row(tables, name, item_id, site_id) for name in _TABLES}
    item, site = (names.get(key, key) for key in (item_id, site_id))
    name = f"{item} at {site}"
    drawn = [
        forecast_chart(
            f"chart-forecast-{number}", name, own["history"], own["forecast"],
            events=tables.get("events"), past=own["forecast_past"],
        )
    ]  # fmt: skip
    if own["stock_projection"] is not None:
        drawn.append(stock_chart(f"chart-stock-{number}", name, own["stock_projection"]))
    models = own["forecast_models"].iloc[0]
    return {
        "item": item,
        "site": site,
        "ids": f"{item_id} at {site_id}",
        "why": why,
        "charts": drawn,
        "model": str(models["model"]),
        "model_why": str(models["why"]),
        "sentence": interval_sentence(own["forecast_quantiles"], own["order_lines"]),
        "past": None if own["forecast_past"] is None else _past_table(own["forecast_past"]),
        "members": None if own["forecast_members"] is None else _member_table(own["forecast_members"]),
        "effects": None if own["forecast_effects"] is None else _effect_table(own["forecast_effects"]),
    }


def _row(tables: Mapping[str, pd.DataFrame], name: str, item_id: str, site_id: str) -> Any:
    frame = tables[name] if name in tables and len(tables[name]) else None
    if frame is None:
        return None
    own = frame[(frame["item_id"] == item_id) & (frame["site_id"] == site_id)]
    return own if len(own) else None


def _past_table(past: pd.DataFrame) -> HtmlTable:
    rows = [
        [
            tight(f"{day_text(line['first'])} – {day_text(line['last'])}"),
            str(line["known_days"]),
            count(round(line["expected"], 1)),
            count(round(line["came"], 1)),
            _signed(line["error"], ",.1f"),
            _signed(line["error_share"], ".1%"),
        ]
        for line in past_errors(past).to_dict("records")
    ]
    heads = ["Days", "#Known", "#Forecast", "#Came", "#Error", "#Of what came"]
    note = PAST_NOTE[0].upper() + PAST_NOTE[1:]
    return table("Forecasts some weeks ago against what came (units)", heads, rows, note=f"{note}.")


def _signed(value: float, form: str) -> str:
    return "-" if value != value else f"{value:+{form}}".replace("-", "−")  # noqa: PLR0124 - NaN


def _member_table(members: pd.DataFrame) -> HtmlTable:
    ordered = members.sort_values("weight", ascending=False, kind="stable")
    rows = [[str(m["member"]), share(m["weight"]), share(m["miss"])] for m in ordered.to_dict("records")]
    return table("Members of the forecast", ["Member", "#Weight", "#Absolute error at past origins"], rows)


def _effect_table(effects: pd.DataFrame) -> HtmlTable:
    ordered = effects.sort_values(["first", "last"], kind="stable")
    rows = [
        [
            Cell(str(e["name"] or e["kind"]), note=str(e["kind"]) if e["name"] else ""),
            tight(f"{day_text(e['first'])} – {day_text(e['last'])}"),
            f"{e['factor']:+.1f} units" if "units" in str(e["kind"]) else f"× {e['factor']:.2f}",
        ]
        for e in ordered.to_dict("records")
    ]
    return table("Ahead, on daily demand", ["Event or promotion", "Days", "#Factor"], rows)
