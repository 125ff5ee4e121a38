"""Stock against direct mail: by hand, against simulated years of drawn demand, and where both cost the same."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from solvers.replenishment.direct_mail import MAIL_PARTS, STOCK_PARTS, MailCosts, MailOffers, mail_costs
from solvers.replenishment.source_choice import SourceCosts, Sources, source_costs


def offer(**changes: float) -> MailOffers:
    parts = {
        "price": 300.0, "landed_cost": 180.0, "delivery_cost": 9.0, "goods_cost": 178.0, "postage": 12.0,
        "daily_demand": 0.5, "added_variance": 0.5, "other_demand": 1.0, "other_variance": 1.0, "stock_days": 1.5,
        "mail_days": 13.0, "lead_mean": 35.0, "lead_sd": 6.0, "review_days": 14.0, "shelf_life_days": np.inf,
        "minimum_quantity": 12.0, "pack": 6.0, "paid_days": 20.0, "mail_paid_days": 20.0, "holding_share": 0.25,
        "lost_sale_share": 1.0, "return_share": 0.05, "lost_share_per_day": 0.015,
    }  # fmt: skip
    assert set(changes) <= set(parts)
    return MailOffers(**{name: np.array([changes.get(name, value)], float) for name, value in parts.items()})


SLOW_AND_DEAR = {"price": 2500.0, "landed_cost": 1500.0, "goods_cost": 1490.0, "postage": 15.0, "daily_demand": 0.02,
                 "added_variance": 0.02, "other_demand": 0.0, "other_variance": 0.0, "return_share": 0.0}  # fmt: skip
FAST_AND_HEAVY = {"price": 120.0, "landed_cost": 35.0, "goods_cost": 33.0, "postage": 58.0, "daily_demand": 20.0,
                  "added_variance": 30.0}  # fmt: skip


def row_costs(x: dict[str, float], daily: float, variance: float) -> SourceCosts:
    """Cost of a year of the row's source with this demand a day, as the choice of sources has it."""
    margin = max(x["price"] - x["landed_cost"], 0.0) * x["lost_sale_share"]
    named = {"daily_demand": daily, "daily_variance": variance, "margin": margin, "paid_days": 0.0}
    named |= {name: x[name] for name in ("landed_cost", "lead_mean", "lead_sd", "review_days", "minimum_quantity",
                                         "pack", "holding_share")}  # fmt: skip
    return source_costs(Sources(**{name: np.array([value]) for name, value in named.items()}))


def figures() -> st.SearchStrategy[MailOffers]:
    """Offers over the whole range of what shops sell."""
    money, share = st.floats(1.0, 2000.0), st.floats(0.0, 0.4)

    def made(cost: float, markup: float, daily: float, other: float, **more: float) -> MailOffers:
        return offer(landed_cost=cost, price=cost * markup, goods_cost=cost * 0.97, daily_demand=daily,
                     added_variance=1.5 * daily, other_demand=other, other_variance=1.2 * other, **more)  # fmt: skip

    return st.builds(
        made, cost=money, markup=st.floats(0.9, 4.0), daily=st.floats(0.002, 30.0),
        other=st.sampled_from([0.0, 0.01, 0.7, 12.0]), postage=st.floats(0.0, 150.0), mail_days=st.floats(0.5, 30.0),
        lost_share_per_day=st.floats(0.0, 0.2), return_share=share, holding_share=share,
        pack=st.sampled_from([1.0, 24.0]),
        shelf_life_days=st.sampled_from([np.inf, 30.0, 200.0]), minimum_quantity=st.floats(0.0, 100.0),
    )  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(figures())
