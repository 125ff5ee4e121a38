"""Pins that let stock run out: what a pinned line brings, and what an order beside the pin would save."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.lots import packs_for
from supplychain.domain import DataSet
from supplychain.handover.exceptions_stock import Outlook
from supplychain.handover.situation import Situation
from supplychain.handover.units_by_day import days_until, units_by_day
from supplychain.plans.amounts import amount

__all__ = ["PinCause", "pin_cause", "pinned_units", "without_pinned"]

Floats = npt.NDArray[np.float64]

_LEAST = 0.5  # units lost below which nothing is said


class PinCause(NamedTuple):
    """Why a pin empties the shelf, what to do, and the units that would not be lost without it."""

    why: str
    fix: str
    units: float


def without_pinned(lines: pd.DataFrame) -> pd.DataFrame:
    """Order lines without those of tonight that a pin has fixed: what they lack, the plan's next line brings."""
    return lines.loc[~_pinned(lines)]


def pinned_units(situation: Situation, lines: pd.DataFrame, *, days: int) -> Floats | None:
    """Units that tonight's pinned lines bring to each row, and to what feeds it, on each day [N,``days``]; None: none.

    They are as good as on order: nothing but the buyer changes them.
    """
    pinned = lines.loc[_pinned(lines)]
    if pinned.empty:
        return None
    come = (
        (line["item_id"], line["site_id"], days_until(situation, line["receipt_date"]), float(line["quantity"]))
        for line in pinned.to_dict("records")
    )
    return units_by_day(situation, come, days=days)


def _pinned(lines: pd.DataFrame) -> npt.NDArray[np.bool_]:
    flags: npt.NDArray[np.bool_] = (lines["status"].eq("proposed") & lines["binding"].eq("pinned")).to_numpy(bool)
    return flags


def pin_cause(dataset: DataSet, situation: Situation, outlook: Outlook, row: int) -> PinCause | None:
    """What the pin that holds a ``row`` tonight costs until help is there; None without one, or if it costs nothing.

    Without it, an order of the source's first open day could be here before help: what is lost from then on is the
    pin's, and so many units more in whole packs, as of the smallest lot, would save it.
    """
    terms, calendar = situation.terms, situation.terms.calendar
    if not situation.pins.held[row] or terms.source[row] < 0:
        return None
    key, as_of = (terms.item_ids[row], terms.site_ids[row]), dataset.as_of
    pin = next(one for one in dataset.pins if (one.item_id, one.site_id) == key and one.first <= as_of <= one.until)
    column, source = calendar.column(situation.as_of), terms.source[[row]]
    ahead = np.flatnonzero(calendar.open[source[0], column:])
    if not ahead.size:
        return None
    wait = int(ahead[0])
    here = wait + int(calendar.lead_days_on(np.array([column + wait]), source, terms.lead_days[[row]])[0])
    saved = outlook.lost_from(row, here)
    if saved < _LEAST:
        return None
    pack = float(terms.pack[row])
    units = float(packs_for(np.array([saved]), terms.minimum_quantity[[row]], terms.pack[[row]])[0]) * pack
    word = "an order" if terms.supplier_index[row] >= 0 else "a transfer"
    first, day = as_of + timedelta(days=wait), as_of + timedelta(days=here)
    pinned = "nothing may be ordered" if pin.quantity <= 0 else f"no more than {amount(pin.quantity)} are ordered"
    return PinCause(
        f"{pinned} until {pin.until} because of a pin by {pin.who}: {pin.why}",
        f"take the pin away or raise it to {amount(pin.quantity + units)} units: {word} of {first} would be here on "
        f"{day} and save about {saved:,.0f} of what is lost",
        saved,
    )
