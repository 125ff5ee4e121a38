"""The page of a backtest, the text of one, and the page about one item."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from supplychain.errors import PlanError, SupplyChainError
from supplychain.plans.backtest_table import BENCHMARKS
from supplychain.plans.figures import glossary_page
from supplychain.reports.backtest_text import backtest_text
from supplychain.reports.backtest_view import METRICS, added_view, method_view, segment_view
from supplychain.reports.charts_backtest import added_chart, coverage_chart
from supplychain.reports.html_backtest import render_backtest
from supplychain.service.backtesting import BacktestResult
from supplychain.service.reporting import report_backtest, report_forecast
from tests.reports.made_up import EVIL, run_result
from tests.reports.made_up_backtest import backtest_view
from tests.reports.reading import Page, check_nothing_is_fetched, figures


@pytest.fixture(scope="module")
def written() -> str:
    return render_backtest(backtest_view())


@pytest.fixture(scope="module")
def page(written: str) -> Page:
    return Page(written)


def test_nothing_is_fetched_and_a_name_is_text(page: Page, written: str) -> None:
    check_nothing_is_fetched(page)
    assert EVIL in page.text
    assert EVIL not in written
    assert len([tag for tag, _ in page.tags if tag == "script"]) == len(figures(page)) + 2
    assert "<script" not in json.dumps(figures(page))
    assert len(written.encode()) < 6_000_000


def test_every_section_has_its_drawing_and_its_table(page: Page) -> None:
    assert [a["id"] for tag, a in page.tags if tag == "section"] == [
        "answer", "methods", "total", "segments", "coverage", "errors",
    ]  # fmt: skip
    drawn = figures(page)
    assert list(drawn) == ["chart-total", "chart-added", "chart-coverage", *(f"chart-error-{n}" for n in range(1, 5))]
    assert sum(tag == "table" for tag, _ in page.tags) == 4
    for name, figure in drawn.items():
        go.Figure(json.loads(re.sub(r'"var\(--[a-z0-9-]+\)(/\d+)?"', '"#123456"', json.dumps(figure))))
        axes = {key: value for key, value in figure["layout"].items() if re.match(r"[xy]axis", key)}  # type: ignore[attr-defined]
        for key, value in axes.items():
            named = bool(value.get("title", {}).get("text")) or value.get("type") == "date"
            assert named or (name == "chart-added" and key == "yaxis"), (name, key)
    assert "SYNTHETIC" in page.text
    assert "Lychee at Guangzhou" in page.text


def test_same_backtest_same_bytes(tmp_path: Path, written: str) -> None:
    result = BacktestResult(backtest_view(), tmp_path / "store")
    assert report_backtest(result) == tmp_path / "store" / "backtest.html"
    assert report_backtest(result, to=tmp_path / "b.html").read_bytes() == written.encode()
    with pytest.raises(SupplyChainError, match="--to"):
        report_backtest(result, to=tmp_path / "b.html" / "c.html")


def test_drawings_show_what_the_frames_say(page: Page) -> None:
    view, drawn = backtest_view(), figures(page)
    days = view.table.days[view.table.days["method"].eq("auto")]
    known = days.dropna(subset=["actual"]).groupby("date", observed=True)[["actual", "mean"]].sum()
    came, *forecasts = drawn["chart-total"]["data"]  # type: ignore[misc]
    np.testing.assert_allclose(came["y"], known["actual"], rtol=1e-5)
    assert len(forecasts) == 4
    np.testing.assert_allclose(np.concatenate([line["y"] for line in forecasts]), known["mean"], rtol=1e-5)
    assert sum(line["showlegend"] for line in forecasts) == 1
    first = drawn["chart-error-1"]["data"]  # type: ignore[index]
    assert [trace["name"] for trace in first].count("10 to 90 % of days") == 8
    broken = [
        name for name, drawing in drawn.items() if any(None in (trace.get("y") or ()) for trace in drawing["data"])
    ]  # type: ignore[attr-defined]
    rank = view.table.errors.set_index("item_id").loc["I4", "rank"]
    assert broken == [f"chart-error-{rank}"]  # a line breaks where the row was sold out


def test_segments_say_where_it_is_worth_it() -> None:
    view = backtest_view()
    segments = segment_view(view.table, "auto").set_index(["segment", "name"])
    assert segments.loc[("all", "all"), "money_share"] == pytest.approx(1.0)
    assert segments.loc["service_class"]["series"].sum() == 4
    naive = view.table.value_added.set_index(["method", "against", "segment", "name", "metric"])["value_added"]
    for where, line in segments.iterrows():
        saved = [
            np.nanmin([naive.get(("auto", against, *where, metric), np.inf) for against in BENCHMARKS])
            for metric in ("wrmsse", "scaled_pinball")
        ]
        count = sum(value > 0 for value in saved)
        word = "" if not np.isfinite(saved).all() else {2: "yes", 1: "in part", 0: "no"}[count]
        assert line["worth_it"] == word
    assert {"yes"} < set(segments["worth_it"])
    itself = segment_view(view.table, "seasonal_naive").set_index(["segment", "name"]).loc[("all", "all")]
    assert np.isnan(itself["seasonal_naive|wrmsse"])
    other = [itself["empirical_112|wrmsse"] > 0, itself["empirical_112|scaled_pinball"] > 0]
    assert itself["worth_it"] == {2: "yes", 1: "in part", 0: "no"}[sum(other)]
    methods = method_view(view.table).set_index("method")
    assert list(methods.index) == list(added_view(view.table)["method"]) == ["auto", "seasonal_naive", "empirical_112"]


def test_every_metric_stands_in_the_glossary() -> None:
    table = backtest_view().table
    shown = {*table.scores["metric"], "covered", "reached", "pit_error", "value_added", "error_value"}
    assert set(table.scores["metric"]) == set(METRICS)
    assert [name for name in sorted(shown) if f"| `{name}` |" not in glossary_page()] == []


def test_errors_name_the_row_that_leans() -> None:
    errors = backtest_view().table.errors.set_index("item_id")
    assert errors.loc["I1", "finding"] == "bias, too high"
    assert errors["windows"].tolist() == [4] * 4
    assert errors["worst_share"].between(0.25, 1.0).all()
    one = backtest_view(origins=1).table.errors
    assert set(one["finding"]) == {"one window: cannot tell"}
    assert (one["worst_share"] == 1.0).all()


def test_text_is_plain_and_complete() -> None:
    text = backtest_text(backtest_view(name="Bad \u202e name"), count=2)
    assert "\u202e" not in text
    assert (
        "auto: 4 series (items at sites), 4 origins from 2025-04-05 to 2025-05-17, 14 days apart, 14 days each" in text
    )
    assert "1. I1 at DC1 (Silk blouse at Guangzhou 广州): " in text
    assert "\n3. " not in text
    assert "origin 2025-05-17, 14 days each" in backtest_text(backtest_view(origins=1))


def test_a_backtest_in_which_nothing_can_be_judged_still_speaks() -> None:
    view = backtest_view()
    table = view.table
    empty = replace(
        table,
        coverage=table.coverage.assign(reached=np.nan),
        errors=table.errors.head(0),
        value_added=table.value_added.head(0),
    )
    bare = replace(view, table=empty)
    text = render_backtest(bare)
    assert "No protection interval was known on all of its days" in text
    assert "chart-added" not in Page(text).text
    assert "Most money" not in backtest_text(bare)
    assert added_chart(segment_view(empty, "auto")) is None


def test_a_row_without_quantiles_of_days_has_no_band() -> None:
    drawn = figures(Page(render_backtest(backtest_view(single_days=False))))
    assert {trace["name"] for trace in drawn["chart-error-1"]["data"]} == {"Came", "Forecast mean"}  # type: ignore[index]


def test_many_intervals_are_drawn_in_part() -> None:
    levels = [0.1, 0.9]
    reached = pd.DataFrame(np.tile(levels, (20, 1)), index=range(1, 21), columns=levels)
    names = [trace["name"] for trace in coverage_chart(reached).figure["data"]]
    assert (len(names), names[1], names[-1]) == (9, "1 days", "20 days")


def test_page_about_one_item(tmp_path: Path) -> None:
    target = report_forecast(run_result(), "I1", "DC1", to=tmp_path / "row.html")
    text = target.read_text("utf-8")
    page = Page(text)
    check_nothing_is_fetched(page)
    assert EVIL in page.text
    assert EVIL not in text
    assert list(figures(page)) == ["chart-forecast-1", "chart-stock-1"]
    names = [trace["name"] for trace in figures(page)["chart-forecast-1"]["data"]]  # type: ignore[index]
    assert "Forecast some weeks ago" in names
    shown = " ".join(re.sub(r"<[^>]+>", " ", text[: text.index("<footer>")]).split())
    assert "2025-05-04 – 2025-05-31 25 1,000 1,100 −100.0 −9.1%" in shown
    assert "tsb 75.0% 30.0%" in shown
    assert "× 2.00" in shown
    assert "+4.0 units" in shown
    again = report_forecast(run_result(), "I1", "DC1", to=tmp_path / "again.html")
    assert again.read_bytes() == target.read_bytes()


def test_page_about_one_item_needs_its_forecast(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no table forecast"):
        report_forecast(run_result(only=("kpis",)), "I1", "DC1", to=tmp_path / "row.html")
