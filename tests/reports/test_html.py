from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from supplychain.errors import UsageError
from supplychain.reports.charts import shade_events
from supplychain.reports.charts_items import daily_band
from supplychain.reports.charts_map import network_map
from supplychain.reports.html_orders import line_why
from supplychain.reports.html_pick import pick_rows
from supplychain.reports.html_tables import change_text, count, kpi_groups, money
from supplychain.reports.places import place_table
from supplychain.service.reporting import report
from tests.reports.made_up import AS_OF, EVIL, data_set, kpis, run_result, run_tables
from tests.reports.reading import Page, check_nothing_is_fetched, figures

SECTIONS = ("answer", "figures", "problems", "loop", "trade-off", "items", "network", "orders", "suppliers", "routes",
            "made")  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(run_result(), to=tmp_path_factory.mktemp("report") / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(written: str) -> Page:
    return Page(written)


def test_nothing_is_fetched(page: Page) -> None:
    check_nothing_is_fetched(page)


def test_size(written: str) -> None:
    assert len(written.encode()) < 6_000_000


def test_a_name_is_text_everywhere(page: Page, written: str) -> None:
    assert EVIL in page.text
    assert EVIL not in written
    assert not any(tag == "img" for tag, _ in page.tags)
    assert len([tag for tag, _ in page.tags if tag == "script"]) == len(figures(page)) + 2
    for figure in figures(page).values():  # Plotly reads some HTML in labels: it must come escaped
        assert "<script" not in json.dumps(figure)


@settings(max_examples=8, deadline=None)
@given(name=st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1, max_size=30))
def test_any_name_keeps_the_structure(tmp_path_factory: pytest.TempPathFactory, page: Page, name: str) -> None:
    text = report(run_result(name=name), to=tmp_path_factory.mktemp("any") / "r.html").read_text("utf-8")
    made = Page(text)
    skipped = {"alt", "aria-label"}
    kinds = [
        [(tag, sorted(set(a) - skipped)) for tag, a in p.tags if tag in ("script", "section", "figure")]
        for p in (made, page)
    ]
    assert kinds[0] == kinds[1]


