# ruff: noqa: E501 - cases read best one a line

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from supplychain.errors import DataError, DegradedError, PlanError, ScenarioError, UsageError
from supplychain.reports.places import report_tables
from supplychain.service.execution import run
from supplychain.service.listing import open_run
from supplychain.service.result import StepReport
from supplychain.store import Store
from supplychain.tables import build_dataset, read_tables
from tests.small_house import add_scenario, small_tables, write_project

STEPS = ("place", "forecast", "replenish", "review", "route", "simulate")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def store(project: Path) -> Path:
    return project / "store"


@pytest.fixture(scope="module")
def first(project: Path, store: Path):
    return run("small", project=project, store=store)


class Ear:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def start(self, step: str, total: int | None) -> None:
        self.heard.append(("start", step))

    def advance(self, done: int) -> None:
        self.heard.append(done)

    def finish(self, step: StepReport) -> None:
        self.heard.append(step)


def files_of(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.glob("*.parquet"))}


def test_a_run_makes_every_table(first):
    assert [step.name for step in first.steps] == list(STEPS)
    assert not any(step.reused for step in first.steps)
    assert {step.why for step in first.steps} == {"first run with these inputs"}
    wanted = {"kpis", "problems", "site_plan", "site_assignments", "forecast", "forecast_quantiles", "forecast_models",
              "order_lines", "order_heads", "transfer_lines", "stock_projection", "order_actions", "order_exceptions", "cash_weeks", "routes", "route_stops", "route_unserved", "lives", "rows", "daily"}  # fmt: skip
    assert wanted <= set(first.tables)
    assert first.degraded == ()
    assert first.as_of == date(2025, 5, 31)
    assert len(first.tables["lives"]) == 2
    assert len(first.tables["daily"]) == 60
    assert first.tables["daily"]["date"].iloc[0] == pd.Timestamp("2025-06-01")
    kpis = first.kpis.set_index("figure")["value"]
    assert 0 < kpis["fill_rate"] <= 1
    assert kpis["stock_days"] * kpis["turns"] == pytest.approx(365, rel=0.05)
    assert kpis["km"] > 0


def test_key_figures_agree_with_the_tables(first):
    kpis = first.kpis.set_index("figure")["value"]
    proposed = first.tables["order_lines"].query("status == 'proposed'")
    assert kpis["order_lines"] == len(proposed)
    assert kpis["order_value"] == pytest.approx(proposed["value_base"].sum())
    assert kpis["route_cost"] == pytest.approx(first.tables["routes"]["cost"].sum())
    daily = first.tables["daily"]
    assert kpis["stock_value"] == pytest.approx(daily["stock_value"].mean())
    assert kpis["fill_rate"] == pytest.approx(daily["served_units"].sum() / daily["demand_units"].sum(), rel=0.02)
    assert kpis["stock_value"] == pytest.approx(first.tables["rows"]["mean_stock_value"].sum())


def test_the_same_run_is_not_made_again(first, project, store):
    again = run("small", project=project, store=store)
    assert again.run_id == first.run_id
    assert all(step.reused for step in again.steps)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)


def test_open_run(first, store):
    opened = Store.open(store)
    for text in (first.run_id, first.run_id[:8], "latest", "small"):
        assert open_run(opened, text).tables["kpis"].equals(first.kpis)
    with pytest.raises(PlanError, match="nothing"):
        open_run(opened, "nothing")


@pytest.mark.parametrize(
    ("setting", "again"),
    [
        (
            "replenish.holding_share_per_year=0.3",
            dict.fromkeys(("replenish", "review", "simulate"), "replenish.holding_share_per_year"),
        ),
        ("route.iterations=21", {"route": "route.iterations"}),
        ("twin.days=20", {"simulate": "twin.days"}),
        ("forecast.origins=3", {"forecast": "forecast.origins"}),
        ("place.gap=0.01", {"place": "place.gap"}),
    ],
)
def test_only_what_depends_on_a_setting_is_made_again(first, project, store, setting, again):
    result = run("small", project=project, store=store, sets=(setting,))
    made = {step.name: step.why for step in result.steps if not step.reused}
    assert (
        set(again) <= set(made) <= set(again) | ({"replenish", "review", "simulate"} if "forecast" in again else set())
    )
    for step, part in again.items():
        assert part in made[step].removeprefix("changed: ").split(", ")
    assert {step.why for step in result.steps if step.reused} == {"inputs unchanged"}
    assert result.run_id != first.run_id


