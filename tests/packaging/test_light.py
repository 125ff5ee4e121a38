"""Starting is quick: nothing heavy is imported before it is needed."""

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")

HEAVY = (
    "highspy",
    "numba",
    "numpy",
    "ortools",
    "pandas",
    "plotly",
    "pyarrow",
    "pydantic",
    "rich",
    "scipy",
    "sqlalchemy",
)
HELP_CPU_SECONDS = 0.6
COMMAND = Path(sys.executable).with_name("supplychain")


@pytest.mark.parametrize("module", ["supplychain", "supplychain.__main__", "supplychain.cli", "supplychain.cli.app"])
def test_importing_is_light(module, tmp_path, succeed):
    code = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(list(sys.modules)))"
    loaded = json.loads(succeed(sys.executable, "-c", code, module, folder=tmp_path).out)
    assert module in loaded
    assert sorted(set(loaded) & set(HEAVY)) == []


def test_the_package_is_a_command(tmp_path, succeed):
    as_module = succeed(sys.executable, "-m", "supplychain", "--version", folder=tmp_path)
    assert as_module.out == succeed(COMMAND, "--version", folder=tmp_path).out


def test_help_is_quick(tmp_path, succeed):
    best = min(succeed(COMMAND, "--help", folder=tmp_path).cpu_seconds for _ in range(3))
    assert best < HELP_CPU_SECONDS


def test_the_launcher_of_a_checkout_is_the_command(root, tmp_path, succeed):
    launched = succeed(sys.executable, root / "cli.py", "--version", folder=tmp_path)
    assert launched.out == succeed(COMMAND, "--version", folder=tmp_path).out
    assert len((root / "cli.py").read_text(encoding="utf-8").splitlines()) <= 10
