"""Why an order or transfer line, or a forecast, is what it is: in words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.explain import explain_line, recompute_quantity
from supplychain.service.result import RunResult
from supplychain.service.stored import near, plan_table

__all__ = ["ForecastExplanation", "LineExplanation", "explain_forecast", "explain_order"]


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """A line with its explanation: ``kind`` is order or transfer, ``recomputed`` the quantity from ``line`` alone."""

    kind: str
    line: Mapping[str, Any]
    text: str
    recomputed: float


@dataclass(frozen=True)
class ForecastExplanation:
    """A row's forecast: model and why, days (date, mean, variance) and quantiles (by interval and level)."""

    item_id: str
    site_id: str
    model: str
    why: str
    daily: pd.DataFrame
    quantiles: pd.DataFrame
    text: str


def explain_order(result: RunResult, line: str, site: str | None = None) -> tuple[LineExplanation, ...]:
    """Explain a line by its id, or every line of an item at a site, the planning day's first.

    Raises PlanError, with what comes nearest, when there is none.
    """
    found: list[LineExplanation] = []
    for kind, table in (("order", "order_lines"), ("transfer", "transfer_lines")):
        frame = plan_table(result, table)
        place = "site_id" if kind == "order" else "destination_id"
        chosen = frame["line_id"].eq(line) if site is None else frame["item_id"].eq(line) & frame[place].eq(site)
        found += [
            LineExplanation(kind, record, explain_line(record), recompute_quantity(record))
            for record in frame.loc[chosen].to_dict("records")
        ]
    if not found:
        raise PlanError(_no_line(result, line, site))
    return tuple(sorted(found, key=lambda one: (one.line["status"] != "proposed", one.line["order_date"], one.kind)))


def _no_line(result: RunResult, line: str, site: str | None) -> str:
    run = f"run {result.run_id} ({result.scenario})"
    models = plan_table(result, "forecast_models")
    items, sites = sorted(set(models["item_id"])), sorted(set(models["site_id"]))
    if site is None:
        numbers = [*plan_table(result, "order_lines")["line_id"], *plan_table(result, "transfer_lines")["line_id"]]
        if line in items:
            where = sorted(set(models.loc[models["item_id"].eq(line), "site_id"]))
            return f"{line} is an item; name its site too: supplychain plan explain {line} {where[0]}"
        return f"line {line!r}: {run} has none with this number{near(line, sorted(numbers))}"
    for word, name, known in (("item", line, items), ("site", site, sites)):
        if name not in known:
            return f"{word} {name!r}: {run} does not plan it{near(name, known)}"
    if not (models["item_id"].eq(line) & models["site_id"].eq(site)).any():
        return f"{line} is not listed at {site}; add a row to item_sites to stock it there"
    return f"{run} orders nothing of {line} for {site}, neither on the planning day nor in its outlook: " + _cover(
        result, line, site
    )


def _cover(result: RunResult, item_id: str, site_id: str) -> str:
    days = plan_table(result, "stock_projection")
    row = days.loc[days["item_id"].eq(item_id) & days["site_id"].eq(site_id)].sort_values("date", kind="stable")
    if row.empty:
        return "no stock is projected for it"
    first, last = row.iloc[0], row.iloc[-1]
    return (
        f"{first['opening']:,.1f} units are on hand on {str(first['date'])[:10]}, {row['demand'].sum():,.1f} are "
        f"expected to be asked for until {str(last['date'])[:10]}, and {last['closing']:,.1f} remain then"
    )


def explain_forecast(result: RunResult, item_id: str, site_id: str) -> ForecastExplanation:
    """A row's model, why it was chosen, and what it says; raises PlanError when the row has no forecast."""
    models = plan_table(result, "forecast_models")
    for word, name in (("item", item_id), ("site", site_id)):
        known = sorted(set(models[f"{word}_id"]))
        if name not in known:
            raise PlanError(f"{word} {name!r}: run {result.run_id} has no forecast for it{near(name, known)}")
    chosen = models.loc[models["item_id"].eq(item_id) & models["site_id"].eq(site_id)]
    if chosen.empty:
        where = ", ".join(sorted(set(models.loc[models["item_id"].eq(item_id), "site_id"])))
        raise PlanError(f"{item_id} is not listed at {site_id}; it is forecast at {where}")
    daily = _row(plan_table(result, "forecast"), item_id, site_id)
    quantiles = _row(plan_table(result, "forecast_quantiles"), item_id, site_id)
    model, why = str(chosen.iloc[0]["model"]), str(chosen.iloc[0]["why"])
    text = _forecast_text(item_id, site_id, model, why=why, daily=daily, quantiles=quantiles)
    return ForecastExplanation(item_id, site_id, model, why, daily, quantiles, text)


def _row(frame: pd.DataFrame, item_id: str, site_id: str) -> pd.DataFrame:
    chosen = frame["item_id"].eq(item_id) & frame["site_id"].eq(site_id)
    return frame.loc[chosen].drop(columns=["item_id", "site_id"]).reset_index(drop=True)


def _forecast_text(
    item_id: str, site_id: str, model: str, *, why: str, daily: pd.DataFrame, quantiles: pd.DataFrame
) -> str:
    mean = daily["mean"]
    sentences = [
        f"{item_id} at {site_id} is forecast by {model}" + (f" ({why})." if why else "."),
        f"{mean.head(7).sum():,.1f} units are expected in the next 7 days and {mean.head(28).sum():,.1f} in the next "
        f"28; {mean.mean():,.2f} a day over {len(mean)} days.",
    ]
    for days, part in quantiles.groupby("protection_days", sort=True):
        levels = ", ".join(
            f"{quantile:,.0f} in {level:.0%}" for level, quantile in zip(part["level"], part["quantile"], strict=True)
        )
        sentences.append(
            f"Over {days} days {part['expected'].iloc[0]:,.1f} are expected; no more than {levels} of cases."
        )
    return "\n".join(sentences)
