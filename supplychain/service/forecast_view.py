"""Which model forecasts an item at a site, why, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.forecast_table import PAST_COLUMNS
from supplychain.reports.past_errors import PAST_NOTE, past_errors
from supplychain.reports.text import frame_text
from supplychain.service.order_view import item_names
from supplychain.service.overrides import override_spans
from supplychain.service.result import RunResult
from supplychain.service.stored import near, plan_table

__all__ = ["ForecastExplanation", "explain_forecast"]


@dataclass(frozen=True)
class ForecastExplanation:
    """A row's forecast: model and why, days (date, mean, variance), quantiles (by interval and level), and its parts.

    ``members``: member, weight (they sum to 1), miss (absolute error over past origins as a share of demand).
    ``effects``: kind, name, first, last, factor on days ahead. ``lost``: days, sold_out_days, lost_units, lost_margin
    of the last 28 and 91 days, where it was sold out. ``overrides``: first, last, model and overridden (units a day),
    who, why. ``past``: what would have been forecast some weeks ago, and what came, as ``past_errors`` gives it.
    """

    item_id: str
    site_id: str
    model: str
    why: str
    daily: pd.DataFrame
    quantiles: pd.DataFrame
    members: pd.DataFrame
    effects: pd.DataFrame
    lost: pd.DataFrame
    overrides: pd.DataFrame
    past: pd.DataFrame
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
    names = ("forecast", "forecast_quantiles", "forecast_members", "forecast_effects", "lost_sales_past")
    daily, quantiles, members, effects, lost = (_row(plan_table(result, name), item_id, site_id) for name in names)
    members = members.sort_values("weight", ascending=False, kind="stable").reset_index(drop=True)
    planned = override_spans(plan_table(result, "forecast_overrides"))
    overrides = _row(planned, item_id, site_id)
    past = past_errors(_row(_past_table(result), item_id, site_id))
    model, why = str(chosen.iloc[0]["model"]), str(chosen.iloc[0]["why"])
    name = item_names(result).get(item_id, "")
    head = f"{item_id}{f' {name}' if name else ''} at {site_id}: {model}" + (f", {why}." if why else ".")
    parts = [
        f"{head}\n{_expected(daily)}{_lost(lost, result.currency)}",
        _past(past),
        _members(members),
        _effects(effects),
        _overrides(overrides),
        _quantiles(quantiles),
        _coverage(plan_table(result, "forecast_coverage")),
    ]
    text = "\n\n".join(part for part in parts if part)
    return ForecastExplanation(
        item_id, site_id, model, why, daily, quantiles, members, effects, lost, overrides, past, text
    )


def _past_table(result: RunResult) -> pd.DataFrame:
    """Forecasts at past origins; empty for a run of an earlier version."""
    return result.tables.get("forecast_past", pd.DataFrame(columns=PAST_COLUMNS))


def _row(frame: pd.DataFrame, item_id: str, site_id: str) -> pd.DataFrame:
    chosen = frame["item_id"].eq(item_id) & frame["site_id"].eq(site_id)
    return frame.loc[chosen].drop(columns=["item_id", "site_id"]).reset_index(drop=True)


def _expected(daily: pd.DataFrame) -> str:
    mean = daily["mean"]
    return (
        f"Expected: {mean.head(7).sum():,.1f} units in the next 7 days, {mean.head(28).sum():,.1f} in the next 28; "
        f"{mean.mean():,.2f} a day over {len(mean)} days."
    )


def _lost(lost: pd.DataFrame, currency: str) -> str:
    lines = [
        f"\nSold out on {row.sold_out_days} of the last {row.days} days: about {row.lost_units:,.0f} units lost, "
        f"{row.lost_margin:,.0f} {currency} of margin."
        for row in lost.dropna().itertuples()
    ]
    return "".join(lines)


def _past(past: pd.DataFrame) -> str:
    if past.empty:
        return (
            "Not tried at past origins: the history is too short for it, or too large for every run; "
            "`supplychain forecast backtest` tries it."
        )
    shown = past.assign(error_share=[f"{s:+.1%}" if s == s else "" for s in past["error_share"]])  # noqa: PLR0124 - NaN
    decimals = {"expected": 1, "came": 1, "error": 1}
    return f"Forecasts some weeks ago against what came (units); {PAST_NOTE}\n" + frame_text(shown, decimals=decimals)


def _members(members: pd.DataFrame) -> str:
    shown = pd.DataFrame(
        {
            "member": [*members["member"], "sum"],
            "weight": [f"{weight:.1%}" for weight in (*members["weight"], members["weight"].sum())],
            "miss_on_past_forecasts": [*(f"{miss:.0%}" if miss == miss else "" for miss in members["miss"]), ""],  # noqa: PLR0124 - NaN
        }
    )
    if not len(members):
        return ""
    head = (
        "Members (miss: absolute error as a share of demand, of this item; weights come from losses of quantiles\n"
        "and squared errors of all items like it)\n"
    )
    return head + frame_text(shown)


def _effects(effects: pd.DataFrame) -> str:
    if effects.empty:
        return "No event, promotion or planner's change ahead moves it."
    ordered = effects.sort_values(["first", "last"], kind="stable")
    return "Ahead, on daily demand\n" + frame_text(ordered, decimals={"factor": 2})


def _overrides(overrides: pd.DataFrame) -> str:
    if overrides.empty:
        return ""
    return "Overridden by planners (units a day)\n" + frame_text(overrides, decimals={"model": 1, "overridden": 1})


def _quantiles(quantiles: pd.DataFrame) -> str:
    """One line an interval: expected units, and what demand stays within at each level."""
    wide = quantiles.pivot_table(index="protection_days", columns="level", values="quantile", sort=True)
    wide.columns = [f"{level:.0%}" for level in wide.columns]
    wide.insert(0, "expected", quantiles.groupby("protection_days")["expected"].first().round(1))
    shown = wide.reset_index().rename(columns={"protection_days": "next_days"})
    return "Units within which demand stays in so many of 100 cases\n" + frame_text(shown, decimals={"expected": 1})


def _coverage(coverage: pd.DataFrame) -> str:
    known = coverage.dropna(subset=["covered"])
    if known.empty:
        return ""
    wide = known.pivot_table(index="protection_days", columns="level", values="covered", sort=True)
    wide.columns = [f"{level:.0%}" for level in wide.columns]
    shown = wide.map(lambda share: f"{share:.1%}").reset_index().rename(columns={"protection_days": "days"})
    head = (
        "How often past demand did stay within (all items and sites). The levels were calibrated on these origins;\n"
        "forecast backtest judges on days that nothing was learnt from.\n"
    )
    return head + frame_text(shown)
