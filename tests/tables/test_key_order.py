"""Rows of a table come in the order of their keys, whatever that of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, DemandHistory
from supplychain.tables import Tables, build_dataset, columns_of, read_tables
from supplychain.tables.key_order import in_key_order
from tests.small_house import write_project


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return read_tables(write_project(tmp_path_factory.mktemp("small")) / "data" / "small")


def content(one: object) -> object:
    """All of a data set, nested, with the order of its mappings; arrays as bytes."""
    if isinstance(one, np.ndarray):
        return one.dtype.str, one.tobytes()
    if isinstance(one, Mapping):
        return [(key, content(value)) for key, value in one.items()]
    if isinstance(one, DataSet | DemandHistory):
        return [(field.name, content(getattr(one, field.name))) for field in fields(one)]
    return one


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), alone=st.booleans())
def test_a_data_set_does_not_know_the_order_of_its_files(tables: Tables, seed: int, alone: bool) -> None:
    """Constants are laid over each other by name, so their order is a statement."""
    random = np.random.default_rng(seed)
    names = sorted(name for name, frame in tables.frames.items() if name != "constants" and len(frame) > 1)
    chosen = {names[random.integers(len(names))]} if alone else set(names)
    shuffled = {
        name: frame.iloc[random.permutation(len(frame))].reset_index(drop=True) if name in chosen else frame
        for name, frame in tables.frames.items()
    }
    again = build_dataset(replace(tables, frames=MappingProxyType(shuffled)))
    assert content(again) == content(build_dataset(tables))


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("Aa10é商"), st.sampled_from(["I10", "I2", "NA", "é"]),
                  st.one_of(st.none(), st.sampled_from(["", "D1", "D2"]))),
        max_size=12,
    ),
    categories=st.booleans(),
)  # fmt: skip
def test_order_of_keys_is_that_of_their_text_with_empty_cells_first(
    rows: list[tuple[str, str, str | None]], categories: bool
) -> None:
    names = [column.name for column in columns_of("supply") if column.key]
    assert names == ["supplier_id", "item_id", "site_id"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    if categories:
        frame = frame.astype("category")
    given = list(in_key_order(frame.assign(row=range(len(frame))), "supply").itertuples(index=False, name=None))
    rows_with_number = [(*row, at) for at, row in enumerate(rows)]
    wanted = sorted(rows_with_number, key=lambda row: (row[0], row[1], row[2] is not None, row[2] or "", row[3]))
    assert [row[3] for row in given] == [row[3] for row in wanted]


def test_rows_in_order_are_not_copied(tables: Tables, tmp_path: Path) -> None:
    once = in_key_order(tables.frames["items"], "items")
    assert once is not tables.frames["items"]
    assert in_key_order(once, "items") is once