def test_parts_by_hand(one: MailOffers) -> None:
    """What the customers cause in stock is the row's cost with them less its cost without them."""
    costs = mail_costs(one)
    x = {field.name: float(getattr(one, field.name)[0]) for field in fields(one)}
    yearly = 365 * x["daily_demand"]

    def held(daily: float, variance: float) -> tuple[float, float, float, float]:
        found = row_costs(x, daily, variance)
        lot, safety = float(found.lot[0]), float(found.safety_units[0])
        sold, waste = max(365 * daily, 1.0), 0.0
        if np.isfinite(life := x["shelf_life_days"]) and variance > 0:
            mean, sd = sold / 365 * life, np.sqrt(variance * life)

            def stale(asked: float) -> float:
                return min(lot, max(lot + safety - asked, 0.0)) * norm.pdf(asked, mean, sd)

            edges = sorted({min(max(edge, mean - 12 * sd), mean + 12 * sd) for edge in (safety, lot + safety)})
            bounds = [mean - 12 * sd, *edges, mean + 12 * sd]
            stale_units = sum(quad(stale, a, b)[0] for a, b in itertools.pairwise(bounds))
            waste = stale_units * sold / lot * x["landed_cost"]
        return float(found.cycle_stock[0]), float(found.safety_stock[0]), waste, float(found.lost_margin[0])

    whole = held(x["daily_demand"] + x["other_demand"], x["added_variance"] + x["other_variance"])
    rest = held(x["other_demand"], x["other_variance"]) if x["other_demand"] else (0.0,) * 4
    scale = max(abs(float(costs.stock_total[0])), abs(float(costs.mail_total[0])), 1.0)
    for name, a, b in zip(("cycle_stock", "safety_stock", "waste"), whole, rest, strict=False):
        assert float(getattr(costs, name)[0]) == pytest.approx(a - b, abs=1e-6 * scale, rel=1e-6)
    gross, net = x["price"] - x["landed_cost"], x["price"] - x["landed_cost"] - x["delivery_cost"]
    lost = (whole[3] - rest[3]) * max(net, 0.0) / gross if gross > 0 else 0.0
    assert float(costs.lost_margin[0]) == pytest.approx(lost, abs=1e-9 * scale, rel=1e-6)
    assert float(costs.stock_goods[0] + costs.stock_delivery[0]) == pytest.approx(yearly * (x["landed_cost"] + 9.0))
    credit = x["holding_share"] * x["goods_cost"] * 20 / 365
    stays = (1 - x["lost_share_per_day"]) ** max(x["mail_days"] - 1.5, 0)
    earned = max(x["price"] - x["goods_cost"] - x["postage"] + credit, 0.0)
    assert float(costs.wait_loss[0]) == pytest.approx(yearly * (1 - stays) * earned, abs=1e-9 * scale)
    assert float(costs.mail_total[0]) == pytest.approx(
        yearly * (x["goods_cost"] + x["postage"] - credit + (1 - stays) * earned)
        - min(x["return_share"] * yearly, 365 * x["other_demand"]) * x["landed_cost"]
    )


def with_factor(one: MailOffers, factor: float) -> MailOffers:
    return replace(one, daily_demand=one.daily_demand * factor, added_variance=one.added_variance * factor)


@settings(deadline=None, max_examples=40)
@given(figures())
def test_both_cost_the_same_at_the_break_evens(one: MailOffers) -> None:
    costs = mail_costs(one)
    saving, units = float(costs.saving[0]), 365 * float(one.daily_demand[0])
    slack = 1e-7 * (abs(float(costs.stock_total[0])) + abs(float(costs.mail_total[0]))) / units

    def a_unit(changed: MailOffers) -> float:
        return float(mail_costs(changed).saving[0]) / float(changed.daily_demand[0]) / 365

    even = float(costs.break_even_units[0])
    assert (even >= units * (1 - 1e-9)) if saving > 0 else (even <= units * (1 + 1e-9))
    if 0 < even < np.inf:
        assert a_unit(with_factor(one, even / units * (1 - 1e-6))) >= -slack
        assert a_unit(with_factor(one, even / units * (1 + 1e-6))) <= slack
    share = float(costs.break_even_lost_share[0])
    assert 0 <= share <= 1
    if share > 0:
        assert a_unit(replace(one, lost_share_per_day=np.array([max(share - 1e-6, 0.0)]))) >= -slack
    if share < 1:
        assert a_unit(replace(one, lost_share_per_day=np.array([min(share + 1e-6, 1.0)]))) <= slack
    postage = float(costs.break_even_postage[0])
    assert (postage >= float(one.postage[0]) - slack) == (saving >= -slack * units) or abs(saving) <= 10 * slack * units
    if postage > 0:
        assert a_unit(replace(one, postage=np.array([postage]))) == pytest.approx(0.0, abs=10 * slack + 1e-9)


@settings(deadline=None, max_examples=40)
@given(one=figures(), more=st.floats(0.0, 1.0), name=st.sampled_from(["lost_share_per_day", "mail_days", "postage"]))
def test_a_longer_or_dearer_wait_never_favours_mail(one: MailOffers, more: float, name: str) -> None:
    added = more * {"lost_share_per_day": 0.5, "mail_days": 40.0, "postage": 100.0}[name]
    before, after = mail_costs(one), mail_costs(replace(one, **{name: getattr(one, name) + added}))
    room = 1e-9 * (abs(float(before.stock_total[0])) + abs(float(before.mail_total[0])))
    assert float(after.saving[0]) <= float(before.saving[0]) + room
    assert float(after.stock_total[0]) == float(before.stock_total[0])


def test_a_slow_and_dear_item_is_mailed_and_a_fast_and_heavy_one_is_stocked() -> None:
    slow, fast = mail_costs(offer(**SLOW_AND_DEAR)), mail_costs(offer(**FAST_AND_HEAVY))
    assert float(slow.saving[0]) > 0
    assert float(fast.saving[0]) < 0
    assert float(slow.break_even_units[0]) > 0.02 * 365
    assert float(fast.break_even_units[0]) < 20 * 365


