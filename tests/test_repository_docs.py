"""Pages are current and complete, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from supplychain.cli.app import app
from supplychain.plans.figures import figures, glossary_page
from supplychain.scenario import list_scenarios, load_scenario
from supplychain.scenario.page import scenario_page
from supplychain.scenario.publish import schema_text
from supplychain.tables.page import render_page

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
GENERATED = {
    "data_contract.md": render_page,
    "glossary.md": glossary_page,
    "scenario.schema.json": schema_text,
    "scenario_file.md": scenario_page,
}
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("data/**/*.md"), *ROOT.glob("examples/**/*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", sorted(GENERATED))
def test_generated_pages_are_current(page, regen):
    text = GENERATED[page]()
    if regen:
        (DOCS / page).write_text(text, encoding="utf-8")
    assert (DOCS / page).read_text(encoding="utf-8") == text, "run `pytest tests/test_repository_docs.py --regen`"


def test_every_link_leads_to_a_file_or_a_heading():
    lost = []
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            path, _, heading = target.partition("#")
            if "://" in path or path.startswith("mailto:"):
                continue
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                lost.append(f"{page.relative_to(ROOT)}: {target}")
            elif heading and heading not in headings(file):
                lost.append(f"{page.relative_to(ROOT)}: no heading {target}")
    assert lost == []


def headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_index_links_every_page():
    linked = set(LINK.findall((DOCS / "index.md").read_text(encoding="utf-8")))
    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} - linked == set()


def test_commands_in_the_readme_exist():
    commands = typer.main.get_command(app).commands
    known = {f"{name} {inner}".strip() for name, one in commands.items() for inner in getattr(one, "commands", [""])}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    called = re.findall(r"^(?:\.venv/bin/)?supplychain ((?:[a-z-]+ ?)+)", text, flags=re.MULTILINE)
    assert called
    for words in called:
        first, second = (*words.split(), "")[:2]
        assert first in known or f"{first} {second}" in known, words


def test_figures_that_scenarios_show_stand_in_the_glossary():
    shown = {figure for entry in list_scenarios() for figure in load_scenario(entry.name).compare.show}
    assert shown
    assert shown - set(figures()) == set()


def test_every_figure_says_its_unit_formula_and_decision():
    bad = [
        f.figure
        for f in figures().values()
        if not (f.label and f.unit and f.formula and f.decides)
        or f.basis not in {"plan", "simulated"}
        or f.better not in {"lower", "higher", "none"}
    ]
    assert bad == []
