"""Pages of one file: no network, the same bytes for the same content."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

__all__ = ["render_page"]


def render_page(template: str, **content: Any) -> str:
    """A page as text, from one of the templates, with style, script and drawing library inside."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("supplychain.reports"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "allow_nan": False, "separators": (",", ":")}
    parts = {"css": _inline("report.css"), "js": _inline("report.js"), "plotly": _plotly_js()}
    return environment.get_template(template).render(**parts, **content)


def _inline(name: str) -> Markup:
    return Markup(files("supplychain.reports").joinpath("templates", name).read_text("utf-8"))  # noqa: S704 - our own file


def _plotly_js() -> Markup:
    """The library itself, as the package carries it."""
    return Markup(files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8"))  # noqa: S704
