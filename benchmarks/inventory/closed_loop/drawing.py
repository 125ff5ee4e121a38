"""The frontier as points in a CSV file and as a drawing (SVG)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.inventory.closed_loop.curves import Points, points
from benchmarks.inventory.closed_loop.trial import OURS, Outcome

__all__ = ["write_outcomes"]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 430.0, 320.0, 56.0, 14.0, 46.0, 44.0
COLUMNS = 3
COLOURS = ("#0b6e4f", "#c1440e", "#e09f3e", "#7a6ff0", "#2274a5", "#b5179e", "#7d7d7d")
FILL_TICKS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
LEAST_FILL, LEAST_SHORT = 0.5, 0.003


class _Line(NamedTuple):
    """Settings of one policy that no other of its own beats, with more service first."""

    name: str
    points: list[tuple[float, float]]


def write_outcomes(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Write ``frontier.csv`` (a line a setting), ``frontier.svg`` and ``frontier_backlog.svg`` (a panel a shop)."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "frontier.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["shop", "policy", "setting", "stock_days", "fill_rate", "fill_rate_units"])
        for outcome in outcomes:
            for name in outcome.lived:
                writer.writerows(_records(outcome, name))
    for variant, file_name in (("lost", "frontier.svg"), ("backlog", "frontier_backlog.svg")):
        drawn = [outcome for outcome in outcomes if outcome.variant == variant]
        (folder / file_name).write_text(_drawing(drawn), encoding="utf-8")


def _points(outcome: Outcome, name: str, *, by_units: bool = False) -> Points:
    shop = outcome.shop
    one = np.ones((1, len(shop.items)))
    return points(outcome.lived[name], shop.cost, one[0] if by_units else shop.price, one)


def _records(outcome: Outcome, name: str) -> Iterator[list[object]]:
    by_value, by_units = _points(outcome, name), _points(outcome, name, by_units=True)
    for setting, stock in enumerate(by_value.stock[0]):
        days = round(float(stock) * outcome.shop.span.days, 4)
        fill, units = (round(float(found.fill[0, setting]), 6) for found in (by_value, by_units))
        yield [outcome.name, name, setting, days, fill, units]


def _drawing(outcomes: Sequence[Outcome]) -> str:
    rows = -(-len(outcomes) // COLUMNS)
    width, height = WIDTH * COLUMNS, HEIGHT * rows + 40.0
    body = [_panel(outcome, WIDTH * (i % COLUMNS), HEIGHT * (i // COLUMNS)) for i, outcome in enumerate(outcomes)]
    names = list(outcomes[0].lived) if outcomes else []
    body += [_key(name, i, width / max(len(names), 1), HEIGHT * rows + 20.0) for i, name in enumerate(names)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{width:g}" height="{height:g}" fill="white"/>', *body, "</svg>", ""])


def _key(name: str, number: int, step: float, y: float) -> str:
    x = number * step + 14.0
    line = f'<line x1="{x:g}" x2="{x + 22:g}" y1="{y:g}" y2="{y:g}" stroke="{COLOURS[number]}" stroke-width="3"/>'
    return line + f'<text x="{x + 27:g}" y="{y + 4:g}" font-size="12">{name}</text>'


def _panel(outcome: Outcome, left: float, top: float) -> str:
    """Fill rate to the right, evenly in the logarithm of the share short; stock in days upwards."""
    lines = [_line(outcome, name) for name in outcome.lived]
    own = [days for line in lines if line.name == OURS for _, days in line.points]
    most = 1.4 * max(own, default=1.0)
    inner_w, inner_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    span = np.log(1.0 - LEAST_FILL) - np.log(LEAST_SHORT)

    def x(fill: float) -> float:
        return left + LEFT + inner_w * float((np.log(1.0 - LEAST_FILL) - np.log(max(1.0 - fill, LEAST_SHORT))) / span)

    def y(days: float) -> float:
        return top + TOP + inner_h * (1.0 - days / most)

    parts = [f'<text x="{left + LEFT:g}" y="{top + 22:g}" font-size="14" font-weight="bold">{outcome.name}</text>']
    base, edge = y(0.0), left + LEFT
    for fill in FILL_TICKS:
        parts.append(_stroke(x(fill), top + TOP, x(fill), base, "#e4e4e4"))
        parts.append(_text(x(fill), base + 15, f"{100 * fill:g} %", "middle"))
    for days in np.linspace(0.0, most, 5):
        parts.append(_stroke(edge, y(days), left + WIDTH - RIGHT, y(days), "#e4e4e4"))
        parts.append(_text(edge - 5, y(days) + 4, f"{days:,.0f}", "end"))
    parts.append(_text(left + LEFT + inner_w / 2, base + 32, "fill rate by value", "middle"))
    parts.append(_text(edge, top + TOP - 4, "days of stock", "start"))
    for number, line in reversed(list(enumerate(lines))):
        inside = [(x(f), y(d)) for f, d in line.points if LEAST_FILL <= f <= 1.0 - LEAST_SHORT and d <= most]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in inside)
        thick = 3 if line.name == OURS else 1.5
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[number]}" stroke-width="{thick}"/>')
        if line.name == OURS:
            parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{COLOURS[number]}"/>' for px, py in inside]
    return "\n".join(parts)


def _line(outcome: Outcome, name: str) -> _Line:
    found = _points(outcome, name)
    pairs = sorted(zip((found.fill[0]).tolist(), (found.stock[0] * outcome.shop.span.days).tolist(), strict=True))
    kept: list[tuple[float, float]] = []
    for fill, days in reversed(pairs):
        if not kept or days < kept[-1][1]:
            kept.append((fill, days))
    return _Line(name, kept)


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="{anchor}" fill="#333">{text}</text>'
