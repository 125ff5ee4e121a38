"""The placement benchmark reads every format and judges what it finds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.placement import main
from benchmarks.placement_instances import read_suite
from benchmarks.table import table_text

# two sites (fixed 10 and 3, room 9 and 4), three customers of 2, 3 and 1 unit; costs of the whole demand by customer
CAP = "2 3\n9 10\n4 3\n2\n4 8\n3\n6 3\n1\n5 1\n"
SINGLE = "2 3\n9 4\n10 3\n2 3 1\n4 8\n6 3\n5 1\n"
PMEDIAN = "3 3 1\n1 2 5\n2 3 4\n1 2 2\n"  # the last weight of 1-2 holds
BILDE = "FILE: B\n2 3 0\n1 10 4 6 5\n2 3 8 3 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "orlib_cap/cap1.txt": CAP,
        "holmberg/p1.txt": SINGLE,
        "orlib_pmed/pmed1.txt": PMEDIAN,
        "uflp_bildekrarup/B.txt": BILDE,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "uflp_m").mkdir()
    with gzip.open(tmp_path / "uflp_m" / "M1.txt.gz", "wt") as stream:
        stream.write(CAP)
    # both sites open: 13 + 4 + 3 + 1; one site alone: 25 (the first) or, where room is no matter, 15 (the second)
    expected = {
        "orlib_cap": {"cflp_multi_source": {"cap1": 21.0}, "uflp_capacity_ignored": {"cap1": 15.0}},
        "holmberg_single_source": {"p1": 21.0},
        "orlib_pmed": {"pmed1": 6.0},
    }
    (tmp_path / "expected.json").write_text(json.dumps(expected))
    return tmp_path


def rows_of(text: str) -> dict[tuple[str, str, str], float]:
    document = json.loads(text)
    assert document["schema_version"] == 1
    return {(row["instance"], row["method"], row["metric"]): row["value"] for row in document["rows"]}


def test_published_optima_are_met(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instances", str(folder), "--json"]) == 0
    rows = rows_of(capsys.readouterr().out)
    names = ("cap1", "cap1-uncapacitated", "p1", "pmed1")
    for name in names:
        assert rows[name, "supplychain", "gap_pct"] == pytest.approx(0.0, abs=1e-6)
    for name in (*names, "B", "M1"):
        assert rows[name, "supplychain", "proven_gap_pct"] == pytest.approx(0.0, abs=1e-4)
        assert rows[name, "supplychain", "passed"] == 1.0
    assert rows["B", "supplychain", "cost"] == pytest.approx(15.0)


def test_bound_above_the_published_optimum_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "expected.json").write_text(json.dumps({"holmberg_single_source": {"p1": 20.0}}))
    assert main(["--instances", str(folder), "--suite", "holmberg", "--json"]) == 1
    assert rows_of(capsys.readouterr().out)["p1", "supplychain", "passed"] == 0.0


def test_peers_and_written_solutions(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["--instances", str(folder), "--suite", "holmberg", "--peers", "--write", str(out)]) == 0
    table = capsys.readouterr().out
    assert "highs_plain" in table
    assert "pulp_cbc_plain" in table
    written = json.loads((out / "holmberg_p1.json").read_text())
    assert written["cost"] == pytest.approx(21.0)
    assert written["open_sites"] == [0, 1]


def test_single_source_with_the_capacity_of_the_name(folder: Path) -> None:
    expected = {"orlib_cap": {"single_source_capacity_set": {"cap1-4": 21.0}}}
    (folder / "expected.json").write_text(json.dumps(expected))
    (instance,) = read_suite(folder, "orlib_cap")
    assert instance.name == "cap1-4"
    assert instance.problem.single_source
    assert list(instance.problem.capacity) == [4.0, 4.0]


def test_spoiled_file_is_named(folder: Path) -> None:
    (folder / "holmberg" / "p1.txt").write_text("2 3\n9 4\n")
    with pytest.raises(ValueError, match=r"p1\.txt: not of the format of holmberg"):
        list(read_suite(folder, "holmberg"))


def test_seeded_instances_need_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--name", "plane_10x50_r3", "--json"]) == 0
    assert rows_of(capsys.readouterr().out)["plane_10x50_r3", "supplychain", "passed"] == 1.0


def test_empty_table_has_a_head() -> None:
    assert table_text([]).split()[:3] == ["suite", "instance", "method"]
