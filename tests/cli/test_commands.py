"""Every command on a small stored run: what it prints, what its JSON holds."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("small_shop")

READING = [
    ["scenario", "ls"],
    ["scenario", "show", "small_better"],
    ["scenario", "plan", "small_better"],
    ["runs", "ls"],
    ["runs", "show", "small_better"],
    ["runs", "compare", "small_today", "small_better"],
    ["runs", "clean", "--dry-run"],
    ["forecast", "show", "small_today"],
    ["forecast", "show", "--item", "00123", "--site", "HUB"],
    ["forecast", "explain", "NA", "DC"],
    ["forecast", "overrides"],
    ["forecast", "backtest", "small_today", "--workers", "1", "-q"],
    ["forecast", "components", "00123", "DC"],
    ["forecast", "components", "--category", "food", "--method", "sarimax"],
    ["plan", "ls"],
    ["plan", "show", "small_better"],
    ["plan", "show", "--planned", "--all"],
    ["plan", "suppliers", "small_better"],
    ["plan", "explain", "00123", "DC"],
    ["plan", "exceptions", "small_better"],
    ["plan", "exceptions", "--all", "--kind", "excess_stock"],
    ["plan", "actions"],
    ["plan", "cash", "small_better"],
    ["plan", "show", "--cash"],
    ["plan", "diff", "small_today", "small_better"],
    ["route", "show"],
    ["route", "show", "--depot", "HUB"],
    ["route", "judge", "small_today"],
    ["place", "show"],
    ["validate"],
    ["validate", "small_better"],
    ["validate", "data/small_shop"],
    ["report", "small_today"],
]
KEYS = {
    "scenario ls": {"scenarios"},
    "scenario show": {
        "scenario", "title", "description", "chain", "data", "as_of", "shocks", "settings", "changes", "compare",
    },
    "scenario plan": {"scenario", "parent", "differences", "note"},
    "runs ls": {"runs"},
    "runs show": {
        "run", "scenario", "variant", "title", "chain", "as_of", "until", "base_currency", "kpis", "problems",
        "notes", "degraded", "made_from", "tables",
    },
    "runs compare": {"runs", "figures"},
    "runs clean": {"runs", "steps", "dry_run"},
    "forecast show": {"run", "forecast_models", "forecast", "forecast_quantiles", "forecast_coverage"},
    "forecast explain": {
        "run", "item_id", "site_id", "model", "why", "text", "daily", "quantiles", "members", "effects",
        "lost", "overrides", "past",
    },
    "forecast backtest": {
        "backtest", "scenario", "title", "data_set", "as_of", "base_currency", "methods", "origins", "step_days",
        "horizon_days", "scores", "value_added", "coverage", "errors", "report", "tables",
    },
    "forecast overrides": {
        "run", "ahead", "value", "days", "past_days", "without_demand", "without_forecast",
    },
    "forecast components": {
        "run", "name", "rows", "method", "level", "trend", "multiplies", "text", "daily", "weekdays", "effects",
        "ahead",
    },
    "plan ls": {"plans"},
    "plan show": {
        "run", "scenario", "variant", "as_of", "base_currency", "order_heads", "order_lines", "order_waiting",
        "transfer_lines", "order_actions", "order_exceptions", "order_rushes", "order_limits", "order_left_out",
        "order_direct_mail", "order_approved", "segments", "trade_off",
    },
    "plan show --cash": {"run", "scenario", "base_currency", "cash_weeks", "cash_months"},
    "plan exceptions": {"run", "scenario", "base_currency", "exceptions"},
    "plan actions": {"run", "scenario", "base_currency", "actions"},
    "plan cash": {"run", "scenario", "base_currency", "cash_weeks", "cash_months"},
    "plan suppliers": {"run", "scenario", "variant", "as_of", "base_currency", "suppliers"},
    "plan explain": {"run", "scenario", "variant", "as_of", "lines"},
    "plan diff": {"before", "after", "stability", "lines"},
    "route show": {"run", "routes", "stops", "unserved"},
    "route judge": {"run", "violations"},
    "place show": {"run", "plan", "sites", "coverage", "assignments", "unserved"},
    "validate": {"scenarios"},
    "validate small_better": {"subject", "data_set", "as_of", "rows", "changes", "notes"},
    "validate data/small_shop": {"subject", "data_set", "as_of", "rows", "changes", "notes"},
    "report small_today": {"run", "scenario", "variant", "report"},
}  # fmt: skip


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_commands_print_and_give_stable_json(project, call, words):
    text = call(*words)
    assert text.code == 0, text.err
    assert text.out.strip()
    first, second = call(*words, "--json"), call(*words, "--json")
    assert first.code == 0, first.err
    document = first.json()
    name = " ".join(words[:2])
    assert set(document) == {"schema_version", *KEYS.get(" ".join(words), KEYS[name])}
    assert first.out == second.out
    assert not {"made_at", "seconds", "reused", "why_reused"} & _names(document)


def _names(node):
    if isinstance(node, dict):
        return set(node).union(*map(_names, node.values())) if node else set()
    return set().union(*map(_names, node)) if isinstance(node, list) else set()


def test_run_again_reuses_everything_and_says_the_same(project, call):
    first = call("run", "small_today", "--workers", "1")
    second = call("run", "small_today", "--workers", "1", "--quiet")
    assert first.code == second.code == 0
    assert first.out == second.out
    assert "ISLE" in second.err
    assert "report: " in first.out
    assert call("run", "small_today", "--workers", "1", "--json", "-q").json()["scenario"] == "small_today"


def test_strict_is_5_when_a_zone_cannot_be_served(project, call):
    assert call("run", "small_today", "--workers", "1", "-q").code == 0
    answer = call("run", "small_today", "--workers", "1", "-q", "--strict")
    assert answer.code == 5
    assert "ISLE" in answer.err
    assert "Stock days" in answer.out


def test_dry_run_says_what_would_run_and_writes_nothing(project, call):
    before = sorted(path for path in Path(".supplychain").rglob("*") if "supplychain.db" not in path.name)
    whole = call("run", "small_today", "--dry-run", "--json").json()
    assert {step["state"] for step in whole["steps"][1:]} == {"reuse"}
    changed = call("run", "small_today", "--dry-run", "--set", "replenish.review_days=3", "--json").json()
    states = {step["step"]: step["state"] for step in changed["steps"]}
    assert states["place"] == states["forecast"] == states["route"] == "reuse"
    assert states["replenish"] == states["simulate"] == "make"
    why = {step["step"]: step["why"] for step in changed["steps"]}
    assert "replenish." in why["replenish"]
    assert sorted(p for p in Path(".supplychain").rglob("*") if "supplychain.db" not in p.name) == before
    fresh = call("run", "small_today", "--dry-run", "--store", "elsewhere")
    assert "no store yet" in fresh.out
    assert not Path("elsewhere").exists()


def test_plan_show_names_totals_minimum_and_payment_day(project, call):
    out = call("plan", "show", "small_today").out
    assert "S2_20250530_DC" in out
    assert "payment due" in out
    assert "together" in out  # in base currency: S2 is paid in another
    assert "minimum" in out
    heads = call("plan", "show", "small_today", "--json").json()["order_heads"]
    assert all(head["status"] in ("proposed", "waiting") for head in heads)
    assert {head["payment_due_date"] for head in heads if head["status"] == "proposed"}


def test_plan_explain_recomputes_the_quantity(project, call):
    shown = call("plan", "show", "small_better", "--planned", "--json").json()
    lines = shown["order_lines"] + shown["transfer_lines"]
    assert lines
    for line in lines[:3] + lines[-2:]:
        found = call("plan", "explain", line["line_id"], "--run", "small_better", "--json").json()["lines"]
        assert [one["recomputed"] for one in found] == [line["quantity"]]
        assert line["item_id"] in found[0]["text"]


def test_plan_explain_takes_orders_and_names_the_run(project, call):
    shown = call("plan", "show", "small_better", "--json").json()
    head = shown["order_heads"][0]
    said = call("plan", "explain", head["order_id"], "--run", "small_better")
    assert shown["run"] in said.out
    assert "small_better" in said.out
    assert f"{head['minimum_order_value']:,.2f}" in said.out
    every = call("plan", "explain", shown["order_lines"][0]["line_id"], "--run", "small_better", "--verbose").out
    assert "days of cover after" in every


def test_plan_explain_suggests_only_what_comes_near(project, call):
    far = call("plan", "explain", "nonsense")
    assert far.code == 3
    assert "did you mean" not in far.err
    assert "plan show" in far.err
    near = call("plan", "show", "--json").json()["order_heads"][0]["order_id"]
    assert near in call("plan", "explain", near[:-1] + "x").err


def test_forecast_explain_has_weights_that_sum_to_one(project, call):
    found = call("forecast", "explain", "00123", "DC", "--json").json()
    assert sum(row["weight"] for row in found["members"]) == pytest.approx(1.0)
    text = call("forecast", "explain", "00123", "DC").out
    assert found["run"] in text
    assert "100.0%" in text


def test_forecast_explain_shows_past_errors_and_writes_a_plot(project, call):
    answer = call("forecast", "explain", "00123", "DC", "--plot", "row.html")
    assert answer.code == 0, answer.err
    assert "Forecasts some weeks ago against what came" in answer.out
    assert answer.out.endswith("plot: row.html\n")
    page = Path("row.html").read_text(encoding="utf-8")
    assert "Milk at Warehouse" in page
    assert "Forecasts some weeks ago against what came" in page
    document = call("forecast", "explain", "00123", "DC", "--plot", "row.html", "--json").json()
    assert document["plot"] == "row.html"
    assert [line["known_days"] for line in document["past"]] == [28, 28]
    assert Path("row.html").read_text(encoding="utf-8") == page
    nowhere = call("forecast", "explain", "00123", "DC", "--plot", "row.html/x.html")
    assert nowhere.code == 1
    assert "--plot" in nowhere.err


def test_forecast_backtest_sets_methods_side_by_side_and_is_kept(project, call):
    words = ["forecast", "backtest", "small_today", "--origins", "2", "--step-days", "14", "--horizon", "14"]
    words += ["--methods", "tsb,seasonal_naive", "--workers", "1"]
    first = call(*words)
    assert first.code == 0, first.err
    assert "backtest made in" in first.err
    lines = first.out.splitlines()
    assert lines[1].startswith("window_average: 6 series (items at sites), 2 origins from 2025-05-02 to 2025-05-16, 14")
    table = lines[lines.index("Methods (less is better; bias is forecast less demand, as a share of demand)") + 3 :]
    assert [line.split()[0] for line in table[:4]] == ["window_average", "tsb", "seasonal_naive", "empirical_112"]
    for title in ("Value added", "Where window_average is worth it", "How often demand stayed", "Most money in"):
        assert any(line.startswith(title) for line in lines), title
    page = Path(lines[-2].removeprefix("report: "))
    assert "Where window_average is worth it" in page.read_text(encoding="utf-8")
    assert {"backtest_days.parquet", "backtest_scores.parquet"} <= {file.name for file in page.parent.iterdir()}
    again = call(*words)
    assert "backtest reused" in again.err
    assert again.out == first.out
    elsewhere = call(*words, "--to", "b.html", "-q")
    assert elsewhere.err == ""
    assert Path("b.html").read_bytes() == page.read_bytes()


def test_plan_diff_of_a_run_with_itself_is_empty(project, call):
    assert call("plan", "diff", "small_today", "small_today", "--json").json()["lines"] == []


def test_scenario_plan_counts_matched_rows(project, call):
    rows = call("scenario", "plan", "small_better", "--json").json()["differences"]
    price = next(row for row in rows if row["path"] == "items.price")
    assert (price["matched"], price["where"]) == (1, "category = home")
    assert price["origin"].startswith("scenarios/small_better.yaml:")


def test_scenario_compare_uses_what_is_stored(project, call):
    answer = call("scenario", "compare", "small_today", "small_better", "--workers", "1", "--json")
    document = answer.json()
    assert [run["name"] for run in document["runs"]] == ["small_today", "small_better"]
    assert "made in" not in answer.err.replace("validate made in", "")


def test_clean_keeps_runs_with_open_lines(project, call):
    report = call("runs", "clean", "--keep", "0", "--json").json()
    assert report["runs"] == []
    assert call("plan", "show", "small_today").code == 0


EXPORTED = ("orders", "lines", "transfers", "actions", "exceptions", "cash", "suppliers", "segments", "trade_off",
            "direct_mail")  # fmt: skip


def test_export_is_the_same_bytes_every_time(project, call):
    for name in ("a.csv", "a.xlsx", "folder"):
        assert call("plan", "export", "small_better", "--to", name).code == 0
    first = {p.as_posix(): p.read_bytes() for p in (Path("a.csv"), Path("a.xlsx"), *sorted(Path("folder").iterdir()))}
    assert [Path(name).name for name in first] == ["a.csv", "a.xlsx", *sorted(f"{one}.csv" for one in EXPORTED)]
    document = call("plan", "export", "small_better", "--to", "folder", "--json").json()
    assert document["files"] == [f"folder/{one}.csv" for one in EXPORTED]
    call("plan", "export", "small_better", "--to", "a.xlsx")
    assert {name: Path(name).read_bytes() for name in first} == first


def test_init_makes_a_project_that_runs_as_it_is(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    assert call("init", "mine").code == 0
    again = call("init", "mine")
    assert again.code == 2
    assert "exists already" in again.err
    monkeypatch.chdir(tmp_path / "mine")
    assert call("validate").code == 0
    assert call("scenario", "plan", "my_scenario").code == 0
    assert call("validate", "data/template.xlsx").code == 0
    names = {row["name"]: row["where"] for row in call("scenario", "ls", "--json").json()["scenarios"]}
    assert names["my_scenario"] == "project"
    assert names["baseline"] == "bundled"


def test_doctor_checks_solvers_and_store(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPPLYCHAIN_TEST_SECRET", "do-not-show-me")
    answer = call("doctor", "--json")
    checks = {check["subject"]: check for check in answer.json()["checks"]}
    assert [checks[f"solver {name}"]["ok"] for name in ("highs", "pulp", "pyvrp")] == [True] * 3
    assert checks["store"]["ok"]
    assert "do-not-show-me" not in answer.out
    assert list(tmp_path.iterdir()) == []


def test_names_cannot_drive_the_terminal(project, call):
    file = project / "scenarios" / "small_better.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Small shop, optimized orders", "Bad \u202e name \u200b"), encoding="utf-8")
    answer = call("scenario", "ls")
    assert "\u202e" not in answer.out
    shown = call("scenario", "ls", "--json")
    assert "\u202e" not in shown.out
    json.loads(shown.out)
