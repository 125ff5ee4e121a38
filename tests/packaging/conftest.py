"""The distribution built once, and the wheel installed in an environment without the tools of development."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
PRIVATE = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SUPPLYCHAIN_STORE")


@dataclass(frozen=True)
class Finished:
    """A finished child: its exit code, its output and the CPU seconds that it used."""

    code: int
    out: str
    err: str
    cpu_seconds: float


def call(*command: str | Path, folder: Path) -> Finished:
    """Run a command in a folder, without the paths of this checkout in its environment."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    kept = {name: value for name, value in os.environ.items() if name not in PRIVATE}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Finished(done.returncode, done.stdout, done.stderr, used)


def succeed(*command: str | Path, folder: Path) -> Finished:
    done = call(*command, folder=folder)
    assert done.code == 0, f"{command}: exit code {done.code}\n{done.out}\n{done.err}"
    return done


@pytest.fixture(scope="session", name="succeed")
def _succeed():
    return succeed


@dataclass(frozen=True)
class Distribution:
    """A source distribution and the wheel built from it."""

    wheel: Path
    source: Path


@pytest.fixture(scope="session")
def distribution(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """The source distribution, and the wheel that is built from it."""
    target = tmp_path_factory.mktemp("dist")
    succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, root, folder=target)
    (wheel,), (source,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return Distribution(wheel, source)


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def command(self) -> Path:
        return self.folder / "bin" / "supplychain"


@pytest.fixture(scope="session")
def installed(root: Path, distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel installed as a user would, with the versions of ``constraints.txt``."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    succeed(BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder, folder=folder.parent)
    succeed(
        *(BIN / "uv", "pip", "install", "--quiet", "--python", folder / "bin" / "python"),
        *("--constraint", root / "constraints.txt", distribution.wheel),
        folder=folder.parent,
    )
    return Installed(folder)