def test_a_service_level_is_the_level_at_which_forecasts_are_judged(first, project, store):
    run("small", project=project, store=store)  # the run that reasons are given against, whatever ran before
    result = run("small", project=project, store=store, sets=("replenish.service_level.A=0.96",))
    made = {step.name: step.why for step in result.steps if not step.reused}
    assert set(made) == {"forecast", "replenish", "review", "simulate"}
    assert made["forecast"] == "changed: replenish.service_level.A"
    assert "replenish.service_level.A" in made["replenish"].removeprefix("changed: ").split(", ")


def test_the_seed_goes_everywhere_and_a_title_nowhere(first, project, store):
    run("small", project=project, store=store)
    other = run("small", project=project, store=store, sets=("seed=2",))
    assert not any(step.reused for step in other.steps if step.name not in ("replenish", "review"))
    scenario = project / "scenarios" / "small.yaml"
    text = scenario.read_text()
    try:
        scenario.write_text("# a comment\n" + text.replace("Small house", "Another title"))
        assert run("small", project=project, store=store).run_id == first.run_id
    finally:
        scenario.write_text(text)


def changed_rows(tables, table: str, row: int, **cells: str):
    rows = [dict(line) for line in tables[table]]
    rows[row] |= cells
    return {**tables, table: rows}


@pytest.mark.parametrize(
    ("table", "row", "cells", "again"),
    [
        ("demand", 5, {"quantity": "99"}, {"place", "forecast", "replenish", "review", "simulate"}),
        ("actuals", 5, {"quantity": "99"}, {"simulate"}),
        ("stock", 3, {"on_hand": "77"}, {"replenish", "review", "simulate"}),
        ("deliveries", 3, {"weight_kg": "1.11"}, {"route"}),
        ("vehicles", 1, {"cost_per_km": "0.9"}, {"route"}),
        ("suppliers", 0, {"lead_time_mean_days": "8"}, {"replenish", "review", "simulate"}),
        ("items", 1, {"price": "161"}, {"forecast", "replenish", "review", "simulate"}),
        ("items", 1, {"category": "house"}, {"forecast", "replenish", "review", "simulate"}),
        ("items", 1, {"name": "Pot"}, {"replenish", "review", "simulate"}),
        ("sites", 5, {"tier": "city"}, {"place", "simulate"}),
        ("open_orders", 0, {"quantity": "96"}, {"replenish", "review", "simulate"}),
    ],
)
def test_only_what_depends_on_a_cell_is_made_again(first, tmp_path, table, row, cells, again):
    tables = small_tables()
    project = write_project(tmp_path)
    run("small", project=project, store=tmp_path / "store")
    write_project(tmp_path, changed_rows(tables, table, row, **cells))
    result = run("small", project=project, store=tmp_path / "store")
    made = {step.name for step in result.steps if not step.reused}
    assert result.run_id != first.run_id
    assert made <= again
    assert made >= again - {"simulate", "replenish", "review"} or table in ("demand", "items")
    fresh = run("small", project=project, store=tmp_path / "fresh")
    assert fresh.run_id == result.run_id
    assert files_of(fresh.path) == files_of(result.path)


SCRIPT = """
import sys
from pathlib import Path
from supplychain.service.execution import run
if __name__ == "__main__":
    result = run("small", project=Path(sys.argv[1]), store=Path(sys.argv[2]), workers=int(sys.argv[3]))
    print(result.run_id, result.path)
"""


@pytest.mark.slow
def test_same_bytes_with_another_store_hash_seed_and_number_of_workers(project, tmp_path):
    script = tmp_path / "go.py"
    script.write_text(SCRIPT)
    made = {}
    for name, seed, workers in (("one", "0", "1"), ("two", "77", "2")):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, str(script), str(project), str(tmp_path / name), workers]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        run_id, path = done.stdout.split()
        made[name] = (run_id, files_of(Path(path)))
    assert made["one"][0] == made["two"][0]
    assert len(made["one"][1]) > 15
    assert made["one"][1] == made["two"][1]


