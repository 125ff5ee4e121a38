"""What tonight's plan does for a row, in the words of a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from supplychain.plans.amounts import amount
from supplychain.plans.explain import line_reason
from supplychain.plans.order_limits import LIMITS

__all__ = ["TonightsPlan"]

_WORDS = {
    "order": "place tonight's order",
    "transfer": "send tonight's transfer",
    "waiting": "tonight's order waits for its supplier's minimum order value; a pin sends it all the same",
}


@dataclass(frozen=True, slots=True)
class TonightsPlan:
    """``lines`` what the plan does for an item at a site, and ``rushes`` that pay, by (item_id, site_id).

    A value of ``lines`` is order, transfer, waiting, or the limit for which all of the order is left out. ``proposed``
    are tonight's lines, orders before transfers that feed.
    """

    lines: Mapping[tuple[str, str], str]
    rushes: Mapping[tuple[str, str], Mapping[Any, Any]]
    proposed: Mapping[tuple[str, str], Mapping[Any, Any]]

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame]) -> TonightsPlan:
        """From order_lines and, where the plan has them, order_waiting, transfer_lines and order_rushes."""
        lines: dict[tuple[str, str], str] = {}
        for line in _records(tables, "order_waiting"):
            what = line["left_out_for"] if line["status"] == "left_out" else line["status"]
            lines[line["item_id"], line["site_id"]] = what
        proposed: dict[tuple[str, str], Mapping[Any, Any]] = {}
        for name, place in (("transfer", "destination_id"), ("order", "site_id")):
            for line in _records(tables, f"{name}_lines"):
                if line["status"] == "proposed":
                    lines[line["item_id"], line[place]] = name
                    if line.get("reason") != "rebalancing":
                        proposed[line["item_id"], line[place]] = line
        rushes = {(line["item_id"], line["site_id"]): line for line in _records(tables, "order_rushes")}
        return cls(lines, rushes, proposed)

    def ordered(self, key: tuple[str, str]) -> float:
        """Units of tonight's order of an item to a site, 0 without one."""
        return float(self.proposed[key]["quantity"]) if self.lines.get(key) == "order" else 0.0

    def more(self, key: tuple[str, str]) -> str:
        """What tonight's plan brings of an item of which there is enough, and why; empty where it brings nothing."""
        line = self.proposed.get(key)
        if line is None:
            return ""
        return f"tonight's plan brings {amount(line['quantity'])} more: {line_reason(line)}"

    def told(self, key: tuple[str, str], *, next_look: date | None, bought: bool) -> str:
        """What to do with tonight's line, or when the next one could be made; ``bought``: from a supplier.

        ``next_look`` is None where no day of the forecast is an order day.
        """
        what = self.lines.get(key, "")
        if what in _WORDS:
            return _WORDS[what]
        if what:
            limit = f"the limit {LIMITS[what]}" if what in LIMITS else "what trucks and orders cost"
            return f"tonight's order is left out for {limit}; a pin orders it all the same"
        kind = "order" if bought else "transfer"
        if next_look is None:
            return f"no {kind} of it can be made as far as the forecast reaches"
        return f"no {kind} of it is due tonight, the next can be made on {next_look}"


def _records(tables: Mapping[str, pd.DataFrame], name: str) -> list[dict[Any, Any]]:
    table = tables.get(name)
    return [] if table is None else table.to_dict("records")
