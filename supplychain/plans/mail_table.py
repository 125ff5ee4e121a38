"""Direct mail from the supplier to customers against stock at a site: what either costs, for a planner to decide."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from supplychain.plans.frame import typed_frame

__all__ = [
    "MAIL_COLUMNS",
    "MAIL_COSTS",
    "STOCK_COSTS",
    "VERDICTS",
    "ZONES_BY",
    "explain_mail",
    "mail_conditions",
    "no_mail",
]

VERDICTS = ("mail it", "stock it", "no lane", "no demand")
ZONES_BY = "|"

STOCK_COSTS = (
    "stock_goods", "stock_delivery", "stock_payment", "stock_returns", "cycle_stock", "safety_stock", "waste",
    "lost_margin",
)  # fmt: skip
MAIL_COSTS = ("mail_goods", "mail_postage", "mail_payment", "mail_returns", "wait_loss")

MAIL_COLUMNS = {
    "item_id": "str",
    "site_id": "str",
    "verdict": "str",
    "supplier_id": "str",
    "zones": "str",
    "yearly_units": "float64",
    "other_units": "float64",
    "stock_unit_cost": "float64",
    "mail_unit_cost": "float64",
    "saving": "float64",
    "stock_days": "float64",
    "mail_days": "float64",
    "break_even_units": "float64",
    "break_even_lost_share": "float64",
    "break_even_postage": "float64",
    "lost_share_per_day": "float64",
    "source_id": "str",
    "price": "float64",
    "landed_cost": "float64",
    "delivery_cost": "float64",
    "goods_cost": "float64",
    "postage": "float64",
    "days_known": "float64",
    "added_variance": "float64",
    "other_variance": "float64",
    "lead_time_days": "float64",
    "lead_time_sd_days": "float64",
    "review_days": "float64",
    "shelf_life_days": "float64",
    "minimum_order_quantity": "float64",
    "pack_units": "float64",
    "paid_days": "float64",
    "mail_paid_days": "float64",
    "holding_share": "float64",
    "lost_sale_share": "float64",
    "return_share": "float64",
    **dict.fromkeys(STOCK_COSTS, "float64"),
    "stock_total": "float64",
    **dict.fromkeys(MAIL_COSTS, "float64"),
    "mail_total": "float64",
    "stock_units": "float64",
}
"""A row an item at a site that a supplier with lanes of mode direct_mail sells; advice, nothing is planned by it.

``verdict``: mail it (mail costs less), stock it, no lane (none leads to a zone that the row serves), no demand (of such
zones in the last year); of the last two all figures are 0. ``supplier_id`` mails to ``zones`` (joined by |), which ask
for ``yearly_units``; the row's other zones, and sites that it feeds, ask for ``other_units``. Base currency a unit, all
costs of a year shared out: ``stock_unit_cost``, ``mail_unit_cost``; a year: ``saving`` of mail (negative: stock is
cheaper).
``stock_days`` and ``mail_days`` from a customer's order to the door. Mail costs less below ``break_even_units`` a year
(0: stock does, however little is asked for; empty: mail, however much), below ``break_even_lost_share`` of the
customers lost a day of longer wait (0: never; 1: always; ``lost_share_per_day`` is that of the scenario) and below
``break_even_postage`` a unit (negative, or empty where all customers leave: never).

