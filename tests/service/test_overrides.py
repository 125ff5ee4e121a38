"""Overrides judged by the demand known later, from real runs of a shop whose data grow day by day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from supplychain import service
from tests.cli.small_shop import write_project

LAST = "2025-05-30"
OVERRIDES = """item_id,site_id,from,to,value,factor,who,why
00123,DC,2025-05-19,2025-05-24,9,,Li,fair
tea,DC,2025-05-20,2025-05-22,,2,Wang,flyer
tea,DC,2025-06-03,2025-06-05,,1.5,Wang,second flyer
NA,DC,2025-04-01,2025-04-02,4,,Wang,before the first run
"""


def until(data: Path, day: str) -> None:
    """Cut the data set to what was known on the evening of ``day``."""
    head, *lines = (data / "demand.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line[:10] <= day]
    (data / "demand.csv").write_text("\n".join([head, *kept, ""]), encoding="utf-8")
    (data / "actuals.csv").unlink()
    for name in ("dataset.yaml", "rates.csv"):
        file = data / name
        file.write_text(file.read_text(encoding="utf-8").replace(LAST, day), encoding="utf-8")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Runs of two evenings, by planning day, and the store."""
    folder = tmp_path_factory.mktemp("overrides")
    runs = {}
    for day in ("2025-05-16", LAST):
        project = write_project(folder / day)
        data = project / "data" / "small_shop"
        if day != LAST:
            until(data, day)
        (data / "overrides.csv").write_text(OVERRIDES, encoding="utf-8")
        runs[day] = service.run(
            "small_today",
            until="forecast",
            project=project,
            store=folder / "store",
            now=datetime(2025, 6, 1, tzinfo=UTC),
        )
    return runs, folder / "store"


def test_days_ahead_show_the_model_beside_the_planner(found):
    runs, store = found
    value = service.judge_overrides(runs["2025-05-16"], store=store)
    ahead = value.ahead.set_index("why")
    assert list(ahead.index) == ["fair", "flyer", "second flyer"]
    assert ahead.loc["fair", "overridden"] == pytest.approx(9.0)
    assert ahead.loc["flyer", "overridden"] == pytest.approx(2 * ahead.loc["flyer", "model"])
    assert ahead.loc["flyer", "first"] == pd.Timestamp("2025-05-20")
    assert value.value.empty
    assert (value.past_days, value.without_demand, value.without_forecast) == (2, 0, 2)
    assert "no run of this scenario" in value.text


def test_past_days_are_judged_by_demand_against_the_earlier_forecast(found):
    runs, store = found
    value = service.judge_overrides(runs[LAST], store=store)
    assert value.value["who"].tolist() == ["Li", "Wang", "total"]
    assert value.value["days"].tolist() == [6, 3, 9]
    assert value.without_forecast == 2
    before = runs["2025-05-16"].tables["forecast_overrides"]
    demand = pd.read_csv(store.parent / LAST / "data/small_shop/demand.csv", dtype={"item_id": str})
    city = demand.loc[demand["item_id"].eq("tea") & demand["site_id"].isin(["CITY"])]
    days = value.days.loc[value.days["who"].eq("Wang")]
    for row in days.itertuples():
        told = before.loc[before["item_id"].eq("tea") & before["date"].eq(row.date)].iloc[0]
        assert (row.model, row.overridden) == (told["model"], told["overridden"])
        assert row.actual >= city.loc[city["date"].eq(f"{row.date:%Y-%m-%d}"), "quantity"].sum()
    wang = value.value.set_index("who").loc["Wang"]
    assert wang["wape_model"] == pytest.approx((days["model"] - days["actual"]).abs().sum() / days["actual"].sum())
    assert wang["value_added"] == pytest.approx(wang["wape_model"] - wang["wape_overridden"])
    assert wang["value_added"] < 0  # nobody doubled the tea
    assert "points" in value.text


def test_explain_shows_who_overrode_the_model_and_why(found):
    runs, _ = found
    told = service.explain_forecast(runs[LAST], "tea", "DC")
    assert told.overrides["who"].tolist() == ["Wang"]
    assert "second flyer" in told.text
    assert service.explain_forecast(runs[LAST], "00123", "DC").overrides.empty
