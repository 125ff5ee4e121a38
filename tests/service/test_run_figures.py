# ruff: noqa: E501 - cases read best one a line

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain.errors import UsageError
from supplychain.plans.figures import figures, glossary_page
from supplychain.service.kpis import compare_kpis, kpi_table, plan_figures
from supplychain.service.lost_sales import LostSales
from supplychain.service.problems import find_problems
from supplychain.service.workers import executor_of
from tests.replenishment.small_world import data_set


def lived(**values: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [[name.replace("__", "."), *rest] for name, rest in values.items()], columns=["figure", "mean", "low", "high"]
    )


def test_the_table_keeps_the_order_of_the_glossary():
    made = kpi_table(
        {"order_lines": 3.0, "stock_days": 9.0, "nonsense": 1.0},
        lived(fill_rate=(0.9, 0.8, 1.0), stock_days=(60, 50, 70)),
    )
    assert made["figure"].tolist() == ["stock_days", "fill_rate", "order_lines"]
    assert made["value"].tolist() == [60.0, 0.9, 3.0]
    assert made["basis"].tolist() == ["simulated", "simulated", "plan"]
    assert np.isnan(made["low"].iloc[2])
    assert kpi_table({}, None).empty


def verdict(figure: str, now: tuple[float, float, float], before: tuple[float, float, float]) -> tuple[float, str]:
    line = compare_kpis(kpi_table({}, lived(**{figure: now})), kpi_table({}, lived(**{figure: before}))).iloc[0]
    return float(line["delta"]), str(line["verdict"])


@pytest.mark.parametrize(
    ("figure", "now", "before", "delta", "word"),
    [
        ("stock_days", (40, 39, 41), (60, 59, 61), -20, "better"),
        ("stock_days", (60, 59, 61), (40, 39, 41), 20, "worse"),
        ("fill_rate", (0.95, 0.94, 0.96), (0.9, 0.89, 0.91), 0.05, "better"),
        ("fill_rate", (0.9, 0.89, 0.91), (0.95, 0.94, 0.96), -0.05, "worse"),
        ("fill_rate", (0.95, 0.9, 1.0), (0.9, 0.85, 0.95), 0.05, "same"),
        ("fill_rate", (0.9019, 0.9019, 0.9019), (0.9, 0.9, 0.9), 0.0019, "same"),
        ("fill_rate", (0.9021, 0.9021, 0.9021), (0.9, 0.9, 0.9), 0.0021, "better"),
        ("stock_days", (60.5, 60.4, 60.6), (60, 59.9, 60.1), 0.5, "same"),
        ("stock_days", (60.7, 60.6, 60.8), (60, 59.9, 60.1), 0.7, "worse"),
        ("lost_margin", (3, 2, 4), (0, 0, 0), 3, "worse"),
        ("fill_rate", (0.9, 0.9, 0.9), (0.9, 0.9, 0.9), 0, "same"),
        ("fill_rate", (0.9, np.nan, np.nan), (0.8, np.nan, np.nan), 0.1, "better"),
        ("bought_value", (9, 9, 9), (3, 3, 3), 6, ""),
        ("delivery_cost", (9, 9, 9), (3, 3, 3), 6, ""),
        ("sales_value", (9, 9, 9), (3, 3, 3), 6, ""),
    ],
)
def test_verdicts(figure, now, before, delta, word):
    made, said = verdict(figure, now, before)
    assert made == pytest.approx(delta)
    assert said == word


def test_plan_figures_have_no_interval_and_still_a_verdict():
    now, before = kpi_table({"km": 90.0, "order_lines": 2.0}, None), kpi_table({"km": 100.0}, None)
    made = compare_kpis(now, before).set_index("figure")
    assert made.loc["km", ["parent", "delta", "verdict"]].tolist() == [100.0, -10.0, "better"]
    assert np.isnan(made.loc["order_lines", "parent"])
    assert made.loc["order_lines", "verdict"] == ""


def test_without_a_parent_there_is_nothing_to_compare():
    made = compare_kpis(kpi_table({"km": 90.0}, None), None)
    assert made["parent"].isna().all()
    assert made["verdict"].tolist() == [""]


