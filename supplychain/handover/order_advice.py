"""What is advised for the open orders of an item and site, in the words of its stock's exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.plans.amounts import amount, units

__all__ = ["less_on_order"]


def less_on_order(actions: pd.DataFrame) -> dict[tuple[str, str], str]:
    """By (item, site): the open orders that should be cancelled, cut or postponed, each with its change.

    ``actions`` are the action messages. Of orders that keep, grow or come sooner nothing is said: they are needed.
    """
    under_way = actions.loc[actions["kind"].eq("open order") & actions["action"].isin(list(_WORDS))]
    found: dict[tuple[str, str], list[str]] = {}
    for line in under_way.sort_values(["due_date", "line_id"], kind="stable").to_dict("records"):
        found.setdefault((line["item_id"], line["site_id"]), []).append(_WORDS[line["action"]](line))
    return {key: "; ".join(words) for key, words in found.items()}


def _cancel(line: Mapping[Any, Any]) -> str:
    return f"cancel order {line['order_id']} ({units(line['quantity'])})"


def _decrease(line: Mapping[Any, Any]) -> str:
    day, new_day = (str(line[name])[:10] for name in ("due_date", "new_due_date"))
    moved = f" (here on {new_day})" if new_day != day else ""
    return f"cut order {line['order_id']} from {amount(line['quantity'])} to {units(line['new_quantity'])}{moved}"


def _postpone(line: Mapping[Any, Any]) -> str:
    days = (str(line[name])[:10] for name in ("due_date", "new_due_date"))
    return f"postpone order {line['order_id']} ({units(line['quantity'])}) from {' to '.join(days)}"


_WORDS = {"cancel": _cancel, "decrease": _decrease, "postpone": _postpone}
