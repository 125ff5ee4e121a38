import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import supplychain
from supplychain.cli.page import commands_page, walk

ROOT = Path(__file__).parents[2]


def test_the_command_reference_is_current():
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == commands_page(), (
        "run: python -m supplychain.cli.page docs/commands.md"
    )


@pytest.mark.parametrize(("path", "command"), list(walk()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_and_option_has_help(path, command):
    assert command.help
    assert command.help.strip().split("\n")[0].endswith(".")
    for parameter in command.params:
        assert parameter.help, f"{path} {parameter.name}"


def test_every_command_of_this_release_is_there():
    names = {path.removeprefix("supplychain ") for path, command in walk() if not hasattr(command, "commands")}
    wanted = {
        "": "run demo init validate doctor report",
        "scenario ": "ls show plan compare",
        "runs ": "ls show compare clean",
        "forecast ": "show explain overrides backtest components",
        "plan ": "ls show suppliers explain exceptions actions cash approve diff export",
        "route ": "show judge",
        "place ": "show",
        "data ": "build map template calibrate",
    }
    assert names == {group + name for group, words in wanted.items() for name in words.split()}


def test_help_is_quick_and_imports_nothing_heavy():
    code = (
        "import sys, supplychain.cli.app as a\n"
        "sys.argv = ['supplychain', '--help']\n"
        "assert a._run() == 0\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'rich', 'numba', 'sqlalchemy', 'pyarrow'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert "plan" in done.stdout
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.6


def test_importing_supplychain_is_light_and_offers_run():
    code = "import sys, supplychain\nassert 'pandas' not in sys.modules\n"
    code += "supplychain.run, supplychain.compare, supplychain.backtest\n"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert supplychain.__all__ == sorted(supplychain.__all__)
    assert set(supplychain.__all__) <= set(dir(supplychain))
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = supplychain.nothing_like_it


def test_the_shell_sees_exit_codes_and_messages():
    command = [sys.executable, str(ROOT / "cli.py"), "run", "baselin"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 3
    assert done.stdout == ""
    assert "did you mean baseline?" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("words", [["nope"], ["run"], ["plan", "show", "--nope"], ["run", "baseline", "--until", "x"]])
def test_wrong_use_is_code_2(call, words):
    answer = call(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err


def test_version(call):
    answer = call("--version")
    assert (answer.code, answer.out) == (0, f"supplychain {supplychain.__version__}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/full there")
def test_a_reader_that_has_enough_is_no_failure_and_a_full_disk_is_one() -> None:
    command = [sys.executable, str(ROOT / "cli.py"), "scenario", "ls"]
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (1, "error: the output cannot be written: No space left on device\n")
