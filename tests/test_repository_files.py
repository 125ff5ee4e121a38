"""Tracked files: small, free of places of one machine, of secrets and of what git ignores."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LARGEST_BYTES = 5_000_000

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None, reason="not a git checkout: no list of tracked files"
)

FORBIDDEN = {
    "an absolute place of one machine": re.compile(r"(?<![\w.~:/-])/(?:home|root|Users|work|mnt|tmp)/[\w.]"),
    "a folder beside the checkout": re.compile(r"\.\./shared\b"),
    "a package index": re.compile(r"https?://[\w.-]*(?:pypi|registry|artifactory|nexus)[\w.-]*|--(?:extra-)?index-url"),
    "a private key or token": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_\w{30,}|\bAKIA[0-9A-Z]{16}\b"),
    "a conflict marker": re.compile(r"^(?:<{7}|>{7}) ", flags=re.MULTILINE),
}


@cache
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).exists()]


def text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_tracked_files_do_not_hold(what):
    pattern = FORBIDDEN[what]
    assert [f"{p.relative_to(ROOT)}: {m.group()}" for p in tracked() if (m := pattern.search(text_of(p)))] == []


def test_the_patterns_see_what_they_forbid():
    home = "/" + "home"
    samples = (f"open('{home}/me/x')", "see .." + "/shared/x", "https://" + "pypi.org/simple", "AKIA" + "A" * 16)
    for sample in samples:
        assert any(pattern.search(sample) for pattern in FORBIDDEN.values()), sample
    for harmless in ("a/b/home/x", "https://example.org/tmp/x", "~/tmp/x", "/ rooted", "n/work/day"):
        assert not any(pattern.search(harmless) for pattern in FORBIDDEN.values()), harmless


def test_no_tracked_file_is_large():
    assert [str(p.relative_to(ROOT)) for p in tracked() if p.stat().st_size > LARGEST_BYTES] == []


def test_nothing_tracked_is_ignored():
    done = subprocess.run(
        ["git", "ls-files", "-i", "-c", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_data_and_scenarios_hold_no_code():
    held = [p for p in tracked() if p.relative_to(ROOT).parts[0] in {"data", "scenarios"}]
    assert held
    assert [p.name for p in held if p.suffix in {".py", ".ipynb", ".sh", ".pkl", ".pickle"}] == []
    assert [p.name for p in held if p.parent == ROOT / "scenarios" and p.suffix != ".yaml"] == []


def test_text_ends_with_one_newline_and_has_unix_line_ends():
    plain = {".py", ".md", ".csv", ".yaml", ".yml", ".toml", ".txt", ".json", ""}
    texts = {p: text_of(p) for p in tracked() if p.suffix in plain}
    assert [str(p.relative_to(ROOT)) for p, t in texts.items() if "\r" in t] == []
    assert [
        str(p.relative_to(ROOT)) for p, t in texts.items() if t and (not t.endswith("\n") or t.endswith("\n\n"))
    ] == []


def test_constraints_pin_names_and_versions_only():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[0-9][\w.+!]*", line)] == []
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0])


def test_constraints_pin_every_requirement_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.match(r"[\w.-]+", one).group().lower().replace("_", "-").replace(".", "-") for one in wanted}
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    assert names - pinned == set()
