"""Exceptions of stock that runs out before help can come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.exceptions_occasions import Occasion, lost_to, when_told
from supplychain.handover.exceptions_pins import pin_cause
from supplychain.handover.exceptions_remedies import Remedies
from supplychain.handover.exceptions_stock import Outlook
from supplychain.handover.exceptions_tonight import TonightsPlan
from supplychain.handover.situation import Situation
from supplychain.handover.units_by_day import days_until, units_by_day
from supplychain.plans.order_exceptions import OrderException
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["rebalanced", "shortages"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LEAST = 0.5  # units lost below which nothing is said


@dataclass(frozen=True, slots=True)
class _Shortage:
    """A row, the last day (1 is tomorrow) before help as far as the forecast reaches, and units lost until then."""

    row: int
    until: int
    lost: float
    first: date
    helped: date


def rebalanced(situation: Situation, transfer_lines: pd.DataFrame | None, *, days: int) -> Floats | None:
    """Units that tonight's moves of stock bring to each row, and to what feeds it, on each day [N,``days``].

    Below zero where they leave; None where nothing is moved.
    """
    if transfer_lines is None or "reason" not in transfer_lines:
        return None
    moves = transfer_lines.loc[transfer_lines["reason"].eq("rebalancing") & transfer_lines["status"].eq("proposed")]
    if moves.empty:
        return None
    moved = []
    for line in moves.to_dict("records"):
        item, units = line["item_id"], float(line["quantity"])
        moved.append((item, line["origin_id"], 1, -units))
        moved.append((item, line["destination_id"], days_until(situation, line["receipt_date"]), units))
    return units_by_day(situation, moved, days=days)


def shortages(
    dataset: DataSet,
    situation: Situation,
    outlook: Outlook,
    remedies: Remedies,
    *,
    settings: ReplenishSettings,
    tonight: TonightsPlan,
    occasions: Mapping[int, Sequence[Occasion]],
) -> Iterator[OrderException]:
    """Rows that run out before help can come, split by cause.

    ``occasions`` maps a row to the promotions and events before help. What is lost on their days because more than
    usual is asked for is a lead time too short for them; the rest is a stock-out.
    """
    terms, as_of, days = situation.terms, dataset.as_of, outlook.lost.shape[1]
    sourced = (terms.source >= 0) & situation.allowed
    short = np.flatnonzero(sourced & (outlook.short_day < outlook.help_day) & (outlook.short_day <= days))
    margin = terms.margin * settings.lost_sale_share
    fate = _fate(settings)
    sums = _Sums(situation, outlook, fate)
    for row in (int(row) for row in short):
        until = int(min(outlook.help_day[row] - 1, days))
        first, helped = (as_of + timedelta(days=int(day[row])) for day in (outlook.short_day, outlook.help_day))
        pin = pin_cause(dataset, situation, outlook, row)
        one = _Shortage(row, until, float(outlook.lost[row, until - 1]), first, helped)
        common: dict[str, Any] = {
            "supplier_id": terms.suppliers[terms.supplier_index[row]] if terms.supplier_index[row] >= 0 else "",
            "item_id": terms.item_ids[row],
            "site_id": terms.site_ids[row],
            "help_date": helped,
            "fix": remedies.best(row, one.lost, tonight) if pin is None else pin.fix,
            "command": f"plan explain {terms.item_ids[row]} {terms.site_ids[row]}",
            "why": "; ".join(
                [sums.told(one), _way(situation, outlook, row, as_of), *([] if pin is None else [pin.why])]
            ),
        }
        more, named = lost_to(
            occasions.get(row, ()), as_of, mean=outlook.mean[row], lost=outlook.lost[row], until=until
        )
        rest = one.lost - more
        when, names = when_told(named, as_of)
        asks = "it asks" if len({event.name for event in named}) == 1 else "they ask"
        if named:
            yield OrderException(
                "lead_time_too_short",
                more * float(margin[row]),
                "lost margin",
                f"{when}, and help is here on {helped} at the earliest; of what {asks} for beyond a usual day about "
                f"{more:,.0f} units {fate} until then{_of_all(one.lost, rest)}",
                date=max(named[0].first, first),
                units=more,
                value=more * float(terms.unit_cost[row]),
                **common,
            )
        if rest >= _LEAST:
            verb = asks.split()[1]
            besides = f", besides the {more:,.0f} that {names} {verb} for: {one.lost:,.0f} in all" if named else ""
            yield OrderException(
                "stock_out",
                rest * float(margin[row]),
                "lost margin",
                f"empty from {first}; help is here on {helped} at the earliest; about {rest:,.0f} units {fate} until "
                f"then{besides}",
                date=first,
                units=rest,
                value=rest * float(terms.unit_cost[row]),
                **common,
            )


def _fate(settings: ReplenishSettings) -> str:
    """What becomes of units asked for in vain: of customers who wait nothing is lost."""
    return {0.0: "are late", 1.0: "are lost"}.get(settings.lost_sale_share, "are lost or late")


def _of_all(lost: float, rest: float) -> str:
    return f", of {lost:,.0f} in all" if rest >= _LEAST else ""


def _way(situation: Situation, outlook: Outlook, row: int, as_of: date) -> str:
    """How long an order, or a transfer, takes, and when the next one is placed."""
    word = "order" if situation.terms.supplier_index[row] >= 0 else "transfer"
    wait, placed, here = (int(days[row]) for days in (outlook.ahead.wait, outlook.ahead.ordered, outlook.help_day))
    if int(outlook.ahead.receipt[row]) == here:
        wait = placed
    when = "of tonight" if wait == 0 else f"of {as_of + timedelta(days=wait)}, the next one,"
    return f"the {word} {when} takes {here - wait} {'day' if here - wait == 1 else 'days'}"


class _Sums:
    """What is asked for until help comes, and what there is for it, in words."""

    def __init__(self, situation: Situation, outlook: Outlook, fate: str) -> None:
        self.situation, self.outlook, self.as_of, self.fate = situation, outlook, situation.as_of, fate
        days = outlook.lost.shape[1]
        until = np.clip(outlook.help_day - 1, 0, days).astype(np.int64)
        self.back: Floats = _back(situation, outlook, until)

    def told(self, one: _Shortage) -> str:
        """The sum of demand less what there is, and what is lost beyond it."""
        state, row = self.situation.state, one.row
        on_hand, blocked, owed = (float(units[row]) for units in (state.on_hand, state.blocked, state.backorder))
        asked, supply = (float(units[row, one.until - 1]) for units in (self.outlook.mean, self.outlook.supply))
        coming = float(state.arrivals[row, : one.until].sum())
        waste, back = float(self.situation.expected_waste[row]), float(self.back[row])
        parts = [f"{on_hand:,.0f} on hand"]
        rest = supply - (on_hand - blocked - owed - waste + coming + back)
        for units, words in (
            (-blocked, "blocked"),
            (-owed, "owed to customers"),
            (-waste, "expected to expire unsold"),
            (coming, "on order"),
            (back, "back from customers"),
            (rest, "of the sites fed from here, moved or pinned tonight"),
        ):
            if abs(units) >= _LEAST:
                parts.append(f"{'-' if units < 0 else '+'} {abs(units):,.0f} {words}")
        if not coming:
            parts.append("+ nothing on order")
        last = str(self.as_of + one.until)
        total = f" = {supply:,.0f}" if len(parts) > 1 else ""
        text = f"until {last} {asked:,.0f} are asked for, against {' '.join(parts)}{total}"
        early = one.lost - (asked - max(supply, 0.0))
        if early >= _LEAST:
            text += f"; {early:,.0f} more {self.fate} where that comes too late, or more than expected is asked for"
        return text


def _back(situation: Situation, outlook: Outlook, until: Ints) -> Floats:
    """Units back from customers within ``until`` [N] days [N]: of what is sold; of a dc without the sites it feeds."""
    days, row = outlook.mean.shape[1], np.arange(until.size)
    last = np.maximum(until, 1) - 1
    if not days or not outlook.unreturned.any():
        return situation.returns.units(until)
    own = situation.view.mean(np.minimum(until, np.maximum(situation.days_left, 0)))
    share = np.divide(own, outlook.mean[row, last], out=np.ones(until.size), where=outlook.mean[row, last] > 0)
    gone = np.where(until > 0, outlook.unreturned[row, last], 0.0) * np.minimum(share, 1.0)
    back: Floats = np.maximum(situation.returns.units(until) - gone, 0.0)
    return back
