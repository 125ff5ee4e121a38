"""The wheel in an environment without the tools of development, run from a folder that is not the checkout."""

import json

import pytest

from supplychain import __version__

pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.slow]

TOOLS = ("build", "hatchling", "hypothesis", "importlinter", "mypy", "playwright", "pytest", "ruff")
OURS = ["compilation", "forecasts", "solvers", "supplychain"]


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def answer(installed, code, *words, folder, succeed):
    return json.loads(succeed(installed.python, "-I", "-c", code, *words, folder=folder).out)


def test_no_tool_of_development_is_needed(installed, elsewhere, succeed):
    code = "import importlib.util as u, json, sys; print(json.dumps([n for n in sys.argv[1:] if u.find_spec(n)]))"
    assert answer(installed, code, *TOOLS, *OURS, folder=elsewhere, succeed=succeed) == OURS


def test_our_top_level_modules_are_four_and_no_stray(installed, elsewhere, succeed):
    code = "import importlib.metadata as m, json; print(json.dumps(m.packages_distributions()))"
    found = answer(installed, code, folder=elsewhere, succeed=succeed)
    assert sorted(name for name, owners in found.items() if "supplychain-toolkit" in owners) == OURS


def test_every_module_imports_without_the_tools_of_development(installed, elsewhere, succeed):
    code = (
        "import importlib, pkgutil\n"
        "for package in ('compilation', 'forecasts', 'solvers', 'supplychain'):\n"
        "    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, package + '.'):\n"
        "        if '.migrations.' not in found.name: importlib.import_module(found.name)\n"
    )
    succeed(installed.python, "-I", "-W", "error::SyntaxWarning", "-c", code, folder=elsewhere)
    assert list(elsewhere.iterdir()) == []  # importing writes nothing


def test_help_version_and_scenarios(installed, elsewhere, succeed):
    assert "scenario" in succeed(installed.command, "--help", folder=elsewhere).out
    assert succeed(installed.command, "--version", folder=elsewhere).out == f"supplychain {__version__}\n"
    listed = succeed(installed.command, "scenario", "ls", folder=elsewhere).out
    assert "baseline" in listed
    assert "BROKEN" not in listed


def test_a_run_until_place(installed, elsewhere, succeed):
    first = succeed(installed.command, "run", "baseline", "--until", "place", folder=elsewhere)
    assert "Open DCs" in first.out
    assert {path.name for path in elsewhere.iterdir()} == {".supplychain"}
    again = succeed(installed.command, "run", "baseline", "--until", "place", folder=elsewhere)
    assert again.out == first.out


def test_a_full_run_writes_its_report(installed, elsewhere, succeed):
    twin = "twin: {replications: 2, days: 60}"
    (elsewhere / "short.yaml").write_text(
        f"scenario: 1\nname: short\ntitle: Two short lives\nextends: baseline\n{twin}\n"
    )
    done = succeed(installed.command, "run", "short.yaml", folder=elsewhere)
    assert "Stock days" in done.out
    assert succeed(installed.command, "report", "short", folder=elsewhere).out
    assert list(elsewhere.rglob("*.html"))
