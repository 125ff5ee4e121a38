"""The closed loop of the inventory benchmark: by hand, and whole on its own made-up shop."""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.inventory.__main__ import main
from benchmarks.inventory.closed_loop.curves import Points, mean_ratio, ratios, sample_weights, summary
from benchmarks.inventory.closed_loop.live import Standing, live
from benchmarks.inventory.closed_loop.shop import Shop, Span, assumed, classes_of
from benchmarks.inventory.frontier import absent


def one_item(demand: list[float], *, lead: int = 2, pack: float = 1.0) -> Shop:
    """Nothing known but one step of nothing before the loop."""
    quantity = np.array([[0.0, *demand]])
    span = Span(1, 0, (lead,), 1, 4, 1, 1.0)
    made = assumed("one", ("A",), span, quantity, seed=1)
    return replace(made, pack=np.array([pack]), minimum=np.array([pack]))


def fixed(units: float):
    return lambda step, standing: np.full(standing.on_hand.shape, units)


def test_loop_by_hand() -> None:
    """5 are ordered at each close and come two steps later: demand of 4 is lost in the first two steps."""
    shop = one_item([4.0, 4.0, 4.0, 4.0, 9.0])
    lived = live(shop, np.ones((1, 6), bool), fixed(5.0), 1)
    # Opening stock 0, 0, 5, 6, 7; served 0, 0, 4, 4, 7; closing before receipt 0, 0, 1, 2, 0.
    assert lived.served[0, 0] * 5 == pytest.approx(15.0)
    assert lived.stock[0, 0] * 5 == pytest.approx(0.5 * (0 + 0 + 6 + 8 + 7))
    assert lived.ordered[0, 0] == pytest.approx(4 / 5)
    assert lived.demand[0] == pytest.approx(5.0)


def test_backlog_is_served_first_and_does_not_count_as_served_from_stock() -> None:
    shop = one_item([4.0, 4.0, 4.0, 4.0, 9.0])
    seen: list[Standing] = []

    def order(step: int, standing: Standing) -> np.ndarray:
        seen.append(standing)
        return np.full((1, 1), 5.0)

    lived = live(shop, np.ones((1, 6), bool), order, 1, backlog=True)
    assert lived.served[0, 0] == pytest.approx(0.0)
    assert [float(s.owed[0, 0]) for s in seen] == [0.0, 4.0, 3.0, 2.0, 1.0]
    assert seen[2].position[0, 0] == pytest.approx(-3.0 + 10.0)


@pytest.mark.parametrize(("units", "due", "told"), [(3.0, True, "packs of 2"), (2.0, False, "due False")])
def test_orders_that_break_a_rule_are_told(units: float, due: bool, told: str) -> None:
    days = np.ones((1, 3), bool)
    days[0, 0] = due
    shop = one_item([1.0, 1.0], pack=2.0)
    both = replace(shop, items=("A", "B"), quantity=np.vstack((shop.quantity,) * 2), price=np.ones(2), cost=np.ones(2),
                   pack=np.full(2, 2.0), minimum=np.full(2, 2.0), supplier=np.zeros(2, np.int64))  # fmt: skip
    with pytest.raises(ValueError, match=told):
        live(both, np.vstack((days, np.ones((1, 3), bool))), fixed(units), 1)


def test_stock_at_equal_fill_rate() -> None:
    """A peer that needs twice the stock at every fill rate; its useless setting does not count."""
    fill = np.array([[0.8, 0.9, 0.95, 0.99]])
    stock = 10 - 5 * np.log(1 - fill)
    ours = Points(stock[:, 1:3], fill[:, 1:3])
    peer = Points(np.c_[2 * stock, 900.0], np.c_[fill, 0.93])
    assert ratios(ours, peer) == pytest.approx(0.5)
    beyond = Points(stock[:, 3:] + 1, np.array([[0.999]]))
    assert np.isnan(ratios(beyond, peer)).all()
    middle = Points(10 - 5 * np.log(1 - np.array([[0.93]])), np.array([[0.93]]))
    assert ratios(middle, peer) == pytest.approx(0.5)


def test_bootstrap_interval() -> None:
    weight = sample_weights(30, seed=1)
    assert (weight[0] == 1).all()
    assert (weight.sum(axis=1) == 30).all()
    drawn = 0.9 + 0.01 * np.random.default_rng(1).standard_normal(weight.shape[0])
    drawn[0] = 0.9
    found = summary(drawn)
    assert found.value == pytest.approx(-10.0)
    assert found.low == pytest.approx(-12.0, abs=0.5)
    assert found.high == pytest.approx(-8.0, abs=0.5)
    assert np.isnan(summary(np.full(9, np.nan))).all()
    assert mean_ratio(np.array([[0.5, 2.0, np.nan]])) == pytest.approx(1.0)


def test_classes() -> None:
    even, uneven = np.tile([2.0, 2.0], 10), np.tile([1.0, 9.0], 10)
    rows = np.stack((even, uneven, np.where(np.arange(20) % 4, 0, 3.0), np.where(np.arange(20) % 4, 0, uneven)))
    rows[3, 4] = 90.0
    assert classes_of(rows).tolist() == [0, 1, 2, 3]


def test_suite_on_its_made_up_shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--suite", "frontier", "--json", "--write", str(tmp_path)]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    by_key = {(row["instance"], row["metric"]): row for row in rows}
    assert {row["method"] for row in rows} == {"supplychain"}
    fills = [by_key[f"made_up/level_{level}", "fill_rate"]["value"] for level in ("0.6", "0.85", "0.96", "0.99")]
    stocks = [by_key[f"made_up/level_{level}", "stock_days"]["value"] for level in ("0.6", "0.85", "0.96", "0.99")]
    assert fills == sorted(fills)
    assert stocks == sorted(stocks)
    assert 0.3 < fills[0] < fills[-1] <= 1.0
    one = by_key["made_up/all", "stock_at_equal_fill_pct_order_up_to"]
    low, high = (
        by_key["made_up/all", f"stock_at_equal_fill_pct_order_up_to_{end}"]["value"] for end in ("low", "high")
    )
    assert low <= one["value"] <= high
    with (tmp_path / "frontier.csv").open(encoding="utf-8") as file:
        points = list(csv.DictReader(file))
    assert {point["shop"] for point in points} == {"made_up", "made_up_backlog"}
    for name in ("frontier.svg", "frontier_backlog.svg"):
        drawing = (tmp_path / name).read_text(encoding="utf-8")
        assert drawing.startswith("<svg")
        assert drawing.count("<polyline") == 7


def test_missing_files_are_named(tmp_path: Path) -> None:
    assert absent(argparse.Namespace(demand=None)) == []
    assert any(name.endswith("carparts_monthly.parquet") for name in absent(argparse.Namespace(demand=tmp_path)))
    (tmp_path / "carparts_monthly.parquet").write_bytes(b"")
    assert absent(argparse.Namespace(demand=tmp_path)) == []
