"""What `validate` says about data that keep the contract and still serve nobody."""

from __future__ import annotations

import pytest

from tests.cli.small_shop import HEADER, write_shop

pytestmark = pytest.mark.xdist_group("small_shop")

SITES = ["CITY", "TOWN", "LAND", "ISLE"]


def test_zones_without_a_lane_are_named(project, call):
    answer = call("validate", "data/small_shop")
    assert answer.code == 0
    assert "1 of 4 zones have no way from an open stocking site and will not be served: ISLE; add lanes" in answer.out
    (project / "data" / "small_shop" / "lanes.csv").unlink()
    for subject in ("data/small_shop", "small_today"):
        answer = call("validate", subject)
        assert answer.code == 0
        named = ", ".join(sorted(SITES))
        assert f"4 of 4 zones have no way from an open stocking site and will not be served: {named}" in answer.out
        assert "lane_rule: great_circle" in answer.out


def test_many_zones_without_a_lane_are_counted(project, call):
    folder = project / "data" / "small_shop"
    islands = "".join(f"ISLE{n},Island,zone,rural,22.0,113.0,9000,,,\n" for n in range(20))
    sites = (folder / "sites.csv").read_text(encoding="utf-8") + islands
    write_shop(folder, sites=sites)
    (note,) = [line for line in call("validate", folder).out.splitlines() if "no way" in line]
    assert "21 of 24 zones" in note
    assert note.count("ISLE") == 10
    assert "and 11 more" in note


def test_the_lane_rule_reaches_every_zone(project, call):
    folder = project / "data" / "small_shop"
    (folder / "dataset.yaml").write_text(HEADER.replace("lane_rule: none", "lane_rule: great_circle"), encoding="utf-8")
    assert "no way" not in call("validate", folder).out


def test_a_day_far_from_every_sale_is_refused(project, call):
    for day in ("2199-01-01", "1990-01-01"):
        answer = call("validate", "data/small_shop", "--as-of", day)
        assert answer.code == 3
        assert "as_of" in answer.err
    answer = call("validate", "data/small_shop", "--as-of", "9999-12-31")
    assert answer.code == 3
    assert "between 1900 and 2199" in answer.err


def test_covers_that_cross_are_told_at_their_line(project, call):
    file = project / "scenarios" / "small_better.yaml"
    text = file.read_text(encoding="utf-8").replace("{policy: optimized}", "{today: {max_days: {A: 1}}}")
    file.write_text(text, encoding="utf-8")
    answer = call("validate", "small_better")
    assert answer.code == 3
    assert "scenarios/small_better.yaml:5:" in answer.err
    assert "replenish.today.m" in answer.err


def test_data_without_a_scenario_are_checked(project, call):
    answer = call("validate", "--data", "data/small_shop")
    assert answer.code == 0
    assert "small_today" in answer.out
    assert "small_shop: fine (data set small_shop, as of 2025-05-30)" in answer.out
    assert call("validate", "--data", "data/small_shop", "--json").json()["data"]["rows"]["items"] == 4
    missing = call("validate", "--data", "/nonexistent")
    assert (missing.code, missing.out) == (3, "")
    assert "/nonexistent" in missing.err
    (project / "data" / "small_shop" / "rates.csv").write_text("currency,date,rate\n", encoding="utf-8")
    assert call("validate", "--data", "data/small_shop").code == 3


def test_options_that_nothing_would_use_are_refused(project, call):
    assert call("validate", "--as-of", "2025-05-01").code == 2
    assert call("validate", "data/small_shop", "--set", "seed=2").code == 2
    answer = call("validate", "--set", "forecast.horizon_days=14")
    assert answer.code == 3
    assert "replenish.outlook_days 28" in answer.err


def test_suppliers_that_deliver_after_the_forecast_ends_are_named(project, call):
    assert "forecast ends" not in call("validate", "small_today").out
    sets = ("--set", "replenish.review_days=35")
    (note,) = [line for line in call("validate", "small_today", *sets).out.splitlines() if "forecast ends" in line]
    assert "orders of S2 must last for up to 45 days (lead time and review), and the forecast ends after 40" in note
