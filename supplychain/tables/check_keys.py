"""Keys are unique and references lead somewhere."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.tables.checking import Checking
from supplychain.tables.columns import Column, columns_of, read_order
from supplychain.tables.fitting_names import FittingNames
from supplychain.tables.nearest import advice

__all__ = ["check_keys", "check_references"]

_ADD_UP = ("demand", "actuals", "returns", "stock", "open_orders", "transfers", "receipts")
"""Tables of units, two rows of which may be parts of one; a rate or a site cannot be added to another."""


def check_keys(checking: Checking) -> None:
    """No two rows of a table have the same key; the problem names both rows."""
    for table in read_order():
        frame = checking.frame(table)
        keys = [column for column in columns_of(table) if column.key]
        if frame.empty or table == "constants":  # constants are laid over each other by name
            continue
        codes, filled = _key_codes(frame, keys)
        filled[list(checking.told.rows.get(table, ()))] = False
        twice = pd.Series(codes).duplicated().to_numpy() & filled
        if not twice.any():
            continue
        positions = np.flatnonzero(filled)
        first = dict(zip(codes[positions][::-1].tolist(), positions[::-1].tolist(), strict=True))
        names = ", ".join(column.name for column in keys)
        for position in np.flatnonzero(twice):
            file, earlier = checking.place(table, first[int(codes[position])])
            earlier = earlier if file == checking.file(table) else f"{earlier} of {file}"
            fix = f"the first is {earlier}: keep one of the rows{', or add them up' if table in _ADD_UP else ''}"
            checking.add_row(table, int(position), names, "the same key stands in an earlier row already", fix)


def check_references(checking: Checking) -> None:
    """Every key that points to another table exists there; the fix names the nearest ones."""
    for table in read_order():
        for column in columns_of(table):
            if column.references is None or column.references[0] in checking.unread:
                continue
            target, field = column.references
            known = set(checking.tables.frames[target][field].dropna())
            claimed = checking.told.keys.get((target, field), frozenset())
            unknown = _unknown(checking.frame(table)[column.name], known | claimed)
            fitting = FittingNames(checking, table, column, known) if unknown else None
            for position, key in unknown:
                assert fitting is not None
                fix = advice(fitting.nearest(position, key), f"add it to {target}")
                checking.add_row(table, position, column.name, f"is no {field} of table {target}", fix)


def _key_codes(frame: pd.DataFrame, keys: list[Column]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """One number for each distinct key, and whether all required parts are filled."""
    codes = np.zeros(len(frame), dtype=np.int64)
    filled = np.ones(len(frame), dtype=bool)
    for key in keys:
        series = frame[key.name]
        if isinstance(series.dtype, pd.CategoricalDtype):
            part, count = series.cat.codes.to_numpy().astype(np.int64), len(series.cat.categories)
        else:
            part, labels = pd.factorize(series)
            count = len(labels)
        if key.required:
            filled &= part >= 0
        if len(codes) and int(codes.max()) > 2**62 // (count + 1):
            codes = pd.factorize(codes)[0].astype(np.int64)  # keep the product inside 64 bits
        codes = codes * (count + 1) + part + 1
    return codes, filled


def _unknown(series: pd.Series, known: Collection[str]) -> list[tuple[int, str]]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        bad = [code for code, category in enumerate(series.cat.categories) if category not in known]
        if not bad:
            return []
        positions = np.flatnonzero(np.isin(series.cat.codes.to_numpy(), bad))
    else:
        positions = np.flatnonzero((series.notna() & ~series.isin(known)).to_numpy())
    return [(int(position), str(series.iloc[position])) for position in positions]
