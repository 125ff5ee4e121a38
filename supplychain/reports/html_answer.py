"""The answer in a few sentences, computed from the figures of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.approved_part import approved_and_left
from supplychain.plans.route_plan import REASONS
from supplychain.reports.html_tables import change_text, count, counted, money, share
from supplychain.reports.text import figure_text, subject_names

__all__ = ["Tile", "answer", "tiles"]

_HEADLINES = ("stock_days", "stockout_rate", "fill_rate", "days", "cost_share", "late_rate")
_COMPARED = (*_HEADLINES, "lost_margin", "waste_value", "rural_ratio", "cost", "route_cost")


class Tile(dict[str, str]):
    """A headline figure: label, value, change, verdict."""


def tiles(kpis: pd.DataFrame) -> list[Tile]:
    """Headline figures that the run has."""
    known = kpis.set_index("figure")
    found = []
    for name in _HEADLINES:
        if name in known.index:
            line = known.loc[name]
            unit = str(line["unit"])
            found.append(
                Tile(
                    label=str(line["label"]),
                    value=figure_text(line["value"], unit),
                    unit=unit if unit == "days" and "days" not in str(line["label"]).lower() else "",
                    change=change_text(line["delta"], unit),
                    verdict=str(line["verdict"] or ""),
                )
            )
    return found


def answer(
    tables: Mapping[str, pd.DataFrame], *, parent: str | None, names: Mapping[str, str], currency: str,
    degraded: Sequence[str],
) -> list[str]:  # fmt: skip
    """Three to five sentences: better or worse than the parent, the largest problem, and what to do."""
    sentences = [_against_parent(tables["kpis"], parent, currency), *_problem(tables.get("problems"), names, currency)]
    sentences += [*_orders(tables, currency), *_routes(tables)]
    if degraded:
        sentences.append(f"Not all could be planned: {'; '.join(degraded[:3])}" + ("; …" if len(degraded) > 3 else "."))
    return [sentence for sentence in sentences if sentence]


def _against_parent(kpis: pd.DataFrame, parent: str | None, currency: str) -> str:
    known = kpis.set_index("figure")
    if parent is None or not kpis["parent"].notna().any():
        parts = [_now(known.loc[name]) for name in _HEADLINES if name in known.index]
        reason = "There is no parent run to compare with" if parent is None else f"No run of {parent} to compare with"
        return f"{reason}; as it stands: {', '.join(parts)}." if parts else f"{reason}."
    listed = [name for name in _COMPARED if name in known.index]
    moved = {word: [name for name in listed if known.loc[name, "verdict"] == word] for word in _WORDS}
    clauses = [
        f"{word}: {', '.join(_move(known.loc[name], currency) for name in moved[word])}"
        for word in _WORDS
        if moved[word]
    ]
    if not clauses:
        return f"Against {parent}, no headline figure moved beyond chance by enough to matter."
    return f"Against {parent}, {'; '.join(clauses)}."


_WORDS = ("better", "worse")


def _now(line: Any) -> str:
    unit, name = str(line["unit"]), str(line["label"]).lower()
    value = figure_text(line["value"], unit)
    return f"{name} {value}" if unit != "days" or "days" in name else f"{name} {value} days"


def _move(line: Any, currency: str) -> str:
    unit = str(line["unit"])
    told = f" {currency}" if unit.startswith("money") else ""
    return (
        f"{str(line['label']).lower()} {figure_text(line['parent'], unit)} → {figure_text(line['value'], unit)} "
        f"({change_text(line['delta'], unit)}{told})"
    )


def _problem(problems: pd.DataFrame | None, names: Mapping[str, str], currency: str) -> list[str]:
    if problems is None or not len(problems):
        return []
    first = problems.iloc[0]
    if float(first["money"]) <= 0:
        return []
    name = subject_names(str(first["subject"]), names)
    where = f"{first['subject']} ({name})" if name else str(first["subject"])
    total = problems["money"].sum()
    known = str(first.get("period", "a year"))
    period = f" {known}" if known else ""
    return [
        f"The largest problem by money is {first['kind']}, {where}: {money(first['money'])} {currency}{period} "
        f"({first['detail']}). What helps: {first['remedy']}. The {len(problems)} largest problems together stand for "
        f"{money(total)} {currency}."
    ]


def _orders(tables: Mapping[str, pd.DataFrame], currency: str) -> list[str]:
    if "order_lines" not in tables:
        return []
    lines = tables["order_lines"].query("status == 'proposed'")
    sums = approved_and_left(tables["order_lines"])
    moves = tables["transfer_lines"].query("status == 'proposed'") if "transfer_lines" in tables else ()
    approved, worth = int(sums.loc["approved", "lines"]), sums.loc["approved", "value_base"]
    done = f" {counted(approved, 'order line')} approved already, for {money(worth)} {currency}." if approved else ""
    if not len(lines) and not len(moves):
        if done:
            return [f"Nothing more is due to be ordered or moved today;{done}"]
        return ["Nothing is due to be ordered or moved today."]
    left = sums.loc["proposed"]
    held = int(left["held"])
    text = (
        f"To do today: release {counted(int(left['lines']), 'order line')} to "
        f"{counted(lines['supplier_id'].nunique(), 'supplier')} for {money(left['value_base'])} {currency} "
        f"and {counted(len(moves), 'transfer line')}"
    )
    return [text + (f"; a second person must look at {counted(held, 'held line')}." if held else ".") + done]


def _routes(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    if "routes" not in tables:
        return []
    routes, stops, left = tables["routes"], tables["route_stops"], tables["route_unserved"]
    served, lost = float(stops["parcels"].sum()), float(left["parcels"].sum())
    trips, km = counted(len(routes), "trip"), f"{routes['distance_km'].sum():,.0f} km"
    text = f"The day's {counted(served + lost, 'parcel')} take {trips} and {km}"
    if not lost:
        return [f"{text}; every parcel is on a route."]
    reason = left.groupby("reason")["parcels"].sum().sort_index().sort_values(ascending=False, kind="stable").index[0]
    why = " and ".join(REASONS.get(code, code) for code in str(reason).split("+"))
    rate = share(lost / (served + lost)) if np.isfinite(served) else "-"
    return [f"{text}; {count(lost)} ({rate}) stay behind, mostly because {why}."]
