"""Kernels kept on disk: found again, never wrong, never needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numba.core import event

from forecasts import compiled as door
from forecasts import kernel_cache
from forecasts.protocol import Floats


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
    monkeypatch.setattr(kernel_cache, "_folder", lambda: tmp_path / "kernels")
    return tmp_path / "kernels"


def doubled(x: Floats) -> Floats:
    return x * 2.0


def applied(function, x):
    return function(x)


def fresh():
    """As another process sees it."""
    return door.compiled(doubled)


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
    monkeypatch.setattr(kernel_cache, "_code", lambda: "0" * 16)
    made = compilations.count
    fresh()(np.arange(3.0))
    assert compilations.count > made
    assert not old.exists()
    assert [file.name[:16] for file in folder.iterdir()] == ["0" * 16]


def test_without_a_writable_folder_kernels_still_compile(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(kernel_cache, "_folder", lambda: blocked / "kernels")
    assert np.array_equal(fresh()(np.arange(3.0)), [0.0, 2.0, 4.0])
    assert blocked.read_text() == ""


def test_functions_that_hold_or_take_others_are_of_this_process_only(folder):
    def scaled(by):
        return door.compiled(lambda x: by * x)

    assert [scaled(by)(2.0) for by in (3.0, 4.0)] == [6.0, 8.0]
    assert door.compiled(applied)(scaled(5.0), 2.0) == 10.0
    assert not folder.exists()


def test_the_code_is_that_of_the_package(monkeypatch):
    package = Path(kernel_cache.__file__).parent
    assert kernel_cache._folder().parent.parent == package or not kernel_cache._folder().is_relative_to(package)
    assert len(kernel_cache._code()) == 16