def simulated_saving(one: MailOffers, *, lives: int = 300, days: int = 1100, warm: int = 365, seed: int = 3) -> float:
    """Profit of a year by mail less that from stock, on drawn Poisson demand, day by day."""
    x = {field.name: float(getattr(one, field.name)[0]) for field in fields(one)}
    rng = np.random.default_rng(seed)
    zones = rng.poisson(x["daily_demand"], (days, lives))
    others = rng.poisson(x["other_demand"], (days, lives))
    takes = np.clip(np.rint(rng.normal(x["lead_mean"], x["lead_sd"], (days, lives))), 1, 200).astype(int)
    year = (days - warm) / 365

    def stock_profit(asked: np.ndarray) -> float:
        """Profit before delivery of a row that reviews, orders up to a level, and loses what is short."""
        if not asked.any():
            return 0.0
        daily = max(float(asked.mean()), 1 / 365)
        costs = row_costs(x, daily, daily)
        level = daily * (x["lead_mean"] + x["review_days"]) + float(costs.safety_units[0])
        on_hand, coming = np.full(lives, np.ceil(level)), np.zeros((days + 201, lives))
        held = sold = 0.0
        for day in range(days):
            on_hand = on_hand + coming[day]
            served = np.minimum(on_hand, asked[day])
            on_hand = on_hand - served
            if day >= warm:
                held, sold = held + on_hand.sum(), sold + served.sum()
            if day % int(x["review_days"]) == 0:
                position = on_hand + coming[day + 1 :].sum(axis=0)
                packs = np.ceil(np.maximum(level - position, x["minimum_quantity"]) / x["pack"] - 1e-9)
                coming[day + takes[day], np.arange(lives)] += np.where(position < level, packs * x["pack"], 0.0)
        holding = x["holding_share"] * x["landed_cost"] * held / 365
        return float((sold * (x["price"] - x["landed_cost"]) - holding) / lives / year)

    asked_a_year = zones[warm:].sum() / lives / year
    from_stock = stock_profit(zones + others) - stock_profit(others) - asked_a_year * x["delivery_cost"]
    stays = (1 - x["lost_share_per_day"]) ** (x["mail_days"] - x["stock_days"])
    bought = rng.binomial(zones[warm:], stays).sum() / lives / year
    return float(bought * (x["price"] - x["goods_cost"] - x["postage"]) - from_stock)


@pytest.mark.parametrize(
    ("changes", "mail_pays"),
    [
        (SLOW_AND_DEAR, True),
        (FAST_AND_HEAVY, False),
        ({"other_demand": 0.0, "other_variance": 0.0, "daily_demand": 0.05, "added_variance": 0.05}, True),
        ({"daily_demand": 0.4, "added_variance": 0.4}, False),
        ({"daily_demand": 0.4, "added_variance": 0.4, "lost_share_per_day": 0.0, "postage": 4.0}, True),
    ],
)
def test_the_cheaper_way_is_that_of_simulated_years(changes: dict[str, float], mail_pays: bool) -> None:
    one = offer(**{"paid_days": 0.0, "mail_paid_days": 0.0, "return_share": 0.0, **changes})
    real, costs = simulated_saving(one), mail_costs(one)
    saving = float(costs.saving[0])
    assert (saving > 0) == (real > 0) == mail_pays
    held = sum(float(getattr(costs, name)[0]) for name in ("cycle_stock", "safety_stock", "lost_margin"))
    assert abs(saving - real) <= 0.5 * held + 0.05 * abs(saving)


@settings(deadline=None, max_examples=20)
@given(st.lists(figures(), min_size=2, max_size=5))
def test_groups_do_not_meet(several: list[MailOffers]) -> None:
    """Each is worked out as if it were alone."""
    together = MailOffers(
        **{f.name: np.concatenate([getattr(one, f.name) for one in several]) for f in fields(MailOffers)}
    )
    found = mail_costs(together)
    for n, one in enumerate(several):
        alone = mail_costs(one)
        for field in fields(MailCosts):
            assert getattr(found, field.name)[n] == pytest.approx(getattr(alone, field.name)[0], rel=1e-12, abs=1e-12)


def test_parts_add_up() -> None:
    costs = mail_costs(offer())
    for total, parts in ((costs.stock_total, STOCK_PARTS), (costs.mail_total, MAIL_PARTS)):
        assert float(total[0]) == pytest.approx(sum(float(getattr(costs, name)[0]) for name in parts))
    assert set(STOCK_PARTS) | set(MAIL_PARTS) < {field.name for field in fields(MailCosts)}


def test_wrong_figures_are_told_together() -> None:
    with pytest.raises(ValueError, match=r"daily_demand: 0.*; lost_share_per_day: 1.5: must be at most 1"):
        offer(daily_demand=0.0, lost_share_per_day=1.5)
    with pytest.raises(ValueError, match=r"postage: -1: must not be negative.*pack: holds figures that are not finite"):
        offer(postage=-1.0, pack=np.inf)
    with pytest.raises(ValueError, match=r"price: shape \(1, 1\)"):
        replace(offer(), price=np.ones((1, 1)))
    assert np.isinf(offer().shelf_life_days).all()