def test_a_failed_run_leaves_earlier_runs_alone(first, project, store, tmp_path, monkeypatch):
    before = {f: f.read_bytes() for f in sorted(first.path.rglob("*")) if f.is_file()}
    known = [record.run_id for record in Store.open(store).runs()]

    def fail(*_args: object, **_more: object) -> None:
        raise PlanError("broken on purpose")

    monkeypatch.setattr("supplychain.service.worker.simulate_step", fail)
    with pytest.raises(PlanError, match="on purpose"):
        run("small", project=project, store=store, sets=("twin.days=11",))
    assert [record.run_id for record in Store.open(store).runs()] == known
    assert {f: f.read_bytes() for f in sorted(first.path.rglob("*")) if f.is_file()} == before
    monkeypatch.undo()
    assert run("small", project=project, store=store, sets=("twin.days=11",)).run_id not in known


def test_bad_input_says_so_by_class(project, tmp_path):
    store = tmp_path / "store"
    with pytest.raises(UsageError) as caught:
        run("small", project=project, store=store, until="later")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError):
        run("small", project=project, store=store, workers=0)
    with pytest.raises(ScenarioError) as missing:
        run("ghost", project=project, store=store)
    assert missing.value.exit_code == 3
    with pytest.raises(ScenarioError):
        run("small", project=project, store=store, sets=("replenish.polcy=today",))
    with pytest.raises(DataError) as broken:
        run(
            "small",
            project=write_project(tmp_path / "bad", changed_rows(small_tables(), "items", 0, price="-1")),
            store=store,
        )
    assert broken.value.exit_code == 3
    assert "items.csv" in str(broken.value)
    assert "price" in str(broken.value)
    assert Store.open(store).runs() == ()


def test_a_zone_without_a_lane_degrades_the_run(tmp_path):
    tables = small_tables()
    tables["lanes"] = [line for line in tables["lanes"] if line["destination_id"] != "ZM"]
    tables["lanes"].append({**tables["lanes"][0], "origin_id": "H1", "destination_id": "ZM", "departures": "none"})
    project = write_project(tmp_path, tables)
    result = run("small", project=project, store=tmp_path / "store", until="place")
    assert len(result.degraded) == 1
    assert result.degraded[0].startswith("zone ZM is not served: ")
    assert result.problems["kind"].tolist() == ["zone without a lane"]
    with pytest.raises(DegradedError) as caught:
        run("small", project=project, store=tmp_path / "store", until="place", strict=True)
    assert caught.value.exit_code == 5


def test_until_stops_there(project, tmp_path):
    result = run("small", project=project, store=tmp_path / "store", until="validate")
    assert result.steps == ()
    assert set(result.tables) == {
        "kpis",
        "problems",
        *report_tables(build_dataset(read_tables(project / "data" / "small"))),
    }
    placed = run("small", project=project, store=tmp_path / "store", until="place")
    assert [step.name for step in placed.steps] == ["place"]
    assert placed.run_id != result.run_id


def test_the_listener_hears_steps_and_days(project, store, tmp_path):
    ear = Ear()
    result = run("small", project=project, store=tmp_path / "store", sets=("twin.days=5",), listener=ear)
    started = [said[1] for said in ear.heard if isinstance(said, tuple)]
    assert started == ["validate", *STEPS]
    finished = [said.name for said in ear.heard if isinstance(said, StepReport)]
    assert finished == started
    assert [said for said in ear.heard if isinstance(said, int)] == list(range(1, 46))
    assert all(step.seconds > 0 for step in result.steps)


def test_a_child_is_compared_with_its_parent(first, project, store):
    add_scenario(project, "child", "replenish: {policy: optimized}\n")
    child = run("child", project=project, store=store)
    assert child.parent_run is not None
    kpis = child.kpis.set_index("figure")
    parent = open_run(Store.open(store), child.parent_run).kpis.set_index("figure")
    np.testing.assert_allclose(kpis["parent"], parent["value"].reindex(kpis.index))
    np.testing.assert_allclose(kpis["delta"], kpis["value"] - kpis["parent"])
    reused = {step.name for step in child.steps if step.reused}
    assert reused == {"place", "forecast", "route"}


def test_the_comparison_follows_the_parent_not_the_order_of_runs(project, tmp_path):
    """A child made before its parent is compared as soon as the parent is there; no step is made again for that."""
    add_scenario(project, "early", "route: {iterations: 22}\n")
    store = tmp_path / "store"
    sets = ("twin.days=5",)
    alone = run("early", project=project, store=store, sets=sets)
    assert alone.parent_run is None
    parent = run("small", project=project, store=store, sets=sets)
    again = run("early", project=project, store=store, sets=sets)
    assert all(step.reused for step in again.steps)
    assert again.parent_run == parent.run_id
    assert again.kpis["delta"].notna().all()
