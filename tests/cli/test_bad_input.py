"""One clear error each, the right exit code, and what was stored before stays."""

from datetime import timedelta

import pytest

from tests.cli.small_shop import AS_OF, FILES, sales, write_shop

pytestmark = pytest.mark.xdist_group("small_shop")


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["run", "small_todai"], 3, "did you mean small_today"),
        (["run", "scenarios/none.yaml"], 3, "no such file"),
        (["run", "small_today", "--set", "replenish.polcy=today"], 3, "replenish.policy"),
        (["run", "small_today", "--set", "replenish.policy=best"], 3, "replenish.policy"),
        (["run", "small_today", "--until", "simulat"], 2, "--until"),
        (["run", "small_today", "--data", "nowhere.csv"], 3, "nowhere.csv"),
        (["run", "online_retail"], 3, "--data"),
        (["run", "small_today", "--dry-run", "--as-of", "2025-13-01"], 2, "2025-13-01"),
        (["scenario", "show", "nope"], 3, "no scenario has this name"),
        (["scenario", "compare", "small_today"], 2, "two or more"),
        (["validate", "nope"], 3, "no scenario"),
        (["validate", "nowhere.xlsx"], 3, "nowhere.xlsx"),
        (["plan", "show", "small_tod"], 3, "small_today"),
        (["plan", "show", "--store", "elsewhere"], 3, "there is no store yet"),
        (["plan", "explain", "00123"], 3, "name its site too"),
        (["plan", "explain", "00124", "DC"], 3, "did you mean 00123"),
        (["plan", "explain", "NA", "HUB"], 3, "not listed"),
        (["plan", "export", "--to", "plan.pdf"], 2, ".csv or .xlsx"),
        (["plan", "export", "--to", "no/such/folder/plan.csv"], 1, "choose another place"),
        (["plan", "export", "--to", "no/such/folder"], 1, "choose another place"),
        (["report", "--to", "no/such/folder/r.html"], 1, "choose another place"),
        (["plan", "show", "--store", "scenarios/small_today.yaml"], 1, "is a file and no folder of a store"),
        (["plan", "ls", "--store", "scenarios/small_today.yaml"], 1, "is a file and no folder of a store"),
        (["plan", "exceptions", "--kind", "foo"], 3, "suspect_dates"),
        (["forecast", "explain", "NA", "DCC"], 3, "did you mean DC"),
        (["forecast", "show", "--item", "00124"], 3, "did you mean 00123"),
        (["forecast", "backtest", "small_todai"], 3, "did you mean small_today"),
        (["forecast", "backtest", "small_today", "--methods", "tbs"], 2, "did you mean tsb?"),
        (["forecast", "backtest", "small_today", "--methods", " , "], 2, "names no method"),
        (["forecast", "backtest", "small_today", "--origins", "9"], 2, "280 days of history are needed"),
        (["forecast", "backtest", "small_today", "--origins", "3"], 2, "lower origins to 2, or step-days"),
        (["forecast", "backtest", "small_today", "--horizon", "41"], 2, "between 3 days"),
        (["forecast", "backtest", "small_today", "--horizon", "0"], 2, "--horizon"),
        (["forecast", "backtest", "small_today", "--step-days", "x"], 2, "--step-days"),
        (["forecast", "backtest", "small_today", "--to", "scenarios"], 1, "--to"),
        (["route", "show", "--depot", "HUP"], 3, "did you mean HUB"),
        (["route", "judge", "small_today", "--set", "seed=9"], 3, "same --set"),
        (["data", "build", "china_south", "--places", "9", "--to", "x"], 2, "fixed list of places"),
        (["data", "build", "china", "--to", "x"], 2, "needs --places N"),
        (["data", "build", "mars", "--to", "x"], 2, "china_south"),
        (["data", "build", "china_south", "--to", "data"], 2, "not an empty folder"),
        (["data", "map", "nope", "lines.csv", "--to", "x"], 2, "online_retail"),
        (["data", "map", "online_retail", "lines.csv", "--to", "x"], 3, "does not exist"),
        (["data", "template", "x.csv"], 2, ".xlsx"),
        (["data", "template", "no/such/folder/x.xlsx"], 1, "choose another place"),
        (["runs", "show", "0000"], 3, "no such run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_words(project, call, words, code, part):
    answer = call(*words)
    assert answer.code == code, answer.err
    assert part in answer.err
    assert answer.out == ""
    assert len(call("runs", "ls", "--json").json()["runs"]) == 2


def test_a_backtest_of_days_without_stock_says_so(project, call):
    rows = [
        f"{AS_OF - timedelta(days=day)},{zone},{item},1,{'no' if day < 28 else 'yes'}"
        for day in range(84)
        for zone in ("CITY", "TOWN", "LAND", "ISLE")
        for item in ("00123", "NA", "1E5", "tea")
    ]
    folder = write_shop(
        project / "data" / "empty", demand="\n".join(["date,site_id,item_id,quantity,in_stock", *rows, ""])
    )
    words = ["forecast", "backtest", "small_today", "--data", folder, "--workers", "1", "-q"]
    answer = call(*words, "--origins", "1")
    assert answer.code == 3
    assert "no day after the origins is known" in answer.err
    assert call(*words, "--origins", "2").code == 0


DEMAND = sales(AS_OF, 1)
BROKEN = {
    "duplicate": ({"demand": DEMAND + DEMAND.splitlines()[1] + "\n"}, ["demand.csv", "row 13", "row 2"]),
    "negative": ({"demand": "date,site_id,item_id,quantity\n2025-05-30,CITY,00123,-2\n"}, ["quantity", "-2"]),
    "unknown item": ({"demand": "date,site_id,item_id,quantity\n2025-05-30,CITY,0123,2\n"}, ["0123", "00123"]),
    "after as_of": ({"demand": "date,site_id,item_id,quantity\n2025-05-31,CITY,00123,2\n"}, ["2025-05-31", "as_of"]),
    "missing table": ({"sites": None}, ["sites"]),
    "no number": ({"stock": "site_id,item_id,on_hand\nDC,00123,many\n"}, ["on_hand", "many"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_data_is_code_3_and_earlier_runs_stay(project, call, name):
    changes, parts = BROKEN[name]
    folder = project / "data" / "broken"
    write_shop(folder, **changes)
    for words in (["validate", folder], ["run", "small_today", "--data", folder, "--workers", "1"]):
        answer = call(*words)
        assert answer.code == 3
        for part in parts:
            assert part in answer.err
        assert "Fix: " in answer.err
        assert "Traceback" not in answer.err
    assert len(call("runs", "ls", "--json").json()["runs"]) == 2


def test_all_problems_are_named_at_once(project, call):
    folder = project / "data" / "broken"
    stock = "site_id,item_id,on_hand\nDC,00123,many\nDD,00123,1\n"
    write_shop(folder, stock=stock, demand="date,site_id,item_id,quantity\n2025-05-30,CITY,00123,-2\n")
    answer = call("validate", folder)
    assert answer.err.count("Fix: ") >= 3
    assert "stock.csv" in answer.err
    assert "demand.csv" in answer.err


def test_unknown_key_of_a_scenario_is_named_at_its_place(project, call):
    file = project / "scenarios" / "small_better.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("policy:", "polisy:"), encoding="utf-8")
    answer = call("run", "small_better")
    assert answer.code == 3
    assert "scenarios/small_better.yaml:5:13" in answer.err
    assert "did you mean" in answer.err
    listed = {row["name"]: row["problem"] for row in call("scenario", "ls", "--json").json()["scenarios"]}
    assert "polisy" in listed["small_better"]
    assert call("validate").code == 3


def test_keys_that_look_like_numbers_are_kept(project, call):
    models = call("forecast", "show", "--json").json()["forecast_models"]
    assert {"00123", "1E5", "NA", "tea"} == {row["item_id"] for row in models}


def test_routes_are_not_judged_against_other_data(project, call):
    lanes = FILES["lanes.csv"].replace("HUB,LAND,van,20", "HUB,LAND,van,40")
    write_shop(project / "data" / "small_shop", lanes=lanes)
    answer = call("route", "judge", "small_today")
    assert answer.code == 3
    assert "lanes" in answer.err


def test_a_scenario_without_data_asks_for_it(project, call):
    (project / "scenarios" / "bare.yaml").write_text("scenario: 1\nname: bare\ntitle: Bare\n", encoding="utf-8")
    answer = call("run", "bare")
    assert answer.code == 2
    assert "--data" in answer.err
