"""Suggested commands can be pasted as they are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from supplychain.cli.suggest import suggest


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
