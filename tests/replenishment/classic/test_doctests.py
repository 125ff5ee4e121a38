"""The textbook examples in the docstrings are right."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import solvers.replenishment.classic as package

MODULES = sorted(f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__))
WITHOUT = {"arguments", "demand", "count_demand", "empirical_demand", "least_stock", "r_q_kernels", "s_s_kernels"}
"""Modules that are parts of models, not models."""


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_are_right(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
    if name.rpartition(".")[2] not in WITHOUT:
        assert result.attempted