def test_same_run_same_bytes(tmp_path: Path, written: str) -> None:
    code = (
        "import sys, pathlib; from supplychain.service.reporting import report;"
        "from tests.reports.made_up import run_result;"
        "report(run_result(), to=pathlib.Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "again.html")], check=True, env=environment)
    assert (tmp_path / "again.html").read_bytes() == written.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["again.html"]


def test_every_section_and_drawing_is_there(page: Page) -> None:
    ids = [a["id"] for tag, a in page.tags if tag == "section"]
    assert ids == list(SECTIONS)
    drawn = figures(page)
    holders = {str(a["id"]): a for tag, a in page.tags if tag == "div" and "chart" in (a.get("class") or "").split()}
    assert list(drawn) == list(holders)
    expected = {"chart-stock-value", "chart-demand", "chart-trade-off", "chart-network", "chart-routes-1"}
    expected |= {"chart-service-curve", "chart-class-curves"}
    assert expected <= set(drawn)
    assert {"chart-forecast-1", "chart-stock-1"} <= set(drawn)
    assert all(a["aria-label"] for a in holders.values())
    assert "SYNTHETIC" in page.text
    assert "1 ASSUMED input" in page.text
    missing = [a for tag, a in page.tags if tag == "p" and a.get("class") == "missing"]
    assert len(missing) == 1  # what is said where JavaScript is off


def test_drawings_keep_the_schema_and_name_their_axes(page: Page) -> None:
    for name, figure in figures(page).items():
        plain = re.sub(r'"var\(--[a-z0-9-]+\)(/\d+)?"', '"#123456"', json.dumps(figure))
        go.Figure(json.loads(plain))
        axes = {k: v for k, v in figure["layout"].items() if re.match(r"[xy]axis", k)}  # type: ignore[attr-defined]
        for key, value in axes.items():
            named = bool(value.get("title", {}).get("text"))
            assert named or value.get("type") == "date" or (name == "chart-trade-off" and key == "yaxis"), (name, key)


def test_colours_are_named_in_both_themes(page: Page) -> None:
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", json.dumps(figures(page)) + page.styles))
    light, dark = page.styles.split("prefers-color-scheme: dark")
    for name in sorted(used):
        assert re.search(rf"{name}: #[0-9a-f]{{6,8}};", light), name
        assert re.search(rf"{name}: #[0-9a-f]{{6,8}};", dark.split("}")[0]), name


@pytest.mark.parametrize(
    ("until", "only", "absent"),
    [
        ("validate", (), ("network", "items", "orders", "routes", "loop", "trade-off", "problems", "figures")),
        ("forecast", ("forecast", "forecast_models", "forecast_quantiles", "forecast_coverage"), ("orders", "routes")),
        ("replenish", ("order_lines", "order_heads", "stock_projection"), ("routes", "loop", "items")),
    ],
)
def test_a_run_that_stopped_early_says_so(
    tmp_path: Path, until: str, only: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    result = run_result(only=only, until=until)
    result = type(result)(**{**result.__dict__, "tables": {**result.tables, "kpis": kpis().head(0)}})
    text = report(result, to=tmp_path / "report.html").read_text("utf-8")
    for section in absent:
        body = text.split(f'<section id="{section}">')[1].split("</section>")[0]
        assert f"(run until {until})" in body, section


def test_data_set_fills_in_names(tmp_path: Path) -> None:
    bare = tuple(set(run_tables()) - {"about", "places", "item_names", "supplier_names", "events", "delivery_places"})
    text = report(run_result(only=bare), to=tmp_path / "bare.html").read_text("utf-8")
    assert "SYNTHETIC" not in text
    assert "not recorded in this run" in text
    filled = report(run_result(only=bare), dataset=data_set(), to=tmp_path / "filled.html").read_text("utf-8")
    assert "SYNTHETIC" in filled
    assert "Guangzhou 广州" in filled


def test_a_run_that_lies_nowhere_needs_a_target() -> None:
    with pytest.raises(UsageError, match="say where to write"):
        report(run_result())


def test_answer_counts_what_moved(page: Page) -> None:
    text = " ".join(page.text.split())
    assert "Against baseline, better: stock-out rate 14.7% → 5.0% (−9.7 pp), " in text
    assert "lost margin 4,487 → 350 (−4,137 CNY)" in text
    assert "worse: stock days 37.9 → 49.9 (+12.0)" in text
    assert "lost sales, I2 at DC1 (Lychee at Guangzhou 广州): 9,125 CNY a year" in text
    assert "release 2 order lines to 1 supplier for 239 CNY" in text
    assert "a second person must look at 1 held line" in text
    assert "The day's 6 parcels take 1 trip and 42 km; 1 (16.7%) stay behind" in text


def test_every_key_figure_says_its_basis() -> None:
    groups = kpi_groups(kpis(), parent="baseline", currency="CNY")
    rows = [row for group in groups for row in group.rows]
    assert len(rows) == len(kpis())
    assert [row[1].text for row in rows] == list(kpis()["basis"])
    assert {row[6].text for row in rows} == {"better", "worse", "same", ""}
    assert all(row[-1].text for row in rows)


def test_numbers_as_people_read_them() -> None:
    assert [change_text(v, "share") for v in (0.05, -0.0504, 0.0001)] == ["+5.0 pp", "−5.0 pp", "±0.0 pp"]
    assert change_text(math.nan, "days") == ""
    assert [count(v) for v in (3.0, 12_345.0, 2.25, math.nan)] == ["3", "12,345", "2.2", "-"]
    assert [money(v) for v in (0.0, 12.5, 12_345.6)] == ["0", "12.50", "12,346"]


@given(mean=st.floats(0.01, 500), ratio=st.floats(1.05, 20))
def test_band_is_the_quantile_of_the_negative_binomial(mean: float, ratio: float) -> None:
    low, high = daily_band(pd.Series([mean]), pd.Series([mean * ratio]))
    chance = 1 / ratio  # variance = mean / chance
    size = mean * chance / (1 - chance)
    for value, level in ((low[0], 0.1), (high[0], 0.9)):
        assert nbinom.cdf(value, size, chance) >= level - 1e-9
        assert value == 0 or nbinom.cdf(value - 1, size, chance) < level + 1e-9


def test_band_of_narrow_demand_is_poisson() -> None:
    low, high = daily_band(pd.Series([4.0, 0.0]), pd.Series([1.0, 0.0]))
    assert (low[0], high[0]) == (poisson.ppf(0.1, 4), poisson.ppf(0.9, 4))
    assert (low[1], high[1]) == (0, 0)


def test_picks_are_of_different_items_for_different_reasons() -> None:
    picks = pick_rows(run_tables())
    assert len({pick.item_id for pick in picks}) == len(picks) == len({pick.why for pick in picks})
    why = {pick.why: pick.item_id for pick in picks}
    assert why["largest demand by value"] == "I1"  # 40 a day x 6
    assert why["largest demand by value in another category"] == "I2"
    assert why["most intermittent"] == "I4"
    assert why["on promotion within the forecast"] == "I3"


def test_events_are_shaded_and_named_once() -> None:
    events = run_tables()["events"]
    assert "Elsewhere" not in set(events["name"])
    drawn = shade_events(events, pd.Timestamp("2025-06-02"), pd.Timestamp("2025-06-07"))
    assert [(s["x0"], s["x1"]) for s in drawn["shapes"]] == [("2025-06-02", "2025-06-04"), ("2025-06-04", "2025-06-08")]
    assert [a["text"] for a in drawn["annotations"]] == ["618"]
    assert shade_events(None, pd.Timestamp("2025-06-02"), pd.Timestamp("2025-06-07")) == {}


def test_map_has_the_aspect_of_its_latitude() -> None:
    tables = run_tables()
    drawn = network_map(tables["places"], tables["site_plan"], tables["site_assignments"]).figure
    lat = tables["places"]["lat"]
    ratio = drawn["layout"]["yaxis"]["scaleratio"]
    assert ratio == pytest.approx(1 / math.cos(math.radians((lat.min() + lat.max()) / 2)), rel=1e-4)
    names = [trace["name"] for trace in drawn["data"]]
    assert "Candidate DC" in names
    assert "Zone, more than 5 days" in names
    line = next(trace for trace in drawn["data"] if trace["name"].startswith("Served from"))
    assert line["x"].count(None) == 3
    assert not any(str(trace.get("type")).startswith(("scattergeo", "scattermap")) for trace in drawn["data"])


def test_line_in_one_line() -> None:
    line = run_tables()["order_lines"].iloc[0].to_dict()
    expected = (
        "target 50 − position 30 = need 20; rounded up to whole packs; cover 3 → 6 days; else used up on 2025-06-04"
    )
    assert line_why(line) == expected


def test_places_and_history() -> None:
    places = place_table(data_set()).set_index("site_id")
    assert places.loc["Z3", "feeds_from"] == "H1"
    assert places.loc["DC2", "status"] == "candidate"
    history = run_tables()["history"]
    assert len(history) == 4 * 182
    assert history["date"].max() == pd.Timestamp(AS_OF)
    assert np.count_nonzero(~history["in_stock"]) == 10
