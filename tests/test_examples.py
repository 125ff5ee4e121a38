"""The examples of a nightly run work: the script for real, the schedules by their grammar."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cli.small_shop import write_project, write_shop

BIN = Path(sys.executable).parent


@pytest.fixture
def examples(root):
    return root / "examples"


def nightly(examples, *words):
    env = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    return subprocess.run(
        [examples / "nightly.sh", *map(str, words)], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_nightly_script_plans_a_project(examples, tmp_path):
    project = write_project(tmp_path / "shop")
    done = nightly(examples, project, "small_better", "--until", "replenish")
    assert done.returncode == 5  # strict: a zone on an island cannot be served
    assert "ISLE" in done.stderr
    write_shop(project / "data" / "small_shop", island=False)
    done = nightly(examples, project, "small_better", "--until", "replenish")
    assert done.returncode == 0, done.stderr
    assert "Proposed order value" in done.stdout
    assert len(list((project / ".supplychain" / "runs").iterdir())) == 2


def test_the_nightly_script_stops_at_bad_data(examples, tmp_path):
    project = write_project(tmp_path / "shop")
    (project / "data" / "small_shop" / "items.csv").write_text("item_id\n1\n", encoding="utf-8")
    done = nightly(examples, project, "small_better")
    assert done.returncode == 3
    assert "items.csv" in done.stderr
    assert not list((project / ".supplychain").glob("runs/*"))


def test_the_nightly_script_wants_a_project_and_a_scenario(examples):
    assert nightly(examples).returncode != 0


def test_the_index_of_the_examples_names_every_file(examples):
    text = (examples / "README.md").read_text(encoding="utf-8")
    assert [file.name for file in examples.iterdir() if f"({file.name})" not in text and file.name != "README.md"] == []


def test_the_crontab_has_settings_and_five_fields_before_each_command(examples):
    lines = (examples / "crontab").read_text(encoding="utf-8").splitlines()
    rest = [line for line in lines if line and not line.startswith("#") and not re.match(r"[A-Z]+=", line)]
    assert rest
    for line in rest:
        assert re.match(r"(?:(?:\*|\d+)(?:/\d+)? +){5}flock ", line), line
        assert "%" not in line  # cron reads it as a new line


def test_the_units_of_systemd_name_each_other(examples):
    parsed = {}
    for kind in ("service", "timer"):
        parser = configparser.ConfigParser(strict=True, interpolation=None)
        parser.optionxform = str
        parser.read(examples / f"supplychain.{kind}", encoding="utf-8")
        parsed[kind] = parser
    assert parsed["service"]["Service"]["Type"] == "oneshot"
    assert "/nightly.sh " in parsed["service"]["Service"]["ExecStart"]
    assert parsed["timer"]["Timer"]["Persistent"] == "true"
    assert parsed["timer"]["Install"]["WantedBy"] == "timers.target"


def test_the_workflow_calls_targets_and_files_that_exist(examples, root):
    workflow = YAML(typ="safe", pure=True).load((examples / "workflow.yaml").read_text(encoding="utf-8"))
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {word for step in steps for word in re.findall(r"^make (\S+)", step)} <= targets
    for step in steps:
        for script in re.findall(r"\S+\.sh\b", step):
            assert (root / script).is_file()
