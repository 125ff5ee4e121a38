"""Stock at a site against parcels from the supplier straight to the customer: what either costs in a year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from solvers.replenishment.source_choice import Sources, source_costs

__all__ = ["MAIL_PARTS", "STOCK_PARTS", "MailCosts", "MailOffers", "mail_costs"]

Floats = npt.NDArray[np.float64]

STOCK_PARTS = (
    "stock_goods", "stock_delivery", "stock_payment", "stock_returns", "cycle_stock", "safety_stock", "waste",
    "lost_margin",
)  # fmt: skip
MAIL_PARTS = ("mail_goods", "mail_postage", "mail_payment", "mail_returns", "wait_loss")
_YEAR_DAYS = 365.0
_DOUBLINGS, _HALVINGS = 20, 50  # demand is looked at from a millionth to a million times of today's
_SIGNED = ("paid_days", "mail_paid_days")
_SHARES = ("holding_share", "lost_sale_share", "return_share", "lost_share_per_day")


@dataclass(frozen=True, slots=True)
class MailOffers:
    """K groups of customers that a site serves from stock and a supplier could serve by mail; all arrays [K].

    Units a day: ``daily_demand`` of the customers and the ``added_variance`` by which they widen that of the site's
    row; ``other_demand`` and ``other_variance`` of all others whom the row serves. Money a unit in one currency:
    ``price``; from stock ``landed_cost`` and ``delivery_cost`` to the door (handling, lanes, last mile); by mail
    ``goods_cost`` without inbound freight and ``postage``. Days: ``stock_days`` and ``mail_days`` from the customer's
    order to the door; ``lead_mean``, ``lead_sd``, ``review_days`` of the row's source, ``shelf_life_days`` (inf without
    limit); ``paid_days`` and ``mail_paid_days`` from the receipt (by mail: the delivery) until the supplier's money
    leaves, negative where it leaves before. Units: ``minimum_quantity``, ``pack``. Shares: ``holding_share`` of the
    value a year, ``lost_sale_share`` of what is short, ``return_share`` of the units sold that come back fit for sale,
    ``lost_share_per_day`` of the customers for each day that they wait longer.
    """

    price: Floats
    landed_cost: Floats
    delivery_cost: Floats
    goods_cost: Floats
    postage: Floats
    daily_demand: Floats
    added_variance: Floats
    other_demand: Floats
    other_variance: Floats
    stock_days: Floats
    mail_days: Floats
    lead_mean: Floats
    lead_sd: Floats
    review_days: Floats
    shelf_life_days: Floats
    minimum_quantity: Floats
    pack: Floats
    paid_days: Floats
    mail_paid_days: Floats
    holding_share: Floats
    lost_sale_share: Floats
    return_share: Floats
    lost_share_per_day: Floats

    def __post_init__(self) -> None:
        problems = []
        count = np.shape(self.price)
        for one in fields(self):
            values = np.asarray(getattr(self, one.name))
            finite = np.isfinite(values) | (np.isposinf(values) if one.name == "shelf_life_days" else False)
            if values.shape != count or values.ndim != 1:
                problems.append(f"{one.name}: shape {values.shape}: must be one figure a group, {count}")
            elif not finite.all():
                problems.append(f"{one.name}: holds figures that are not finite")
            elif one.name not in _SIGNED and (values < 0).any():
                problems.append(f"{one.name}: {values.min():g}: must not be negative")
            elif one.name in _SHARES and (values > 1).any():
                problems.append(f"{one.name}: {values.max():g}: must be at most 1")
            elif one.name in ("daily_demand", "pack", "review_days", "shelf_life_days") and (values == 0).any():
                problems.append(f"{one.name}: 0: must be above 0")
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def wait_days(self) -> Floats:
        """Days that a customer waits longer by mail [K], never negative."""
        return np.maximum(self.mail_days - self.stock_days, 0.0)

    @property
    def yearly(self) -> Floats:
        """Units a year [K]."""
        return self.daily_demand * _YEAR_DAYS


@dataclass(frozen=True, slots=True)
class MailCosts:
    """Money a year of K groups [K] by part, from stock and by mail, and where both cost the same.

    ``saving`` of mail against stock a year. ``break_even_units`` a year: from today's demand the nearest at which both
    cost the same; mail is cheaper below it (0: stock is, however little is asked for; inf: mail is, however much).
    ``break_even_lost_share`` a day of wait: mail is cheaper below it (0: never, 1: whatever customers do).
    ``break_even_postage`` a unit: mail is cheaper below it (negative: not even without postage; NaN: nor if it were
    paid, since nobody waits).
    """

    stock_goods: Floats
    stock_delivery: Floats
    stock_payment: Floats
    stock_returns: Floats
    cycle_stock: Floats
    safety_stock: Floats
    waste: Floats
    lost_margin: Floats
    mail_goods: Floats
    mail_postage: Floats
    mail_payment: Floats
    mail_returns: Floats
    wait_loss: Floats
    break_even_units: Floats
    break_even_lost_share: Floats
    break_even_postage: Floats

    @property
    def stock_total(self) -> Floats:
        """Cost of a year from stock [K]."""
        return _sum([getattr(self, name) for name in STOCK_PARTS])

    @property
    def mail_total(self) -> Floats:
        """Cost of a year by mail [K]."""
        return _sum([getattr(self, name) for name in MAIL_PARTS])

    @property
    def saving(self) -> Floats:
        """What mail saves a year [K]; negative where stock is cheaper."""
        return self.stock_total - self.mail_total


def mail_costs(offers: MailOffers) -> MailCosts:
    """Expected cost of a year of K groups of customers, from stock and by mail.

    From stock a group pays for its goods, its delivery, and what it adds to the row's lots, safety stock, waste and
    lost sales: these of the row with it less those without it, as ``source_costs`` has them; a row that nobody else
    asks for is not stocked without it. Of a lot Q that comes on a safety stock s, and a demand X of the shelf life, the

        waste = E[(Q + s - X)+] - E[(s - X)+]

    is not sold in time (after Chiu, An approximation to the continuous review inventory model with perishable items and
    lead times, European Journal of Operational Research 87, 1995). Goods that come back and are sold again save their
    landed cost: from stock all of them, by mail as many as the row's other customers ask for. By mail nothing is held.
    Of customers who wait t days longer the share 1 - (1 - l)^t stays away, and with each one the price less all that
    the unit would have cost.

    >>> one = np.ones(1)
    >>> offers = MailOffers(price=400 * one, landed_cost=200 * one, delivery_cost=6 * one, goods_cost=199 * one,
    ...     postage=9 * one, daily_demand=0.02 * one, added_variance=0.02 * one, other_demand=0 * one,
    ...     other_variance=0 * one, stock_days=2 * one, mail_days=14 * one, lead_mean=40 * one, lead_sd=8 * one,
    ...     review_days=7 * one, shelf_life_days=np.inf * one, minimum_quantity=24 * one, pack=one, paid_days=0 * one,
    ...     mail_paid_days=0 * one, holding_share=0.25 * one, lost_sale_share=one, return_share=0 * one,
    ...     lost_share_per_day=0.015 * one)
    >>> costs = mail_costs(offers)
    >>> [round(float(part[0]), 2) for part in (costs.cycle_stock, costs.wait_loss, costs.saving)]
    [600.0, 232.48, 378.7]
    """
    stock, mail = _stock_parts(offers), _mail_parts(offers)
    return MailCosts(
        **stock,
        **mail,
        break_even_units=_break_even_units(offers, _saving_of(offers, stock, mail)),
        break_even_lost_share=_break_even_share(offers, stock, mail),
        break_even_postage=_break_even_postage(offers, stock, mail),
    )


def _sum(parts: list[Floats]) -> Floats:
    total: Floats = np.sum(parts, axis=0)
    return total


_PER_UNIT = ("stock_goods", "stock_delivery", "stock_payment", "stock_returns")


def _stock_parts(offers: MailOffers) -> dict[str, Floats]:
    yearly, cost = offers.yearly, offers.landed_cost
    return {
        "stock_goods": yearly * cost,
        "stock_delivery": yearly * offers.delivery_cost,
        "stock_payment": -offers.holding_share * yearly * cost * offers.paid_days / _YEAR_DAYS,
        "stock_returns": -offers.return_share * yearly * cost,
        **_caused(offers, _without(offers), np.ones_like(cost)),
    }


def _without(offers: MailOffers) -> tuple[Floats, ...]:
    """What the row would hold, waste and lose without these customers; nothing where it has no others."""
    alone = offers.other_demand == 0
    return tuple(np.where(alone, 0.0, part) for part in _held(offers, offers.other_demand, offers.other_variance))


def _caused(offers: MailOffers, rest: tuple[Floats, ...], factor: Floats) -> dict[str, Floats]:
    """What so many times the customers' demand adds to lots, safety stock, waste and lost sales of the row a year."""
    daily = offers.other_demand + offers.daily_demand * factor
    whole = _held(offers, daily, offers.other_variance + offers.added_variance * factor)
    cycle, safety, waste, lost = (a - b for a, b in zip(whole, rest, strict=True))
    earned = np.maximum(offers.price - offers.landed_cost - offers.delivery_cost, 0.0)
    lost_margin = lost * earned * offers.lost_sale_share
    return {"cycle_stock": cycle, "safety_stock": safety, "waste": waste, "lost_margin": lost_margin}


