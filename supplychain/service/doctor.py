"""Looks whether everything that runs need is there and works; shows no secrets and no environment."""

from __future__ import annotations

import locale
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from supplychain.datasets import bundled_names
from supplychain.errors import SupplyChainError
from supplychain.handover.solver_check import SOLVERS, check_solver
from supplychain.scenario import list_scenarios
from supplychain.store import Store

__all__ = ["Check", "check_house"]

_DISTRIBUTION = "supplychain-toolkit"
_OLDEST = (3, 11)
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One look: ``ok`` is None for what is only told, such as an extra that is not installed."""

    subject: str
    ok: bool | None
    detail: str
    fix: str = ""


def check_house(store: Path) -> tuple[Check, ...]:
    """Python, libraries, solvers, store, bundled files and terminal; nothing is left behind."""
    return (*_python(), *_libraries(), *_solvers(), *_store(store), *_bundled(), _terminal())


def _python() -> Iterator[Check]:
    ok = sys.version_info[:2] >= _OLDEST
    yield Check("python", ok, f"{platform.python_version()} on {platform.system()} {platform.machine()}", "use 3.11")


def _libraries() -> Iterator[Check]:
    try:
        wanted = requires(_DISTRIBUTION) or []
    except PackageNotFoundError:
        yield Check(_DISTRIBUTION, False, "not installed, only on the path", "pip install supplychain-toolkit")
        return
    yield Check(_DISTRIBUTION, True, version(_DISTRIBUTION))
    extras: dict[str, list[str]] = {}
    for line in sorted(wanted, key=str.lower):
        name, extra = _name_of(line)
        if extra:
            extras.setdefault(extra, []).append(name)
        else:
            found = _version(name)
            yield Check(name, found is not None, found or "missing", f"pip install {name}")
    for extra, names in sorted(extras.items()):
        yield _extra(extra, names)


def _extra(extra: str, names: Sequence[str]) -> Check:
    """One line for each extra: runs do not need it, so nothing is to be fixed where it is absent."""
    missing = [name for name in names if _version(name) is None]
    if not missing:
        return Check(f"extra {extra}", True, ", ".join(f"{name} {_version(name)}" for name in names))
    adds = f"pip install '{_DISTRIBUTION}[{extra}]' adds it"
    return Check(f"extra {extra}", None, f"optional, not installed ({', '.join(missing)}); {adds}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _name_of(line: str) -> tuple[str, str]:
    """Distribution and extra of a requirement such as ``x>=1; extra == 'dev'``."""
    name, _, marker = line.partition(";")
    for mark in "<>=!~[ (":
        name = name.partition(mark)[0]
    extra = marker.partition("extra ==")[2].strip().strip("'\"") if "extra ==" in marker else ""
    return name.strip(), extra


def _solvers() -> Iterator[Check]:
    for name in SOLVERS:
        try:
            wrong = check_solver(name)
        except Exception as error:  # noqa: BLE001 - whatever a broken solver raises is the finding
            wrong = f"{type(error).__name__}: {error}"
        yield Check(f"solver {name}", not wrong, wrong or "gives the known answer", "reinstall it" if wrong else "")


def _store(root: Path) -> Iterator[Check]:
    """Whether the store can be written, tried beside it where it does not exist yet; its runs, and its order book."""
    place = root
    while not place.is_dir() and place != place.parent:
        place = place.parent
    try:
        with tempfile.NamedTemporaryFile(dir=place):
            pass
        if not Store.is_at(root):
            yield Check("store", True, f"{root}: not there yet, can be made")
            return
        store = Store.open(root, create=False)
        runs, tampered = store.runs(), store.orders.verify_chain()
    except OSError as error:
        yield Check("store", False, f"{root}: {error.strerror}", "choose another folder with --store")
        return
    except SupplyChainError as error:
        fix = "as it says" if error.problems else "choose another folder with --store"
        yield Check("store", False, f"{root}: {error}", fix)
        return
    yield Check("store", True, f"{root}: {len(runs)} runs, can be written")
    damaged = [f"{run.run_id} ({run.label})" for run in runs if store.damage(run.run_id)]
    if damaged:
        yield Check("runs", False, f"damaged: {', '.join(damaged)}", "run their scenarios again, or `runs clean`")
    if unknown := store.unknown_runs():
        detail = f"not known to the plan database: {', '.join(unknown)}"
        yield Check("runs", False, detail, "run their scenarios again, or `runs clean --unknown`")
    detail = "; ".join(str(problem) for problem in tampered[:_TOLD]) + ("; ..." if len(tampered) > _TOLD else "")
    fix = "restore the plan database from a copy made before the change" if tampered else ""
    yield Check("order book", not tampered, detail or "its events are as they were written", fix)


def _bundled() -> Iterator[Check]:
    names = bundled_names()
    yield Check("bundled data", bool(names), ", ".join(names) or "none", "reinstall supplychain-toolkit")
    entries = list_scenarios()
    broken = [entry.name for entry in entries if entry.problem]
    detail = ", ".join(entry.name for entry in entries) if not broken else f"broken: {', '.join(broken)}"
    yield Check("bundled scenarios", bool(entries) and not broken, detail, "reinstall supplychain-toolkit")


def _terminal() -> Check:
    encoding = (getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False)).lower()
    ok = encoding.replace("-", "") == "utf8"
    return Check("terminal", True if ok else None, f"encoding {encoding}", "" if ok else "set PYTHONUTF8=1")