def test_plan_figures_by_hand():
    tables = {
        "order_lines": pd.DataFrame({"status": ["proposed", "planned", "proposed"], "value_base": [10.0, 99.0, 5.0], "held": ["", "", "covers 300 days"]}),
        "transfer_lines": pd.DataFrame({"status": ["planned", "proposed"]}),
        "routes": pd.DataFrame({"distance_km": [10.0, 5.0], "cost": [30.0, 20.0]}),
        "route_stops": pd.DataFrame({"parcels": [1, 2, 2]}),
        "route_unserved": pd.DataFrame({"parcels": [3]}),
        "site_plan": pd.DataFrame({"decision": ["open", "keep_open", "close"]}),
        "site_plan_meta": pd.DataFrame({"key": ["cost", "gap"], "value": ["100.5", "0.01"]}),
    }  # fmt: skip
    assert plan_figures(tables) == {
        "order_value": 15.0, "order_lines": 2.0, "held_lines": 1.0, "transfer_lines": 1.0, "km": 15.0, "route_cost": 50.0,
        "route_cost_per_parcel": 10.0, "parcels_unserved": 3.0, "open_dcs": 2.0, "cost": 100.5, "gap": 0.01,
    }  # fmt: skip
    assert plan_figures({}) == {}
    nothing = {name: tables[name].iloc[:0] for name in ("routes", "route_stops", "route_unserved")}
    assert np.isnan(plan_figures(nothing)["route_cost_per_parcel"])


def test_the_glossary_is_whole(root):
    for name, figure in figures().items():
        assert figure.figure == name
        assert figure.basis in {"plan", "simulated"}
        assert figure.better in {"lower", "higher", "none"}
        assert figure.shown in {"headline", "usual", "all"}
        assert figure.material >= 0
        assert all((figure.group, figure.label, figure.unit, figure.formula, figure.decides))
    groups = [figure.group for figure in figures().values()]
    assert len(set(groups)) == sum(group != before for group, before in zip(groups, ["", *groups], strict=False))
    assert 10 <= sum(figure.shown == "headline" for figure in figures().values()) <= 15
    assert (root / "docs" / "glossary.md").read_text(encoding="utf-8") == glossary_page()


def line(item: str, **more: float) -> dict[str, object]:
    zero = {
        "lost_margin": 0.0,
        "stock_out_share": 0.0,
        "fill_rate": 1.0,
        "units_a_day": 1.0,
        "mean_stock_units": 5.0,
        "mean_stock_value": 0.0,
        "stock_days": 10.0,
        "waste_value": 0.0,
    }
    return {"item_id": item, "site_id": "WUH"} | zero | more


def test_money_of_problems_by_hand():
    dataset = data_set(constants={"units_per_parcel": 2.0})
    demand = dataset.demand
    prices = np.array([dataset.items[i].price for i in demand.item_ids])[demand.item]
    mean_price = float((prices * demand.quantity).sum() / demand.quantity.sum())
    rows = [
        line("milk", lost_margin=20.0, stock_out_share=0.25, fill_rate=0.5),
        line("coat", mean_stock_value=1000.0, stock_days=180.0),
        line("stop", mean_stock_value=500.0, stock_days=np.inf, units_a_day=0.0),
        line("soap", waste_value=3.0),
        line("phone", mean_stock_value=900.0, stock_days=90.0),
    ]
    tables = {
        "rows": pd.DataFrame(rows),
        "route_unserved": pd.DataFrame(
            {"delivery_id": ["P1"], "parcels": [3], "detail": ["too heavy"], "reason": ["too_heavy+window"]}
        ),
        "site_unserved": pd.DataFrame({"zone_id": ["Z2"], "units_per_year": [10.0], "reason": ["no lane"]}),
    }
    made = find_problems(dataset, tables, simulated_days=73, holding_share=0.2)
    money = {(k, s): m for k, s, m in zip(made["kind"], made["subject"], made["money"], strict=True)}
    assert money == {
        ("lost sales", "milk at WUH"): pytest.approx(20.0 * 5),
        ("excess stock", "coat at WUH"): pytest.approx(1000.0 * 0.5 * 0.2),
        ("excess stock", "stop at WUH"): pytest.approx(500.0 * 0.2),
        ("waste", "soap at WUH"): pytest.approx(3.0 * 5),
        ("parcel without a route", "P1"): pytest.approx(3 * 2 * mean_price),
        ("zone without a lane", "Z2"): pytest.approx(10 * mean_price),
    }
    assert made["rank"].tolist() == list(range(1, 7))
    assert made["money"].is_monotonic_decreasing
    ties = made[made["money"].round(6) == 100.0]
    assert ties["subject"].tolist() == ["coat at WUH", "stop at WUH", "milk at WUH"]
    details = dict(zip(made["subject"], made["detail"], strict=True))
    assert details["milk at WUH"] == (
        "25.0% of days without stock, fill rate 50.0%; nothing is ordered for it in the coming weeks, "
        "and its stock does not last"
    )
    assert details["coat at WUH"] == "180 days of stock, 500 CNY tied up beyond 90 days"
    assert details["stop at WUH"] == "no demand, 500 CNY tied up"
    remedies = dict(zip(made["subject"], made["remedy"], strict=True))
    assert remedies["P1"].startswith("add a vehicle")
    assert "time window" in remedies["P1"]
    assert made.set_index("subject").loc["milk at WUH", ["item_id", "site_id"]].tolist() == ["milk", "WUH"]
    assert made.set_index("subject").loc["P1", ["item_id", "site_id"]].tolist() == ["", ""]


