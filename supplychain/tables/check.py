"""Rules that hold across cells, rows and tables."""

from __future__ import annotations

from collections.abc import Callable

from supplychain.errors import Problem
from supplychain.tables.check_constants import check_constants
from supplychain.tables.check_controls import check_controls
from supplychain.tables.check_dates import check_dates
from supplychain.tables.check_keys import check_keys, check_references
from supplychain.tables.check_limits import check_limits
from supplychain.tables.check_money import check_money
from supplychain.tables.check_network import check_network
from supplychain.tables.check_overrides import check_overrides
from supplychain.tables.check_pins import check_pins
from supplychain.tables.check_quantities import check_quantities
from supplychain.tables.check_values import check_values
from supplychain.tables.checking import Checking, Told
from supplychain.tables.table_set import Tables

__all__ = ["check_rules", "check_tables"]

_RULES: tuple[Callable[[Checking], None], ...] = (
    check_keys,
    check_references,
    check_dates,
    check_network,
    check_quantities,
    check_money,
    check_overrides,
    check_controls,
    check_limits,
    check_pins,
    check_constants,
)


def check_tables(tables: Tables) -> list[Problem]:
    """Every problem of typed tables: the values of each cell, then the rules of `check_rules`."""
    checking = Checking(tables)
    check_values(checking)
    return [*checking.problems, *check_rules(tables)]


def check_rules(tables: Tables, *, told: Told | None = None) -> list[Problem]:
    """Problems between cells, rows and tables.

    Keys are unique, references lead somewhere, dates fit as_of, sites do what their kind allows, money can be
    converted, shared limits can be kept. Nothing is asked that follows from a fault in ``told``.
    """
    checking = Checking(tables, told or Told())
    for rule in _RULES:
        rule(checking)
    return checking.problems
