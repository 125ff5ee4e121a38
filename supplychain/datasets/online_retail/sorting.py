"""Each order line finds its place: demand, actuals, returns, or out, with the reason; every line is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.online_retail.folder import MappingFolder
from supplychain.errors import DataError, Problem

__all__ = ["OUTCOMES", "LineCount", "MappingReport", "SortedLines", "sort_lines"]

OUTCOMES = {
    "demand": ("demand", "Sold on or before as_of"),
    "actuals": ("actuals", "Sold after as_of"),
    "returns": ("returns", "Came back: a negative quantity with a price"),
    "duplicate": ("", "Equal to an earlier line in every column"),
    "not_goods": ("", "Postage, fees, vouchers, corrections: codes of not_goods.csv"),
    "zero_quantity": ("", "No units"),
    "negative_price": ("", "Bookkeeping, not a sale"),
    "stock_adjustment": ("", "A negative quantity without a price: units written off, no customer's return"),
    "no_price": ("", "Units without a price: samples, replacements, units found again"),
    "cancelled_same_day": ("", "An order line and its full cancellation by the same customer on the same day"),
    "return_after_as_of": ("", "Came back after as_of, which nobody knows on that day"),
    "first_sold_after_as_of": ("", "Item that nobody knows on as_of"),
    "return_without_sale": ("", "Came back, but the item was never sold up to as_of"),
}
"""Outcome -> (table that the line goes to, or "" when it is dropped; meaning)."""

_NOTES = {
    "anonymous": "No customer: kept, and placed by the number of the order",
    "unknown_country": "Country not in countries.csv: kept, and placed at home",
    "joined_by_case": "Item number in small letters joined with the one in capitals",
}
_LINE = ["order_id", "item_id", "quantity", "moment", "price", "customer_id", "country", "description"]


@dataclass(frozen=True, slots=True)
class LineCount:
    """How many lines, units and how much money have one outcome; ``table`` is empty for dropped lines."""

    outcome: str
    table: str
    lines: int
    units: float
    value: float
    meaning: str


@dataclass(frozen=True)
class MappingReport:
    """What became of every line of the file.

    The lines of ``outcomes`` add up to ``lines``; ``notes`` count kept lines that were treated specially.
    """

    file: str
    as_of: date
    first_day: date
    last_day: date
    lines: int
    outcomes: tuple[LineCount, ...]
    notes: tuple[LineCount, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each outcome and note, in this order; ``kind`` tells them apart."""
        rows = [(kind, count) for kind, part in (("outcome", self.outcomes), ("note", self.notes)) for count in part]
        columns = list(LineCount.__dataclass_fields__)
        cells = [[kind, *(getattr(count, name) for name in columns)] for kind, count in rows]
        return pd.DataFrame(cells, columns=["kind", *columns])


@dataclass(frozen=True)
class SortedLines:
    """Sold lines (up to as_of and after it), lines that came back, and the report. All have the column ``day``."""

    sales: pd.DataFrame
    later: pd.DataFrame
    returns: pd.DataFrame
    report: MappingReport


def sort_lines(lines: pd.DataFrame, folder: MappingFolder, file: str, *, as_of: date | None) -> SortedLines:
    """Give each line the first outcome that fits, in the order of the rules below.

    ``as_of`` defaults to ``online_retail_actuals_days`` before the last day. Raises DataError when no line is left.
    """
    items = lines["item_id"].str.upper()
    lines = lines.assign(
        day=lines["moment"].dt.floor("D").astype("datetime64[s]"), item_id=items, written=lines["item_id"]
    )
    first_day, last_day = (lines["day"].agg(name) for name in ("min", "max"))
    if as_of is None:
        as_of = (last_day - pd.Timedelta(days=folder.figures.constant("online_retail_actuals_days"))).date()
    outcome = _outcomes(lines, folder, np.datetime64(as_of, "s"))
    if not (outcome == "demand").any():
        rule = f"has no sale on or before as_of {as_of}; its days are {first_day.date()} to {last_day.date()}"
        problem = Problem(file, "", "as_of", str(as_of), rule, "plan on a later as_of")
        raise DataError(f"order lines {file}: nothing to plan with", [problem])
    counts = tuple(_count(name, *OUTCOMES[name], lines[outcome == name]) for name in OUTCOMES)
    kept = lines[np.isin(outcome, [name for name, (table, _) in OUTCOMES.items() if table])]
    report = MappingReport(file, as_of, first_day.date(), last_day.date(), len(lines), counts, _notes(kept, folder))
    parts = {name: lines[outcome == name] for name in ("demand", "actuals", "returns")}
    return SortedLines(sales=parts["demand"], later=parts["actuals"], returns=parts["returns"], report=report)


