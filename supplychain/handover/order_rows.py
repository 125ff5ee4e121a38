"""The figures of every replenished row on the planning day, also of those of which nothing is ordered."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.handover.explanation import explanation_columns
from supplychain.handover.next_orders import NextOrders
from supplychain.handover.order_problem import plan_rows
from supplychain.handover.replacement import superseded
from supplychain.handover.situation import Situation
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_rows import ORDER_ROW_COLUMNS
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["order_rows"]


def order_rows(
    situation: Situation,
    looked_at: npt.NDArray[np.bool_],
    *,
    settings: ReplenishSettings,
    ahead: NextOrders | None = None,
) -> pd.DataFrame:
    """One row (``ORDER_ROW_COLUMNS``) for each replenished row; ``looked_at`` [N] as tonight's decision had it.

    ``ahead`` says when the outlook looks at a row before its review day; without it that day is told.
    """
    terms = situation.terms
    rows = np.flatnonzero(terms.source >= 0)
    if not rows.size:
        return typed_frame(dict.fromkeys(ORDER_ROW_COLUMNS, ()), ORDER_ROW_COLUMNS)
    alone = np.zeros(rows.size, np.int64)
    planned = plan_rows(situation, rows, settings, group=alone, group_minimum=np.zeros(1), spread=True)
    quantity = planned.solution.packs * planned.problem.pack
    columns: dict[str, Any] = dict(explanation_columns(planned, quantity, settings, chosen=np.arange(rows.size)))
    bought = terms.supplier_index[rows] >= 0
    next_look = situation.gap if ahead is None else np.where(looked_at, situation.gap, ahead.wait)
    sources = [
        terms.suppliers[terms.supplier_index[row]] if terms.supplier_index[row] >= 0 else terms.site_ids[origin]
        for row, origin in zip(rows, terms.origin_row[rows], strict=True)
    ]
    frame = {
        **columns,
        "kind": np.where(bought, "order", "transfer").astype(object),
        "source_id": sources,
        "item_id": [terms.item_ids[row] for row in rows],
        "site_id": [terms.site_ids[row] for row in rows],
        "looked_at": looked_at[rows],
        "stop": _stops(situation)[rows],
        "next_look_date": situation.looked_at_again(next_look)[rows],
        "policy": [settings.policy] * rows.size,
    }
    return typed_frame(frame, ORDER_ROW_COLUMNS)


def _stops(situation: Situation) -> npt.NDArray[Any]:
    """Why nothing may be ordered [N]; the first reason that holds, a planner's before others."""
    terms = situation.terms
    ends = situation.days_left <= situation.lead
    replaced = superseded(terms.successor_row, terms.introduced, situation.as_of + situation.lead)
    stop = np.full(terms.rows, "", object)
    held = situation.pins.held & ~np.isfinite(situation.pins.quantity)
    for name, holds in (
        ("pinned", held),
        ("ends", ends),
        ("replaced", replaced),
        ("phase_out", terms.phase_out),
        ("do_not_order", terms.do_not_order),
    ):
        stop[holds] = name
    return stop
