"""Which run a name means, and how runs of the same scenario are told apart."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.small_shop import write_shop

pytestmark = pytest.mark.xdist_group("small_shop")

WHAT_IF = ("--set", "replenish.review_days=3", "--set", "twin.replications=2", "--until", "replenish")
VARIANT = "replenish.review_days=3"


def run_of(call: Call, *words: str) -> str:
    return str(call("run", *words, "--workers", "1", "-q", "--json").json()["run"])


def test_a_what_if_names_what_was_set_and_leaves_the_plain_run_its_name(project: Path, call: Call) -> None:
    plain = call("runs", "show", "small_today", "--json").json()["run"]
    text = call("run", "small_today", *WHAT_IF, "--workers", "1", "-q").out
    what_if = call("runs", "show", "latest", "--json").json()["run"]
    assert text.startswith(f"small_today [{VARIANT}]: ")  # a --set that repeats the file changes nothing
    assert f"supplychain runs compare {plain} {what_if}\n" in text
    assert call("plan", "show", "small_today", "--json").json()["run"] == plain
    for words in (("runs", "show"), ("plan", "show"), ("forecast", "show"), ("place", "show")):
        assert f"small_today [{VARIANT}]" in call(*words, what_if).out.splitlines()[0]
        assert VARIANT not in call(*words, plain).out.splitlines()[0]
    for group in ("runs", "plan"):
        rows = call(group, "ls", "--json").json()["runs" if group == "runs" else "plans"]
        assert {row["run"]: row["variant"] for row in rows}[what_if] == VARIANT
        assert sum(row["variant"] == "" for row in rows) == 2
    assert call("report", what_if, "--to", "what_if.html").code == 0
    assert f"[{VARIANT}]</h1>" in Path("what_if.html").read_text(encoding="utf-8")


def test_columns_of_runs_of_one_scenario_differ(project: Path, call: Call) -> None:
    what_if = run_of(call, "small_today", *WHAT_IF)
    answer = call("runs", "compare", "small_today", what_if)
    names = [run["name"] for run in call("runs", "compare", "small_today", what_if, "--json").json()["runs"]]
    assert len(set(names)) == 2
    assert f"{names[1]}: small_today [{VARIANT}]" in answer.out
    header = next(line for line in answer.out.splitlines() if line.startswith("figure"))
    assert all(name in header for name in names)


def test_a_scenario_that_was_only_varied_lists_its_variants(project: Path, call: Call) -> None:
    ids = [
        run_of(call, "small_today", "--store", "other", "--until", "place", *words)
        for words in (("--set", "seed=5"), ("--as-of", "2025-05-30", "--data", "data/small_shop"))
    ]
    answer = call("runs", "show", "small_today", "--store", "other")
    assert answer.code == 3
    assert f"{ids[0]} (small_today [seed=5])" in answer.err
    assert f"{ids[1]} (small_today [as_of=2025-05-30, data=small_shop])" in answer.err
    assert call("runs", "show", "latest", "--store", "other", "--json").json()["run"] == ids[1]


def test_a_run_asked_for_again_plainly_is_plain_and_the_latest(project: Path, call: Call) -> None:
    varied = run_of(call, "small_today", "--store", "other", "--until", "place", "--as-of", "2025-05-30")
    other = run_of(call, "small_better", "--store", "other", "--until", "place")
    assert call("runs", "ls", "--store", "other", "--json").json()["runs"][0]["run"] == other
    assert run_of(call, "small_today", "--store", "other", "--until", "place") == varied  # the set's own day
    first = call("runs", "ls", "--store", "other", "--json").json()["runs"][0]
    assert (first["run"], first["variant"]) == (varied, "")


def test_a_what_if_never_takes_the_place_of_the_plan_in_the_order_book(project: Path, call: Call) -> None:
    from supplychain.store import Store

    plain = run_of(call, "small_today")
    lines = Store.open(Path(".supplychain")).orders
    before = lines.lines(run_id=plain)["status"].tolist()
    what_if = run_of(call, "small_today", *WHAT_IF)
    assert lines.lines(run_id=plain)["status"].tolist() == before
    assert run_of(call, "small_today") == plain
    assert lines.lines(run_id=plain)["status"].tolist() == before
    assert "superseded" not in set(lines.lines(run_id=what_if)["status"])
    number = lines.lines(run_id=plain)["order_id"].iloc[0]
    done = call("plan", "approve", number, "--who", "Ann", "--checked-by", "Bo", "--run", "small_today")
    assert done.code == 0, done.err
    assert lines.verify_chain() == ()


def name_own_data(folder: Path) -> None:
    """As the new scenario says; a run of the bundled example would take minutes."""
    write_shop(folder / "data" / "small_shop")
    scenario = folder / "scenarios" / "my_scenario.yaml"
    text = scenario.read_text(encoding="utf-8")
    assert text.count("# data: data/template.xlsx") == 1
    scenario.write_text(text.replace("# data: data/template.xlsx", "data: data/small_shop"), encoding="utf-8")


def test_every_suggested_command_works_as_it_is_printed(project: Path, call: Call) -> None:
    shown = [
        call("run", "small_better", "--workers", "1", "-q"),
        call("run", "small_better", "--set", "seed=5", "--until", "place", "--workers", "1", "-q"),
        call("scenario", "compare", "small_today", "small_better", "--workers", "1", "-q"),
        call("init", "my folder"),
        call("data", "template", "my template.xlsx"),
    ]
    name_own_data(Path("my folder"))
    for answer in shown:
        assert answer.code == 0, answer.err
        suggested = re.findall(r"^(?:next:|     ) supplychain (.*)$", answer.out, re.MULTILINE)
        assert suggested
        for line in suggested:
            after = call(*shlex.split(line))
            assert after.code == 0, (line, after.err)