def _outcomes(lines: pd.DataFrame, folder: MappingFolder, as_of: np.datetime64) -> npt.NDArray[np.object_]:
    quantity, price = lines["quantity"].to_numpy(), lines["price"].to_numpy()
    outcome = np.full(len(lines), "", dtype=object)

    def settle(name: str, mask: npt.NDArray[np.bool_]) -> None:
        outcome[mask & (outcome == "")] = name

    settle("duplicate", lines.duplicated([*_LINE, "written"]).to_numpy())
    settle("not_goods", _not_goods(lines["written"], folder))
    settle("zero_quantity", quantity == 0)
    settle("negative_price", price < 0)
    settle("stock_adjustment", (quantity < 0) & (price == 0))
    settle("no_price", price == 0)
    settle("cancelled_same_day", _cancelled(lines, outcome == ""))
    late = lines["day"].to_numpy() > as_of
    sold = quantity > 0
    open_ = outcome == ""
    known = lines["item_id"].isin(lines["item_id"][open_ & sold & ~late].unique()).to_numpy()
    settle("return_after_as_of", ~sold & late)
    settle("first_sold_after_as_of", sold & ~known)
    settle("return_without_sale", ~known)
    settle("returns", ~sold)
    settle("actuals", late)
    settle("demand", sold)
    return outcome


def _not_goods(codes: pd.Series, folder: MappingFolder) -> npt.NDArray[np.bool_]:
    patterns = [re.escape(code) + ("" if match == "prefix" else r"\Z") for code, match in folder.not_goods]
    if not patterns:
        return np.zeros(len(codes), dtype=bool)
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    goods = {code: pattern.match(code) is None for code in codes.unique().tolist()}
    return np.array([not goods[code] for code in codes], dtype=bool)


def _cancelled(lines: pd.DataFrame, open_: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pairs, one to one, of a sale and a cancellation of the same customer, item, size and day."""
    frame = lines.loc[open_ & lines["customer_id"].notna().to_numpy(), ["customer_id", "item_id", "day"]]
    quantity = lines["quantity"].loc[frame.index]
    keys = ["customer_id", "item_id", "day", "size"]
    frame = frame.assign(size=quantity.abs(), sold=quantity > 0)
    frame["turn"] = frame.groupby([*keys, "sold"], sort=False).cumcount()
    pairs = frame.groupby([*keys, "turn"], sort=False)["sold"].transform("size") > 1
    cancelled = np.zeros(len(lines), dtype=bool)
    cancelled[frame.index[pairs.to_numpy()]] = True
    return cancelled


def _notes(kept: pd.DataFrame, folder: MappingFolder) -> tuple[LineCount, ...]:
    known = {country.country for country in folder.countries}
    masks = {
        "anonymous": kept["customer_id"].isna(),
        "unknown_country": kept["country"].notna() & ~kept["country"].isin(known),
        "joined_by_case": kept["written"] != kept["item_id"],
    }
    return tuple(_count(name, "", _NOTES[name], kept[mask]) for name, mask in masks.items())


def _count(name: str, table: str, meaning: str, lines: pd.DataFrame) -> LineCount:
    value = float((lines["quantity"] * lines["price"]).sum())
    return LineCount(name, table, len(lines), float(lines["quantity"].sum()), value, meaning)