def cause(tables: dict[str, pd.DataFrame], **more: float) -> tuple[str, str]:
    """Why 100 days of 10 a day with a fill rate of 0.8 lost 200 units."""
    row = line("milk", units_a_day=10.0, fill_rate=0.8, lost_margin=5.0) | more
    return LostSales(tables, 100).cause(row)


def test_causes_of_lost_sales():
    key = {"item_id": ["milk"], "site_id": ["WUH"]}
    terms = {"receipt_date": pd.Timestamp("2025-06-09"), "lead_days": 16, "review_days": 7}
    orders = pd.DataFrame({**key, **terms, "service_level": 0.85})
    moves = pd.DataFrame({"item_id": ["milk"], "destination_id": ["WUH"], **terms, "service_level": np.nan})
    right, low = (pd.DataFrame({**key, "mean": [mean]}) for mean in (10.0, 7.0))
    lost = pd.DataFrame({**key, "lost": [100.0]})
    waiting = pd.DataFrame({**key, "status": ["waiting"]})
    assert cause({}, mean_stock_units=0.0, stock_out_share=1.0)[0] == "it never came into stock"
    assert cause({}, mean_stock_units=0.0)[0].startswith("it is sold off or not listed here")
    assert "minimum" in cause({"order_waiting": waiting, "order_lines": orders})[0]
    left_out = waiting.assign(status="left_out")
    assert "limit" in cause({"order_waiting": left_out, "order_lines": orders})[0]
    seen, remedy = cause({"stock_projection": lost, "order_lines": orders})
    assert (
        seen == "sold out at the start, with 100 units lost in the first weeks; the first order arrives on 2025-06-09"
    )
    assert remedy.startswith("speed up")
    assert cause({"forecast": low, "order_lines": orders})[0] == "demand of 10 units a day against a forecast of 7"
    assert cause({"forecast": right})[0].startswith("nothing is ordered for it in the coming weeks")
    lasts = pd.DataFrame({**key, "lost": [0.0]})
    assert cause({"forecast": right, "stock_projection": lasts})[0].startswith("its stock lasts through the weeks")
    seen, remedy = cause({"forecast": right, "order_lines": orders, "transfer_lines": moves.iloc[:0]})
    assert seen == "sold out between receipts: lead time 16 days and an order every 7, service level 85%"
    assert remedy == "find a nearer or faster source, or raise the service level of its class"
    assert cause({"order_lines": orders.assign(lead_days=13)})[1].startswith("order more often")
    assert cause({"forecast": right, "transfer_lines": moves})[0].endswith("by today's rule")


def test_fifty_problems_are_kept():
    rows = pd.DataFrame([line(f"i{n}", lost_margin=float(n)) for n in range(80)])
    made = find_problems(data_set(), {"rows": rows}, simulated_days=365, holding_share=0.2)
    assert made["money"].tolist() == [float(n) for n in range(79, 29, -1)]


def test_no_problem():
    made = find_problems(data_set(), {}, simulated_days=365, holding_share=0.2)
    assert made.empty
    assert list(made.columns) == [
        "rank",
        "kind",
        "subject",
        "item_id",
        "site_id",
        "money",
        "period",
        "detail",
        "remedy",
    ]


def test_one_worker_is_none_and_fewer_are_refused():
    with executor_of(1) as executor:
        assert executor is None
    with pytest.raises(UsageError, match="at least 1"), executor_of(0):
        pass


def test_workers_give_the_environment_back(monkeypatch):
    import os

    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with executor_of(2) as executor:
        assert executor is not None
        assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in os.environ
