"""Suggested commands can be pasted as they are."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from supplychain.cli.suggest import of_run, suggest
from supplychain.service import RunResult


def called_as(monkeypatch: pytest.MonkeyPatch, program: Path | str, path: str = "") -> None:
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", path)


def test_a_program_on_the_path_is_named_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "supplychain"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    called_as(monkeypatch, program, str(tmp_path))
    assert suggest("plan", "show") == "supplychain plan show"


def test_a_program_off_the_path_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / ".venv" / "bin" / "supplychain"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.chdir(tmp_path)
    called_as(monkeypatch, program)
    assert suggest("plan", "show") == ".venv/bin/supplychain plan show"


def test_words_are_quoted_and_another_store_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    called_as(monkeypatch, "cli.py")
    assert suggest("plan", "explain", "A 1", store=Path("my store")) == (
        "python cli.py plan explain 'A 1' --store 'my store'"
    )


def test_commands_about_a_run_name_the_run_the_store_and_its_data(monkeypatch: pytest.MonkeyPatch) -> None:
    called_as(monkeypatch, "python")
    plain = RunResult("ab12", "small", "Small", (), date(2025, 5, 30), "replenish", (), {})
    shell = of_run(plain, store=Path("else where"))
    named = "--store 'else where'"
    assert shell("plan explain A DC").endswith(f"plan explain A DC --run ab12 {named}")
    assert shell("plan exceptions --kind stock_out").endswith(f"plan exceptions ab12 --kind stock_out {named}")
    assert shell("validate").endswith(" validate small")
    asked = replace(plain, variant="seed=2, as_of=2025-05-01, data=my data", manifest={"sets": ["seed=2"]})
    words = shlex.split(of_run(asked, store=Path("store"))("validate"))
    assert words[1:] == ["validate", "small", "--set=seed=2", "--as-of", "2025-05-01", "--data", "my data"]
