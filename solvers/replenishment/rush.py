"""Rush orders: units bought dearer because they come before the next regular receipt."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import expected_short

__all__ = ["RushOffers", "RushOrders", "rush_orders"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STEPS = 400  # lots are tried pack by pack up to so many, in equal handfuls beyond


class RushOffers(NamedTuple):
    """K offers of a quicker, dearer source; units of one row each.

    ``early`` and ``late`` [K,Q] are quantiles of demand, at ``levels`` [Q], until the day before the rush order and the
    day before the regular one could be sold; ``supply_early`` and ``supply_late`` [K] what there is to sell by then
    without either. A unit short loses ``margin``; a unit rushed costs ``extra_cost`` more than one that comes later.
    Orders are whole ``pack`` and at least ``minimum_quantity``, and no more than ``most``.
    """

    levels: Floats
    early: Floats
    late: Floats
    supply_early: Floats
    supply_late: Floats
    margin: Floats
    extra_cost: Floats
    pack: Floats
    minimum_quantity: Floats
    most: Floats


class RushOrders(NamedTuple):
    """Rush orders [K]: the ``packs`` that earn most, 0 where none earns anything.

    Units short ``without`` them and ``avoided``; the ``gain`` is the margin of those less what all units cost more.
    """

    packs: Ints
    without: Floats
    avoided: Floats
    gain: Floats


def rush_orders(offers: RushOffers) -> RushOrders:
    """The rush order of each offer that earns most.

    With S_e, S_l to sell by then and D_e, D_l asked for, L = (D_e - S_e)+ is lost before a rush order can help, and
    asks for nothing later. In all L + (D_l - L - S_l - q)+ = max(L, D_l - S_l - q) are lost with q units; with the mean
    B of L in its place

        B + E(D_l - S_l - B - q)+.

    They earn margin times what they avoid less extra cost times q, since a unit that is not needed so soon replaces one
    of a later regular order. The gain is concave in q but for the lots, and the best of all lots is taken: the
    order-up-to rule for emergency orders in a cycle (Tagaras and Vlachos, "A periodic review inventory system with
    emergency replenishments", Management Science 47 (2001) 415-429) with minimum quantity and packs.

    Raises ValueError for shapes that do not fit, figures that are not finite (``most`` may be inf), and packs of 0.
    """
    _check(offers)
    count = offers.margin.size
    if count == 0:
        return RushOrders(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0))
    before = expected_short(offers.supply_early, offers.early, offers.levels)
    supply = offers.supply_late + before
    late = expected_short(supply, offers.late, offers.levels)
    reach = np.maximum(offers.late[:, -1] - supply, 0.0)
    least = np.maximum(np.ceil(offers.minimum_quantity / offers.pack * (1.0 - 1e-13)), 1.0)
    enough = np.maximum(np.ceil(reach / offers.pack) + 1.0, least)
    last = np.minimum(enough, np.floor(offers.most / offers.pack * (1.0 + 1e-9)))
    step = np.maximum(np.ceil((last - least + 1.0) / _STEPS), 1.0)
    packs, avoided, gain = np.zeros(count, np.int64), np.zeros(count), np.zeros(count)
    for turn in range(int(np.max((last - least) // step, initial=-1.0)) + 1):
        tried = least + turn * step
        units = tried * offers.pack
        saved = late - expected_short(supply + units, offers.late, offers.levels)
        earns = offers.margin * saved - offers.extra_cost * units
        better = (tried <= last) & (earns > gain + 1e-9)
        packs = np.where(better, tried.astype(np.int64), packs)
        avoided, gain = np.where(better, saved, avoided), np.where(better, earns, gain)
    return RushOrders(packs, before + late, avoided, gain)


def _check(offers: RushOffers) -> None:
    problems = []
    count, levels = offers.margin.size, offers.levels.size
    for name, values in zip(RushOffers._fields, offers, strict=True):
        right = {"levels": (levels,), "early": (count, levels), "late": (count, levels)}.get(name, (count,))
        if values.shape != right:
            problems.append(f"{name}: shape {values.shape}: must be {right}")
        elif np.isnan(values).any() or (name != "most" and np.isinf(values).any()):
            problems.append(f"{name}: holds figures that are not finite")
        elif name in ("margin", "minimum_quantity", "most") and (values < 0).any():
            problems.append(f"{name}: {values.min():g}: must not be negative")
        elif name == "pack" and (values <= 0).any():
            problems.append(f"pack: {values.min():g}: must be above 0")
    if problems:
        raise ValueError("; ".join(problems))
