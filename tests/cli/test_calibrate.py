"""`data calibrate` on a small project: what it fits, says and writes, and that the file does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.service.calibration import FITTED
from supplychain.tables import read_tables
from tests.small_house import add_scenario, write_project

SHOCKS = """\
scenario: 1
shocks:
  - name: hands_short
    title: The hub ships a tenth of what it can
    during: 2025-06-20..2025-07-10
    changes:
      - {set: world.throughput, where: {kind: hub}, multiply: 0.1}
"""
WORDS = ("data", "calibrate", "data/small", "--scenario", "small", "--lives", "4", "--workers", "1", "-q", "--json")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    (tmp_path / "scenarios" / "shocks.yaml").write_text(SHOCKS, encoding="utf-8")
    add_scenario(tmp_path, "crisis", "shocks: [hands_short]\nreplenish: {policy: optimized}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_constants_are_fitted_written_and_meet_their_targets_when_read_back(house: Path, call) -> None:
    answer = call(*WORDS, "--rounds", "3", "--crisis", "crisis", "--to", "data/small/calibrated.csv")
    assert answer.code == 0, answer.err
    found = answer.json()
    knobs = {row["constant"]: row for row in found["fitted"]}
    assert list(knobs) == [knob.constant for knob in FITTED]
    for knob in FITTED:
        row = knobs[knob.constant]
        at_an_end = row["value"] in (knob.low, knob.high)
        assert row["reached"] == pytest.approx(row["target"], rel=0.02) or at_an_end, row
    checks = {row["figure"]: row for row in found["checks"]}
    usual, crisis = checks["late_rate.worst_week"]["value"], checks["late_rate.worst_week in crisis"]
    assert crisis["target"] == 0.278
    assert crisis["value"] > usual

    frame = read_tables(house / "data" / "small").frames["constants"].set_index("name")
    for name, row in knobs.items():
        assert frame.loc[name, "value"] == pytest.approx(row["value"], rel=1e-5)
        assert frame.loc[name, "fitted"]
    again = {row["constant"]: row for row in call(*WORDS, "--rounds", "1").json()["fitted"]}
    for name, row in knobs.items():
        assert again[name]["reached"] == pytest.approx(row["reached"], rel=0.02), name


def test_an_unknown_scenario_and_a_missing_folder_are_named(house: Path, call) -> None:
    answer = call("data", "calibrate", "data/small", "--scenario", "smal", "-q")
    assert answer.code == 3
    assert "'smal'" in answer.err
    assert "small" in answer.err
    answer = call(*WORDS, "--to", "nowhere/calibrated.csv")
    assert answer.code == 2
    assert "nowhere/calibrated.csv" in answer.err
