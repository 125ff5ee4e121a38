"""Whether planners' overrides were nearer to demand than the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from supplychain.reports.text import frame_text
from supplychain.service.listing import open_store
from supplychain.service.record import undamaged
from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table
from supplychain.store import Store

__all__ = ["OverrideValue", "judge_overrides", "override_spans"]

_KEY = ["item_id", "site_id", "date", "who"]


@dataclass(frozen=True)
class OverrideValue:
    """Overrides judged by the demand known on the planning day of a run.

    ``ahead``: item_id, site_id, first, last, model and overridden (units a day), who, why. ``value``: who, days,
    actual (units), wape_model, wape_overridden (absolute error over demand) and value_added (the former less the
    latter), with ``total`` last where several planners did it. ``days``: the days judged. ``past_days``: days of
    overrides in the past, of which ``without_demand`` have no known demand and ``without_forecast`` no stored run from
    before them.
    """

    ahead: pd.DataFrame
    value: pd.DataFrame
    days: pd.DataFrame
    past_days: int
    without_demand: int
    without_forecast: int

    @property
    def text(self) -> str:
        """For people."""
        parts = ["No override lies ahead."]
        if len(self.ahead):
            decimals = {"model": 1, "overridden": 1}
            parts = ["Overrides ahead (units a day)\n" + frame_text(self.ahead, decimals=decimals)]
        if len(self.value):
            shares = {name: self.value[name].map("{:.1%}".format) for name in ("wape_model", "wape_overridden")}
            points = self.value["value_added"].map(lambda share: f"{100 * share:+.1f} points")
            shown = self.value.assign(**shares, value_added=points)
            title = "Overrides of the past (error as a share of demand; value added is what the override took from it)"
            parts.append(f"{title}\n{frame_text(shown, decimals={'actual': 0})}")
        elif self.past_days == 0:
            parts.append("No day of an override lies in the past: nothing to judge yet.")
        if self.without_demand:
            parts.append(f"{self.without_demand} past days are not judged: sold out or not recorded.")
        if self.without_forecast:
            parts.append(
                f"{self.without_forecast} past days are not judged: the store has no run of this scenario and data "
                "set with the override from before them."
            )
        return "\n\n".join(parts)


def judge_overrides(result: RunResult, *, store: Store | Path | str | None = None) -> OverrideValue:
    """Judge the overrides of a run; forecasts come from the scenario's stored runs of earlier planning days.

    Each past day is judged by the newest run from before that day. Raises PlanError when the run has no forecast.
    """
    table = plan_table(result, "forecast_overrides")
    past = table.loc[table["date"] <= pd.Timestamp(result.as_of), [*_KEY, "actual"]].drop_duplicates(_KEY)
    known = past.dropna(subset=["actual"])
    days = known.merge(_earlier(result, open_store(store)) if len(known) else table.iloc[:0][_FIGURES], on=_KEY)
    return OverrideValue(
        ahead=override_spans(table),
        value=_by_planner(days),
        days=days,
        past_days=len(past),
        without_demand=len(past) - len(known),
        without_forecast=len(known) - len(days),
    )


_FIGURES = [*_KEY, "model", "overridden"]


def override_spans(table: pd.DataFrame) -> pd.DataFrame:
    """Days ahead of ``forecast_overrides`` by override: first and last day and mean units a day."""
    ahead = table.dropna(subset=["model"]).fillna({"who": "", "why": ""})
    spans = ahead.groupby(["item_id", "site_id", "who", "why"], sort=False, as_index=False).agg(
        first=("date", "min"), last=("date", "max"), model=("model", "mean"), overridden=("overridden", "mean")
    )
    return spans[["item_id", "site_id", "first", "last", "model", "overridden", "who", "why"]]


def _earlier(result: RunResult, store: Store) -> pd.DataFrame:
    """What the newest run from before each day said of it."""
    records = {record.run_id: record for record in store.runs()}
    here = records.get(result.run_id)
    frames = []
    for record in records.values():  # newest first
        alike = here is not None and (record.scenario, record.data_set) == (here.scenario, here.data_set)
        if not alike or record.as_of >= result.as_of:
            continue
        stored = undamaged(store, record)
        tables = stored.tables if stored else {}
        if "forecast_overrides" in tables:
            frames.append(tables["forecast_overrides"].dropna(subset=["model"]).assign(as_of=record.as_of))
    if not frames:
        return pd.DataFrame(columns=_FIGURES).astype({"date": "datetime64[s]"})
    together = pd.concat(frames, ignore_index=True).sort_values("as_of", ascending=False, kind="stable")
    return together.drop_duplicates(_KEY)[_FIGURES]


def _by_planner(days: pd.DataFrame) -> pd.DataFrame:
    rows = [_judged(str(who), part) for who, part in days.groupby("who", sort=True)]
    if len(rows) > 1:
        rows.append(_judged("total", days))
    columns = ["who", "days", "actual", "wape_model", "wape_overridden", "value_added"]
    return pd.DataFrame(rows, columns=columns)


def _judged(who: str, days: pd.DataFrame) -> list[object]:
    total = float(days["actual"].sum())
    model, overridden = (
        float((days[name] - days["actual"]).abs().sum()) / total if total > 0 else float("nan")
        for name in ("model", "overridden")
    )
    return [who, len(days), total, model, overridden, model - overridden]