def _held(offers: MailOffers, daily: Floats, variance: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Money a year in lots, safety stock and waste, and units lost a year, of a row with this demand a day."""
    ones = np.ones_like(offers.price)
    margin = np.maximum(offers.price - offers.landed_cost, 0.0) * offers.lost_sale_share
    costs = source_costs(
        Sources(
            landed_cost=offers.landed_cost, margin=margin, daily_demand=daily, daily_variance=variance,
            lead_mean=offers.lead_mean, lead_sd=offers.lead_sd, review_days=offers.review_days,
            minimum_quantity=offers.minimum_quantity, pack=offers.pack, holding_share=offers.holding_share,
            paid_days=0.0 * ones,
        )
    )  # fmt: skip
    lost = np.divide(costs.lost_margin, margin, out=np.zeros_like(margin), where=margin > 0)
    yearly = np.maximum(daily * _YEAR_DAYS, 1.0)  # as source_costs has it
    keeps = np.isinf(offers.shelf_life_days)
    life = np.where(keeps, 1.0, offers.shelf_life_days)
    asked, spread = yearly / _YEAR_DAYS * life, np.sqrt(variance * life)
    left = _above(costs.safety_units + costs.lot, asked, spread) - _above(costs.safety_units, asked, spread)
    waste = np.where(keeps, 0.0, left * yearly / costs.lot * offers.landed_cost)
    return costs.cycle_stock, costs.safety_stock, waste, lost


def _above(level: Floats, mean: Floats, spread: Floats) -> Floats:
    """E[(level - X)+] of a normal X."""
    z = np.divide(level - mean, spread, out=np.zeros_like(level), where=spread > 0)
    density = np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi)
    found: Floats = np.where(spread > 0, (level - mean) * ndtr(z) + spread * density, np.maximum(level - mean, 0.0))
    return found


def _mail_parts(offers: MailOffers) -> dict[str, Floats]:
    yearly, goods = offers.yearly, offers.goods_cost
    payment = -offers.holding_share * goods * offers.mail_paid_days / _YEAR_DAYS
    earned = np.maximum(offers.price - goods - offers.postage - payment, 0.0)
    back = np.minimum(offers.return_share * yearly, offers.other_demand * _YEAR_DAYS)
    return {
        "mail_goods": yearly * goods,
        "mail_postage": yearly * offers.postage,
        "mail_payment": yearly * payment,
        "mail_returns": -back * offers.landed_cost,
        "wait_loss": yearly * _stays_away(offers) * earned,
    }


def _stays_away(offers: MailOffers) -> Floats:
    """Share of the customers that the longer wait loses [K]."""
    share: Floats = 1.0 - (1.0 - offers.lost_share_per_day) ** offers.wait_days
    return share


def _saving_of(offers: MailOffers, stock: dict[str, Floats], mail: dict[str, Floats]) -> Callable[[Floats], Floats]:
    """What mail saves a unit with so many times the customers' demand; its variance grows alike, as of arrivals.

    ``stock`` and ``mail`` are today's parts: those that grow with the units stay the same a unit.
    """
    steady = _sum([stock[name] for name in _PER_UNIT]) - _sum([mail[n] for n in MAIL_PARTS if n != "mail_returns"])
    steady = steady / offers.yearly
    rest, other = _without(offers), offers.other_demand * _YEAR_DAYS

    def saving(factor: Floats) -> Floats:
        yearly = offers.yearly * factor
        caused = _sum(list(_caused(offers, rest, factor).values()))
        back = np.minimum(offers.return_share, other / yearly) * offers.landed_cost
        found: Floats = steady + caused / yearly + back
        return found

    return saving


def _break_even_units(offers: MailOffers, saving: Callable[[Floats], Floats]) -> Floats:
    """By doubling (mail is cheaper today) or halving (stock is) until the other is cheaper, then by bisection."""
    cheaper = saving(np.ones_like(offers.price)) > 0
    step = np.where(cheaper, 2.0, 0.5)
    near, far, found = np.ones_like(offers.price), step.copy(), np.zeros_like(cheaper)
    for _ in range(_DOUBLINGS):
        found |= (saving(far) > 0) != cheaper
        near, far = np.where(found, near, far), np.where(found, far, far * step)
    for _ in range(_HALVINGS):
        middle = np.sqrt(near * far)
        alike = (saving(middle) > 0) == cheaper
        near, far = np.where(alike, middle, near), np.where(alike, far, middle)
    units: Floats = np.where(found, far * offers.yearly, np.where(cheaper, np.inf, 0.0))
    return units


def _break_even_share(offers: MailOffers, stock: dict[str, Floats], mail: dict[str, Floats]) -> Floats:
    """The share a day at which the wait loses all that mail saves else."""
    free = _sum(list(stock.values())) - _sum([mail[name] for name in MAIL_PARTS if name != "wait_loss"])
    goods = (mail["mail_goods"] + mail["mail_postage"] + mail["mail_payment"]) / offers.yearly
    most = offers.yearly * np.maximum(offers.price - goods, 0.0)
    lost = np.clip(np.divide(free, most, out=np.where(free > 0, 1.0, 0.0), where=most > 0), 0.0, 1.0)
    days = offers.wait_days
    share: Floats = np.where(days > 0, 1.0 - (1.0 - lost) ** (1.0 / np.where(days > 0, days, 1.0)), free > 0)
    return share


def _break_even_postage(offers: MailOffers, stock: dict[str, Floats], mail: dict[str, Floats]) -> Floats:
    """The postage a unit at which both cost the same, lost customers counted with what they would have earned."""
    yearly, away = offers.yearly, _stays_away(offers)
    room = (_sum(list(stock.values())) - mail["mail_returns"]) / yearly
    goods = (mail["mail_goods"] + mail["mail_payment"]) / yearly
    plain = room - goods  # where a mailed unit earns nothing, no customer counts as lost
    earned = offers.price - goods
    shared = np.divide(plain - away * earned, 1.0 - away, out=plain.copy(), where=away < 1.0)
    found: Floats = np.where(shared <= earned, shared, plain)
    found[(away == 1.0) & (plain <= earned)] = np.nan  # whatever the postage, all that a unit would have earned is lost
    return found
