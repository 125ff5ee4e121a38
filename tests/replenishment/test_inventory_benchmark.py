"""The suites speed and lot_sizing of the benchmark of replenishment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.inventory import peer_environment, speed_classic, speed_model
from benchmarks.inventory.__main__ import main
from benchmarks.inventory.lot_instances import read_instances, seeded_instances

# period 2 has no room for both items, so the second is made once: setups 2 * 50 + 9, and 9 units held at 1
SMALL = {
    "items": 2,
    "periods": 2,
    "capacity_per_period": 30.0,
    "unit_time": [1.0, 1.0],
    "setup_time": [5.0, 2.0],
    "setup_cost": [50.0, 9.0],
    "holding_cost": [2.0, 1.0],
    "demand": [[10, 16], [4, 9]],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clsp_instances.json").write_text(json.dumps({"small": SMALL, "unknown": SMALL}))
    (tmp_path / "clsp_expected.csv").write_text("instance,best_known,lower_bound,proven\nsmall,118.0,118.0,1\n")
    return tmp_path


def rows_of(text: str) -> dict[tuple[str, str, str], float]:
    document = json.loads(text)
    return {(row["instance"], row["method"], row["metric"]): row["value"] for row in document["rows"]}


def test_costs_are_held_against_the_expected_ones(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--instances", str(folder), "--suite", "lot_sizing", "--seconds", "2", "--peers", "--json"]
    assert main([*arguments, "--write", str(folder / "out")]) == 0
    rows = rows_of(capsys.readouterr().out)
    for method in ("supplychain", "highs_plain"):
        assert rows["small", method, "cost"] == pytest.approx(rows["unknown", method, "cost"])
        assert rows["small", method, "gap_pct"] == pytest.approx(0.0, abs=1e-4)
        assert rows["worst", method, "proven_gap_pct"] == pytest.approx(0.0, abs=1e-4)
    assert ("unknown", "supplychain", "gap_pct") not in rows
    assert rows["small", "supplychain", "passed"] == rows["unknown", "supplychain", "passed"] == 1.0
    written = json.loads((folder / "out" / "lot_sizing_small.json").read_text())
    assert written["cost"] == pytest.approx(rows["small", "supplychain", "cost"])
    assert np.sum(written["quantity"]) == pytest.approx(39.0)


def test_a_cost_below_the_published_bound_does_not_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "clsp_expected.csv").write_text("instance,best_known,lower_bound\nsmall,500.0,400.0\n")
    assert main(["--instances", str(folder), "--suite", "lot_sizing", "--name", "small", "--json"]) == 1
    assert rows_of(capsys.readouterr().out)["small", "supplychain", "passed"] == 0.0


def test_missing_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--instances", str(tmp_path), "--suite", "lot_sizing"])
    assert ended.value.code == 2
    assert "clsp_expected.csv" in capsys.readouterr().err


def test_a_spoiled_instance_is_named(folder: Path) -> None:
    (folder / "clsp_instances.json").write_text(json.dumps({"bad": SMALL | {"setup_time": [1.0, 2.0, 3.0]}}))
    with pytest.raises(ValueError, match=r"clsp_instances\.json: bad: not of the format: .*setup_time"):
        list(read_instances(folder))


def test_seeded_instances_depend_on_their_seed_alone() -> None:
    first, again, other = (next(iter(seeded_instances(seed))).problem.demand for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


def test_speed_needs_no_folder(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(speed_model, "ITEMS", 20)
    monkeypatch.setattr(speed_classic, "REPEATS", 1)
    assert main(["--suite", "speed", "--json"]) == 0
    rows = rows_of(capsys.readouterr().out)
    for name in ("s_S_poisson", "wagner_whitin_52", "wagner_whitin_365"):
        assert rows[name, "supplychain", "ms_per_sku"] > 0.0
    assert rows["model_200k_variables", "supplychain", "passed"] == 1.0


def test_a_peer_answers_from_its_own_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "peer.py"
    script.write_text(
        "import json, sys\nprint('noise')\nprint(json.dumps({'sum': sum(json.load(sys.stdin)['rows'])}))\n"
    )
    monkeypatch.setattr(peer_environment, "peer_python", lambda: Path(sys.executable))
    monkeypatch.setattr(peer_environment, "SCRIPTS", {"made_up": script})
    assert peer_environment.ask_peer("made_up", {"rows": [1, 2]}) == {"sum": 3}


def test_peers_that_are_there_are_not_installed_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "installed.json").write_text(json.dumps(peer_environment.REQUIREMENTS))
    monkeypatch.setenv(peer_environment.FOLDER_VARIABLE, str(tmp_path))
    assert peer_environment.peer_python().parent.parent == tmp_path


@pytest.mark.parametrize("agree", [True, False])
def test_a_peer_that_disagrees_is_told(
    agree: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fake(name: str, question: dict) -> dict:
        costs = speed_classic.solve_wagner_whitin(question["rows"], question["fixed_cost"], holding_cost=1.0).cost
        return {"cost": (costs * (1.0 if agree else 1.001)).tolist(), "cpu_seconds": 0.5}

    monkeypatch.setattr(speed_classic, "ask_peer", fake)
    monkeypatch.setattr(speed_classic, "REPEATS", 1)
    ended = main(["--suite", "speed", "--name", "wagner_whitin_52", "--peers", "--json"])
    rows = rows_of(capsys.readouterr().out)
    assert rows["wagner_whitin_52", "stockpyl", "ms_per_sku"] == pytest.approx(100.0)
    assert (rows["wagner_whitin_52", "supplychain", "passed"], ended) == ((1.0, 0) if agree else (0.0, 1))