The row is replenished from ``source_id``. Base currency a unit: ``price``, ``landed_cost`` (with payment fee) and
``delivery_cost`` from the site, ``goods_cost`` (with payment fee, without inbound freight) and ``postage`` by mail.
``days_known`` days of the last year whose demand is known; a day's ``added_variance`` of the zones to the row, and
``other_variance`` without them. Days: lead time, ``review_days`` between orders, ``shelf_life_days`` (empty: keeps),
``paid_days`` and ``mail_paid_days`` from the receipt (or delivery) until the money leaves. ``return_share`` of what is
sold comes back fit for sale. Base currency a year: goods, delivery, payment (less what credit is worth), returns (less
what is sold again), lots, safety stock, waste and lost sales that these zones cause at the site; by mail goods,
postage, payment, returns, and what customers would have earned whom the wait loses. ``stock_units`` are there or on
order.
"""


def no_mail() -> pd.DataFrame:
    """The table where nobody mails."""
    return typed_frame(dict.fromkeys(MAIL_COLUMNS, ()), MAIL_COLUMNS)


_STOCK_WORDS = (
    ("goods", ("stock_goods",)), ("delivery", ("stock_delivery",)), ("credit", ("stock_payment",)),
    ("returns sold again", ("stock_returns",)), ("stock held", ("cycle_stock", "safety_stock")), ("waste", ("waste",)),
    ("lost sales", ("lost_margin",)),
)  # fmt: skip
_MAIL_WORDS = (
    ("goods", ("mail_goods",)), ("postage", ("mail_postage",)), ("credit", ("mail_payment",)),
    ("returns sold again", ("mail_returns",)), ("customers lost to the wait", ("wait_loss",)),
)  # fmt: skip
_SHOWN = 0.005  # amounts a unit that would be rounded to nothing are left out


def explain_mail(row: Mapping[str, Any], *, currency: str = "") -> str:
    """A row of the table in words: what either way costs, from where on mail is cheaper, and what to do then."""
    item, site, supplier, verdict = (str(row[name]) for name in ("item_id", "site_id", "supplier_id", "verdict"))
    if verdict == "no lane":
        return f"Direct mail: {supplier} sells {item}, but mails to no zone that {site} serves with it."
    zones = ", ".join(str(row["zones"]).split(ZONES_BY))
    if verdict == "no demand":
        return f"Direct mail: {supplier} mails to {zones}, where nobody asked for {item} in the last year."
    money, units = f" {currency}" if currency else "", float(row["yearly_units"])
    stock, mail, saving = (float(row[name]) for name in ("stock_unit_cost", "mail_unit_cost", "saving"))
    other = float(row["other_units"])
    lines = [
        f"Direct mail: {verdict}. From {supplier} to {zones} ({units:,.0f} of {units + other:,.0f} units a year) it "
        f"costs {mail:,.2f}{money} a unit, from stock {stock:,.2f}: {abs(saving):,.0f}{money} a year "
        f"{'less' if saving > 0 else 'more'}; {float(row['mail_days']):.1f} days to the door instead of "
        f"{float(row['stock_days']):.1f}.",
        f"  From stock: {_parts(row, _STOCK_WORDS, units)}.",
        f"  By mail: {_parts(row, _MAIL_WORDS, units)}.",
        f"  {mail_conditions(row, currency=currency)}",
    ]
    if verdict == "mail it":
        lines.append(f"  {_what_to_do(row, units, other)}")
    return "\n".join(lines)


def _parts(row: Mapping[str, Any], words: Iterable[tuple[str, tuple[str, ...]]], units: float) -> str:
    amounts = [(word, sum(float(row[name]) for name in names) / units) for word, names in words]
    return ", ".join(f"{word} {amount:,.2f}" for word, amount in amounts if abs(amount) >= _SHOWN)


def mail_conditions(row: Mapping[str, Any], *, currency: str = "") -> str:
    """From where on mail is the cheaper way, one figure changed at a time, and which figure alone cannot make it so."""
    money, pays = f" {currency}" if currency else "", float(row["saving"]) > 0
    units, share, postage = (float(row[f"break_even_{name}"]) for name in ("units", "lost_share", "postage"))
    counted, now = f"{float(row['lost_share_per_day']):.1%} counted", f"now {float(row['postage']):,.2f}"
    below, never = [], []
    if math.isnan(units):
        below.append("however much is asked for")
    elif units >= 1:
        below.append(f"below {units:,.1f} units a year to these zones")
    else:
        never.append("less demand")
    if share == 1:
        below.append("however many customers the wait loses")
    elif share > 0:
        below.append(f"where a day of longer wait loses less than {share:.2%} of the customers ({counted})")
    else:
        never.append(f"customers who wait gladly ({counted})")
    if postage >= 0:
        below.append(f"below a postage of {postage:,.2f}{money} a unit ({now})")
    else:
        never.append(f"free postage ({now}{money})")
    told = f"Mail {'stays' if pays else 'would be'} cheaper, all else equal, {'; '.join(below)}." if below else ""
    return f"{told} Not by {' or '.join(never)} alone.".strip() if never else told


def _what_to_do(row: Mapping[str, Any], units: float, other: float) -> str:
    held = float(row["stock_units"])
    days = f", {held / (units + other) * 365:,.0f} days of sales" if held > 0 else ""
    first = f"sell first what is there or on order ({held:,.0f} units{days})" if held > 0 else "nothing is left to sell"
    if other > 0:
        return (
            "To act, let the supplier serve these zones and put an override on the row's forecast that leaves them out "
            f"({units / 365:,.2f} units a day); {first}."
        )
    return f"To act, set do_not_order in item_sites, since the row serves nobody else; {first}."
