"""Kernels kept on disk: found again, never wrong, never needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import numba
import numpy as np
import pytest
from filelock import FileLock
from numba.core import event

from compilation import kernel_cache
from compilation.loops import compile_loop

PACKAGE = Path(__file__).parent


class Compilations(event.Listener):
    def __init__(self):
        self.count = 0

    def on_start(self, _):
        self.count += 1

    def on_end(self, _):
        pass


@pytest.fixture
def compilations():
    listener = Compilations()
    event.register("numba:compile", listener)
    yield listener
    event.unregister("numba:compile", listener)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_cache, "_folders", lambda package: (tmp_path / "kernels",))
    return tmp_path / "kernels"


def doubled(x):
    return x * 2.0


def applied(function, x):
    return function(x)


def fresh():
    """As another process sees it."""
    return compile_loop(doubled, PACKAGE)


def test_a_kernel_is_compiled_once_for_all_processes(folder, compilations):
    first, second = fresh(), fresh()
    assert np.array_equal(first(np.arange(3.0)), [0.0, 2.0, 4.0])
    made = compilations.count
    assert made > 0
    assert np.array_equal(second(np.arange(3.0)), [0.0, 2.0, 4.0])
    assert compilations.count == made
    assert [file.suffix for file in folder.iterdir()] == [".kernel"]


def test_each_type_of_argument_has_its_own_kernel(folder):
    fresh()(np.arange(3.0))
    assert fresh()(np.arange(3)).dtype == np.float64
    assert np.array_equal(fresh()(np.arange(3.0, dtype=np.float32)), [0.0, 2.0, 4.0])
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40] + bytes([b[40] ^ 1]) + b[41:], lambda b: b"x" * 99]
)
def test_a_damaged_file_is_compiled_anew(folder, compilations, spoil):
    fresh()(np.arange(3.0))
    (file,) = folder.iterdir()
    whole, made = file.read_bytes(), compilations.count
    file.write_bytes(spoil(whole))
    assert np.array_equal(fresh()(np.arange(3.0)), [0.0, 2.0, 4.0])
    assert compilations.count > made
    made = compilations.count
    fresh()(np.arange(3.0))
    assert compilations.count == made  # whole again


def test_other_code_never_gets_these_kernels_and_clears_them(folder, monkeypatch, compilations):
    fresh()(np.arange(3.0))
    (old,) = folder.iterdir()
    monkeypatch.setattr(kernel_cache, "_code", lambda package: "0" * 16)
    made = compilations.count
    fresh()(np.arange(3.0))
    assert compilations.count > made
    assert not old.exists()
    assert [file.name[:16] for file in folder.iterdir()] == ["0" * 16]


def test_without_a_writable_folder_kernels_still_compile(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(kernel_cache, "_folders", lambda package: (blocked / "kernels",))
    assert np.array_equal(fresh()(np.arange(3.0)), [0.0, 2.0, 4.0])
    assert blocked.read_text() == ""


def test_where_the_package_cannot_be_written_the_next_folder_keeps_its_kernels(tmp_path, monkeypatch, compilations):
    blocked, other = tmp_path / "file", tmp_path / "other"
    blocked.write_text("")
    monkeypatch.setattr(kernel_cache, "_folders", lambda package: (blocked / "kernels", other))
    fresh()(np.arange(3.0))
    made = compilations.count
    assert np.array_equal(fresh()(np.arange(3.0)), [0.0, 2.0, 4.0])
    assert compilations.count == made
    assert [file.suffix for file in other.iterdir()] == [".kernel"]


def test_functions_that_hold_or_take_others_are_of_this_process_only(folder):
    def scaled(by):
        return compile_loop(lambda x: by * x, PACKAGE)

    assert [scaled(by)(2.0) for by in (3.0, 4.0)] == [6.0, 8.0]
    assert compile_loop(applied, PACKAGE)(scaled(5.0), 2.0) == 10.0
    assert not folder.exists()


def test_kernels_are_beside_the_package_or_among_the_caches_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(kernel_cache, "_user_caches", lambda: tmp_path)
    beside, kept = kernel_cache._folders(PACKAGE)
    assert beside.parent.parent == PACKAGE or not beside.is_relative_to(PACKAGE)
    assert kept == tmp_path / "supplychain-toolkit" / "kernels" / PACKAGE.name
    monkeypatch.setattr(kernel_cache, "_user_caches", lambda: Path("~a user that is none").expanduser())
    assert kernel_cache._folders(PACKAGE) == (beside,)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "named"))
    assert kernel_cache._folders(PACKAGE) == (tmp_path / "named" / PACKAGE.name,)


def test_the_code_is_that_of_the_package(tmp_path):
    (tmp_path / "one.py").write_text("a = 1")
    before = kernel_cache._code.__wrapped__(tmp_path)
    (tmp_path / "two.py").write_text("b = 2")
    assert len(before) == 16
    assert kernel_cache._code.__wrapped__(tmp_path) != before


WAITING = """
import sys, time
from pathlib import Path

import numpy as np
from numba.core import event
from compilation.loops import compile_loop

sys.path.insert(0, sys.argv[1])
import loop

class Compilations(event.Listener):
    def on_start(self, _):
        time.sleep(0.5)  # so long that the others ask meanwhile
        print("compiled", flush=True)

    def on_end(self, _):
        pass

event.register("numba:compile", Compilations())
loop_of_all = compile_loop(loop.tripled, Path(sys.argv[1]))
sys.stdin.readline()
print(loop_of_all(np.arange(3.0)).tolist(), flush=True)
"""


def test_of_processes_that_want_the_same_one_compiles(tmp_path, root):
    (tmp_path / "loop.py").write_text("def tripled(x):\n    for i in range(3):\n        x[i] *= 3.0\n    return x\n")
    environment = {**os.environ, "PYTHONPATH": str(root), "NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WAITING, str(tmp_path)], env=environment, text=True, stdin=PIPE, stdout=PIPE
        )
        for _ in range(2)
    ]
    answers = [process.communicate("go\n")[0].splitlines() for process in running]
    assert [answer[-1] for answer in answers] == ["[0.0, 3.0, 6.0]"] * 2
    assert sum(answer.count("compiled") for answer in answers) == 1
    assert [file.suffix for file in (tmp_path / "kernels" / tmp_path.name).iterdir()] == [".kernel"]


def test_nobody_waits_for_ever_and_a_failed_compilation_lets_others_go_on(folder, monkeypatch):
    wrong, right = compile_loop(doubled, PACKAGE), compile_loop(doubled, PACKAGE)
    with pytest.raises(numba.TypingError):
        wrong({"a": 1.0})
    assert not wrong._cache._locks
    monkeypatch.setattr(kernel_cache, "_PATIENCE_S", 0.0)
    signature = (numba.float64[::1],)
    name = wrong._cache._file_name(signature, wrong.targetctx.codegen())
    with FileLock(folder / f"{name}.lock"):
        assert np.array_equal(right(np.arange(3.0)), [0.0, 2.0, 4.0])
