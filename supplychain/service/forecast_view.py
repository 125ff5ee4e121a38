"""Which model forecasts an item at a site, why, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from supplychain.errors import PlanError
from supplychain.service.result import RunResult
from supplychain.service.stored import near, plan_table

__all__ = ["ForecastExplanation", "explain_forecast"]


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
