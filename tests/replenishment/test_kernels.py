from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compilation import kernel_cache
from solvers.replenishment import kernels


@pytest.fixture
def reloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The kernels as they load where nothing can be kept on disk."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(kernel_cache, "_folders", lambda package: (blocked / "kernels",))
    spec = importlib.util.find_spec("solvers.replenishment.kernels")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_a_writable_folder_the_kernels_still_compile(reloaded: Any) -> None:
    assert reloaded is not kernels
    quantile, levels = np.array([2.0, 6.0, 9.0]), np.array([0.5, 0.9, 0.99])
    for position in (-1.0, 3.0, 8.5, 20.0):
        assert reloaded.units_short(position, quantile, levels) == kernels.units_short(position, quantile, levels)
