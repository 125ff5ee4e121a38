"""A project with two stored runs, made once, and a way to call commands inside this process."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain import service
from supplychain.cli.app import _run
from tests.cli.small_shop import write_project

NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What a command gave."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Stdout as JSON; nothing else may be there."""
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema_version"] == 1
        return document


Call = Callable[..., Answer]


@pytest.fixture(scope="session")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after `run small_today` and `run small_better`."""
    folder = write_project(tmp_path_factory.mktemp("shop"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("small_today", "small_better"):
            service.run(name, now=NOON)
    return folder


@pytest.fixture
def project(made_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project that a test may change; it is the working folder."""
    folder = tmp_path / "shop"
    shutil.copytree(made_project, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call a command as the shell would, in the working folder."""

    def run(*words: str | Path) -> Answer:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["supplychain", *map(str, words)])
        code = _run()
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return run
