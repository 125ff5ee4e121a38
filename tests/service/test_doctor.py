"""What the doctor calls a fault, and what it only tells."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as real_version
from pathlib import Path

import pytest

from supplychain.service import check_house


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    def version(name: str) -> str:
        if name in names:
            raise PackageNotFoundError(name)
        return real_version(name)

    monkeypatch.setattr("supplychain.service.doctor.version", version)


def test_a_missing_extra_is_told_and_a_missing_library_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "mypy", "ruff", "pyvrp")
    checks = {check.subject: check for check in check_house(tmp_path)}
    extra, library = checks["extra dev"], checks["pyvrp"]
    assert (extra.ok, extra.fix) == (None, "")
    assert extra.detail == ("optional, not installed (mypy, ruff); pip install 'supplychain-toolkit[dev]' adds it")
    assert (library.ok, library.detail, library.fix) == (False, "missing", "pip install pyvrp")
    assert "mypy" not in checks
