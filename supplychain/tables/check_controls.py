"""A planner's controls of an item at a site do not contradict each other or the smallest lot."""

from __future__ import annotations

import math

import pandas as pd

from supplychain.tables.checking import Checking

__all__ = ["check_controls", "smallest_lot", "smallest_lots"]


def check_controls(checking: Checking) -> None:
    """No minimum stock where nothing is ordered, and a smallest lot that fits the maximum."""
    controls = checking.frame("item_sites")
    if controls.empty:
        return
    least, most = controls["min_units"], controls["max_units"]
    stopped = controls["do_not_order"].fillna(False).astype(bool) | controls["phase_out"].fillna(False).astype(bool)
    rule = "nothing is ordered here, so the smallest stock cannot be kept"
    fix = "empty min_units, or allow orders (do_not_order and phase_out: no)"
    checking.add("item_sites", stopped & (least > 0), "min_units, do_not_order, phase_out", rule, fix)
    _check_lots(checking, controls[~stopped & most.notna() & ~(least > most)])


def _check_lots(checking: Checking, controls: pd.DataFrame) -> None:
    if controls.empty or "supply" in checking.unread or "sites" in checking.unread:
        return
    lots = smallest_lots(checking)
    for position, line in zip(controls.index, controls.to_dict("records"), strict=True):
        known = lots.get((line["item_id"], line["site_id"]))
        if known is not None and line["max_units"] < known:
            rule = (
                f"the smallest lot of every supplier ({known:.12g} units) is above it, so nothing can ever be ordered"
            )
            fix = "raise max_units, lower the lot in supply, or say do_not_order"
            checking.add_row("item_sites", int(position), "max_units", rule, fix)


def smallest_lot(pack: float, least: float) -> float | None:
    """Units of the smallest line in whole packs of at least the minimum quantity; None where they are no amounts."""
    return max(math.ceil(least / pack * (1 - 1e-13)), 1) * pack if pack > 0 and least >= 0 else None


def smallest_lots(checking: Checking) -> dict[tuple[str, str], float]:
    """Units of the smallest lot that any supplier delivers, by item and site.

    A row without a site means every dc for which the supplier has none of its own.
    """
    sites = checking.frame("sites")
    dcs = [site for site, kind in zip(sites["site_id"], sites["kind"], strict=True) if kind == "dc"]
    found: dict[tuple[str, str], float] = {}
    supply = checking.frame("supply").to_dict("records")
    own = {(line["supplier_id"], line["item_id"], line["site_id"]) for line in supply}
    for line in supply:
        lot = smallest_lot(float(line["pack_units"]), float(line["minimum_order_quantity"]))
        if lot is None:
            continue  # said elsewhere
        for site in dcs if line["site_id"] is None else [line["site_id"]]:
            if line["site_id"] is None and (line["supplier_id"], line["item_id"], site) in own:
                continue
            key = (line["item_id"], site)
            found[key] = min(found.get(key, math.inf), lot)
    return found
