"""The key-figure table of a run: plan and simulated figures, intervals, and the difference to the parent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain.plans.approved_part import approved_and_left
from supplychain.plans.figures import Figure, figures

__all__ = ["compare_kpis", "decided_kpis", "kpi_table", "plan_figures"]

_COLUMNS = ["figure", "label", "unit", "basis", "value", "low", "high", "better", "decides"]


def plan_figures(tables: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Figures that come from the plans of a run; a plan that was not made gives none."""
    found: dict[str, float] = {}
    if "order_lines" in tables:
        found |= _order_figures(tables["order_lines"])
    if "transfer_lines" in tables:
        found["transfer_lines"] = float(tables["transfer_lines"].query("status == 'proposed'").shape[0])
    if "routes" in tables:
        routes, stops, unserved = tables["routes"], tables["route_stops"], tables["route_unserved"]
        parcels = float(stops["parcels"].sum())
        found["km"] = float(routes["distance_km"].sum())
        found["route_cost"] = float(routes["cost"].sum())
        found["route_cost_per_parcel"] = found["route_cost"] / parcels if parcels else float("nan")
        found["parcels_unserved"] = float(unserved["parcels"].sum())
    if "site_plan" in tables:
        meta = dict(zip(tables["site_plan_meta"]["key"], tables["site_plan_meta"]["value"], strict=True))
        found["open_dcs"] = float(tables["site_plan"]["decision"].isin(["open", "keep_open"]).sum())
        found["cost"] = float(meta["cost"])
        found["gap"] = float(meta["gap"])
    return found


def _order_figures(lines: pd.DataFrame) -> dict[str, float]:
    """Orders of the planning day that are left to decide, and the approved ones where there are any."""
    sums = approved_and_left(lines)
    left, approved = (sums.loc[state] for state in ("proposed", "approved"))
    found = {"order_value": left["value_base"], "order_lines": left["lines"], "held_lines": left["held"]}
    if approved["lines"]:
        found |= {"approved_value": approved["value_base"], "approved_lines": approved["lines"]}
    return {name: float(value) for name, value in found.items()}


def decided_kpis(kpis: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The key figures of a run once people have decided on its order lines, which have their state by now.

    The parent stays as it was when the run was made. Columns as in ``compare_kpis``.
    """
    now = _order_figures(lines)
    more = kpi_table({name: value for name, value in now.items() if name not in set(kpis["figure"])}, None)
    values = kpis["figure"].map(now).fillna(kpis["value"]).astype("float64")
    told = [kpis.assign(value=values, delta=values - kpis["parent"])]
    told += [more.assign(parent=np.nan, delta=np.nan, verdict="")] if len(more) else []
    places = {name: place for place, name in enumerate(figures())}
    frame = pd.concat([one.astype(kpis.dtypes.to_dict()) for one in told], ignore_index=True)
    return frame.sort_values("figure", key=lambda names: names.map(places), kind="stable").reset_index(drop=True)


def kpi_table(plan: Mapping[str, float], simulated: pd.DataFrame | None) -> pd.DataFrame:
    """One row a figure that is known, in the order of the glossary.

    ``simulated`` has the columns figure, mean, low, high. Columns of the result: figure, label, unit, basis, value,
    low, high (95 % interval over the lives), better, decides.
    """
    lived = simulated.set_index("figure") if simulated is not None else pd.DataFrame()
    rows = []
    for name, figure in figures().items():
        if figure.basis == "plan" and name in plan:
            value, low, high = plan[name], np.nan, np.nan
        elif figure.basis == "simulated" and name in lived.index:
            value, low, high = (float(lived.loc[name, column]) for column in ("mean", "low", "high"))
        else:
            continue
        unit = figure.unit
        rows.append([name, figure.label, unit, figure.basis, value, low, high, figure.better, figure.decides])
    return pd.DataFrame(rows, columns=_COLUMNS)


def compare_kpis(kpis: pd.DataFrame, parent: pd.DataFrame | None) -> pd.DataFrame:
    """The table with the parent's value, the difference, and whether it is better, worse or same.

    ``same`` is a simulated difference whose intervals overlap, and any difference too small to matter; the glossary
    has the rule and the sizes.
    """
    before = parent.set_index("figure") if parent is not None else pd.DataFrame(columns=_COLUMNS).set_index("figure")
    was = {name: kpis["figure"].map(before[name]).astype(float) for name in ("value", "low", "high")}
    result = kpis.assign(parent=was["value"], delta=kpis["value"] - was["value"])
    overlap = (kpis["low"] <= was["high"]) & (kpis["high"] >= was["low"])
    result["verdict"] = [
        _verdict(figures()[name], delta, value, overlaps=overlaps)
        for name, delta, value, overlaps in zip(
            result["figure"], result["delta"], result["parent"], overlap, strict=True
        )
    ]
    return result


def _verdict(figure: Figure, delta: float, before: float, *, overlaps: bool) -> str:
    if not np.isfinite(delta) or figure.better == "none":
        return ""
    if overlaps or not figure.is_material(delta, before):
        return "same"
    return "better" if (delta < 0) == (figure.better == "lower") else "worse"
