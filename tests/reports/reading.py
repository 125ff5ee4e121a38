"""A page taken apart: elements, text, scripts and drawings."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from plotly.offline import get_plotlyjs

LIBRARY = get_plotlyjs()
FOREIGN = ("src", "href", "action", "data", "poster", "srcset", "background", "formaction")


class Page(HTMLParser):
    """Elements, attributes and text of a page, scripts apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles, self.text = "", ""
        self._open = ""
        self.feed(text.replace(LIBRARY, "/* plotly.js */"))  # five megabytes that need no walk

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag if tag in ("script", "style") else ""
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            attrs, text = self.scripts[-1]
            self.scripts[-1] = (attrs, text + data)
        elif self._open == "style":
            self.styles += data
        else:
            self.text += data


def figures(page: Page) -> dict[str, dict[str, object]]:
    return {str(a["data-for"]): json.loads(text) for a, text in page.scripts if a.get("class") == "figure"}


def check_nothing_is_fetched(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "img", "object", "embed", "base") or attributes.get("href") == "data:,"
        for name in FOREIGN:
            value = attributes.get(name) or ""
            assert value.startswith(("#", "data:")) or not value, (tag, name, value)
        assert "http-equiv" not in attributes or "default-src 'none'" in str(attributes["content"])
    assert "@import" not in page.styles
    assert "url(" not in page.styles
    own = [text for attributes, text in page.scripts if text != "/* plotly.js */"]
    assert len(own) == len(page.scripts) - 1  # the library once, and our own script beside the drawings
    for text in own:
        assert not re.search(r"\b(fetch|XMLHttpRequest|importScripts|import)\b\s*\(", text)
    script = next(text for attributes, text in page.scripts if not attributes and text != "/* plotly.js */")
    assert "http" not in script
