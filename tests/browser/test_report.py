"""The report in a real browser: nothing is fetched, nothing overflows, every chart is drawn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from supplychain.service.backtesting import BacktestResult
from supplychain.service.reporting import report, report_backtest, report_forecast
from tests.reports.made_up import run_result
from tests.reports.made_up_backtest import backtest_view

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_CHROMIUM = next((path for name in _NAMES if (path := shutil.which(name))), None)
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync"]  # fmt: skip
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(_CHROMIUM is None, reason=f"no Chromium on the path ({', '.join(_NAMES)})"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(run_result(), to=tmp_path_factory.mktemp("browser") / "report.html").as_uri()


class Seen:
    """What the page said and asked for."""

    def __init__(self, page: Page) -> None:
        self.messages: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.messages.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.messages.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self.requests.append(request.url))


def opened(browser: Browser, address: str, *, width: int, scheme: str = "light") -> tuple[Page, Seen]:
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    seen = Seen(page)
    page.goto(address)
    page.wait_for_selector("html[data-charts=rendered]", state="attached")
    return page, seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_page(browser: Browser, address: str, width: int, scheme: str) -> None:
    page, seen = opened(browser, address, width=width, scheme=scheme)
    assert seen.messages == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [address]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    charts = page.locator("div.chart")
    assert charts.count() == page.locator("script.figure").count() >= 10
    assert page.locator("div.chart[data-rendered=yes] svg.main-svg").count() >= charts.count()
    for box in [chart.bounding_box() for chart in charts.all()]:
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] > 150
    page.context.close()


@pytest.mark.parametrize("kind", ["backtest", "forecast"])
@pytest.mark.parametrize("width", [1400, 390])
def test_pages_of_forecasts(browser: Browser, tmp_path: Path, kind: str, width: int) -> None:
    target = tmp_path / "page.html"
    if kind == "backtest":
        report_backtest(BacktestResult(backtest_view(), tmp_path), to=target)
    else:
        report_forecast(run_result(), "I1", "DC1", to=target)
    page, seen = opened(browser, target.as_uri(), width=width, scheme="dark")
    assert seen.messages == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [target.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    charts = page.locator("div.chart")
    assert charts.count() == {"backtest": 7, "forecast": 2}[kind]
    assert page.locator("div.chart[data-rendered=yes] svg.main-svg").count() >= charts.count()
    if kind == "backtest":
        assert page.locator("#chart-total .scatterlayer path.js-line").count() == 5  # demand and four origins
        assert page.locator("#chart-added .bars .point").count() > 10
    page.context.close()


def test_drawings_hold_marks(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, width=1400)
    assert page.locator("#chart-trade-off .bars .point").count() == 8  # four categories, two figures
    assert page.locator("#chart-network .scatterlayer path.point").count() == 6  # three zones, hub, two dcs
    assert page.locator("#chart-routes-1 .scatterlayer path.js-line").count() == 1
    assert page.locator("#chart-forecast-1 .scatterlayer path.js-fill").count() >= 1
    assert page.locator("#chart-demand .xtitle, #chart-demand .ytitle").all_text_contents() == ["Units a day"]
    page.context.close()


def test_colours_follow_the_scheme(browser: Browser, address: str) -> None:
    page, seen = opened(browser, address, width=1400)
    background = "getComputedStyle(document.querySelector('#chart-demand .main-svg')).backgroundColor"
    line = "document.querySelector('#chart-demand path.js-line').style.stroke"
    light = [page.evaluate(background), page.evaluate(line)]
    page.emulate_media(color_scheme="dark")
    dark = light
    for _ in range(100):  # the page allows no eval, which Playwright's own waiting would need
        dark = [page.evaluate(background), page.evaluate(line)]
        if dark[0] != light[0] and dark[1] != light[1]:
            break
        page.wait_for_timeout(50)
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    assert seen.messages == []
    page.context.close()


def test_text_is_readable(browser: Browser, address: str) -> None:
    """Text contrast of at least 4.5 to 1 (WCAG 2.1 AA) between the page's own colours, in both schemes."""
    script = """() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        const value = style.getPropertyValue(name).trim();
        const parts = [1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16) / 255);
        const [r, g, b] = parts.map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const pairs = [["--text", "--surface"], ["--text", "--page"], ["--muted", "--surface"], ["--muted", "--page"],
        ["--accent", "--page"], ["--better", "--surface"], ["--worse", "--surface"], ["--mark-text", "--mark"]];
      return pairs.map(([a, b]) => {
        const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
        return [a, b, (x + 0.05) / (y + 0.05)];
      });
    }"""
    for scheme in ("light", "dark"):
        page, _ = opened(browser, address, width=390, scheme=scheme)
        for front, back, contrast in page.evaluate(script):
            assert contrast >= 4.5, (scheme, front, back, contrast)
        page.context.close()


def test_prints(browser: Browser, address: str, tmp_path: Path) -> None:
    page, seen = opened(browser, address, width=1400, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    widths = [chart.bounding_box()["width"] for chart in page.locator("#chart-demand .main-svg").all()]  # type: ignore[index]
    assert set(widths) == {680}
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.pdf(path=tmp_path / "report.pdf", format="A4", print_background=True)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert seen.messages == []
    page.context.close()
