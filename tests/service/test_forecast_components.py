"""Demand taken apart from stored runs of a small shop whose offers and weekdays are known."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from supplychain import service
from supplychain.errors import PlanError, UsageError
from supplychain.service import Subject, explain_components
from supplychain.service.forecast_components_text import components_text
from supplychain.service.stored import plan_table
from tests.cli.small_shop import AS_OF, write_project, write_shop

PAST, HORIZON = 230, 40
NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
TEA = Subject(item="tea", site="DC")
CUT, UPLIFT, WEEKEND = 0.8, 1.6, 1.3


def demand(random):
    """Tea and milk every day, tea with an offer every fourth week; both sell more at the week's end."""
    lines = ["date,site_id,item_id,quantity,price,promo"]
    for day in range(PAST):
        when = AS_OF - timedelta(days=PAST - 1 - day)
        factor = WEEKEND if when.weekday() >= 5 else 1.0
        offer = day % 28 in (3, 4, 5, 6)
        tea = random.poisson(50 * factor * (UPLIFT if offer else 1.0))
        milk = random.poisson(20 * factor)
        lines.append(f"{when},CITY,tea,{tea},{30 * CUT if offer else 30},{'yes' if offer else 'no'}")
        lines.append(f"{when},CITY,00123,{milk},12,no")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The project and its run up to the forecast, made with a setting of the command."""
    project = write_project(tmp_path_factory.mktemp("components"))
    promotions = f"item_id,from,to,price\ntea,{date(2025, 6, 3)},{date(2025, 6, 6)},{30 * CUT}\n"
    write_shop(
        project / "data" / "small_shop", demand=demand(np.random.default_rng(7)), promotions=promotions, actuals=None
    )
    sets = [f"forecast.horizon_days={HORIZON}", "forecast.holidays=[]"]
    run = service.run("small_today", until="forecast", project=project, store=project / "s", sets=sets, now=NOON)
    return project, run


@pytest.mark.parametrize("method", ["ucm", "sarimax"])
def test_level_weekdays_and_an_offer_are_told_as_they_were(shop, method):
    project, run = shop
    found = explain_components(run, TEA, method=method, project=project)
    mean_week = (5 + 2 * WEEKEND) / 7
    assert found.level == pytest.approx(50 * mean_week, rel=0.08)
    week = found.weekdays.set_index("weekday")["factor"]
    assert list(week.index) == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert week[["Saturday", "Sunday"]].mean() == pytest.approx(WEEKEND / mean_week, rel=0.07)
    assert week[["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]].mean() == pytest.approx(
        1 / mean_week, rel=0.07
    )
    effects = found.effects.set_index("kind")
    offer = effects.loc["offer"]
    assert offer["what"] == "a promotion with its usual price cut of 20%"
    assert offer["low"] < UPLIFT - 1 < offer["high"]
    assert offer["change"] == pytest.approx(UPLIFT - 1, abs=0.08)
    assert offer["high"] - offer["low"] < effects.loc["price", "high"] - effects.loc["price", "low"]
    ahead = found.ahead.set_index("part")["units"]
    assert ahead["offers"] == pytest.approx(4 * 50 * mean_week * (UPLIFT - 1), rel=0.25)
    assert f"a promotion with its usual price cut of 20%: {offer['change']:.0%} more" in found.text
    assert "events" in set(found.ahead["part"])


def test_days_hold_what_was_sold_and_what_is_expected(shop):
    project, run = shop
    daily = explain_components(run, TEA, project=project).daily.set_index("date")
    assert len(daily) == PAST + HORIZON
    assert daily["demand"].notna().sum() == PAST
    past = plan_table(run, "history").query("item_id == 'tea' and site_id == 'DC'").set_index("date")["quantity"]
    np.testing.assert_array_equal(daily.loc[past.index, "demand"], past)
    offer = daily.loc["2025-06-03":"2025-06-06", "expected"].mean()
    assert offer > 1.4 * daily.loc["2025-06-09":"2025-06-13", "expected"].mean()


@pytest.mark.parametrize(
    ("subject", "rows", "name"),
    [
        (Subject(category="food"), ("tea",), "Category food"),
        (Subject(everything=True), ("00123", "NA", "1E5", "tea"), "All items at all sites"),
        (Subject(region="DC"), ("00123", "NA", "1E5", "tea"), "Region DC"),
    ],
)
def test_sums_are_the_demand_of_their_rows(shop, subject, rows, name):
    project, run = shop
    found = explain_components(run, subject, project=project)
    assert found.name == name
    history = plan_table(run, "history")
    chosen = history[history["item_id"].isin(rows)]
    if subject.region:
        chosen = chosen[chosen["site_id"] == "DC"]
    total = chosen.groupby("date")["quantity"].sum()
    daily = found.daily.set_index("date")["demand"]
    np.testing.assert_allclose(daily.loc[total.index], total)
    assert found.rows == len(chosen.drop_duplicates(["item_id", "site_id"]))


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (Subject(), "give ITEM and SITE"),
        (Subject(item="tea"), "give ITEM and SITE"),
        (Subject(item="tea", site="DC", everything=True), "give ITEM and SITE"),
        (Subject(item="tea", category="food"), "give ITEM and SITE"),
    ],
)
def test_an_unclear_subject_is_wrong_use(shop, subject, words):
    project, run = shop
    with pytest.raises(UsageError, match=words):
        explain_components(run, subject, project=project)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (Subject(item="te", site="DC"), "item 'te'.*did you mean tea"),
        (Subject(item="tea", site="DC9"), "site 'DC9'"),
        (Subject(item="NA", site="HUB"), "NA is not listed at HUB; it is forecast at DC"),
        (Subject(category="foot"), "category 'foot'.*did you mean food"),
        (Subject(item="NA", site="DC"), "Kettle at DC: ucm cannot take its demand apart: demand is 0 units"),
    ],
)
def test_what_cannot_be_answered_says_why(shop, subject, words):
    project, run = shop
    with pytest.raises(PlanError, match=words):
        explain_components(run, subject, project=project)


def test_other_settings_than_those_of_the_run_are_refused(shop):
    project, run = shop
    with pytest.raises(PlanError, match=r"its input has changed:\n.*small_today.*give the same --set"):
        explain_components(run, TEA, project=project, sets=["forecast.holidays=[CN]"])


def test_a_data_set_that_has_changed_is_refused(shop):
    project, run = shop
    file = project / "data" / "small_shop" / "demand.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",12,no", ",13,no", 1), encoding="utf-8")
    try:
        with pytest.raises(PlanError, match=r"differs from the run in demand"):
            explain_components(run, TEA, project=project)
    finally:
        file.write_text(text, encoding="utf-8")


def test_a_method_that_knows_no_components_or_lacks_its_library_is_wrong_use(shop, monkeypatch):
    project, run = shop
    with pytest.raises(UsageError, match="--method auto: must be one of ucm, sarimax, prophet"):
        explain_components(run, TEA, method="auto", project=project)
    monkeypatch.setitem(sys.modules, "prophet", None)
    with pytest.raises(UsageError, match=r"supplychain-toolkit\[prophet\]"):
        explain_components(run, TEA, method="prophet", project=project)
    with pytest.raises(UsageError, match=r"supplychain-toolkit\[prophet\]"):
        service.run("small_today", until="forecast", project=project, store=project / "t", now=NOON,
                    sets=["forecast.method=prophet"])  # fmt: skip


def test_nothing_is_said_to_fall_by_more_than_there_is():
    effects = pd.DataFrame({"kind": ["event"], "what": ["618 peak"], "change": [-0.4], "low": [-1.9], "high": [0.3]})
    weekdays = pd.DataFrame({"day": ["Monday"], "factor": [1.0]})
    ahead = pd.DataFrame({"part": ["level"], "units": [1.0]})
    text = components_text(
        "D019", 1, "ucm", 8.0, -16.0, days=731, tables={"weekdays": weekdays, "effects": effects, "ahead": ahead}
    )
    assert "trend -16.00 over the last year, 67% less." in text
    assert "618 peak: 40% less (100% less to 30% more, so perhaps nothing)" in text
    unsure = effects.assign(low=float("nan"), high=float("nan"))
    told = components_text(
        "D019", 1, "prophet", 8.0, 9.0, days=731, tables={"weekdays": weekdays, "effects": unsure, "ahead": ahead}
    )
    assert "trend +9.00 over the last year." in told
    assert "618 peak: 40% less\n" in told
