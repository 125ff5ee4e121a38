"""The hash chain of order events: each hash covers the event and the hash before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from supplychain.errors import Problem

__all__ = ["FIRST_HASH", "OrderEvent", "check_links", "link"]

FIRST_HASH = "0" * 64
_PLACE = "order_events"


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One change of one order line. ``content`` is JSON text of the fields that the change sets."""

    sequence: int
    line_id: str
    version: int
    status: str
    at: str
    who: str
    content: str
    previous_hash: str = ""
    hash: str = ""


def link(event: OrderEvent, previous_hash: str) -> OrderEvent:
    """The event with its place in the chain filled in."""
    covered = [previous_hash, event.sequence, event.line_id, event.version, event.status, event.at, event.who]
    text = json.dumps([*covered, event.content], ensure_ascii=False, separators=(",", ":"))
    return replace(event, previous_hash=previous_hash, hash=hashlib.sha256(text.encode()).hexdigest())


def check_links(events: Iterable[OrderEvent]) -> list[Problem]:
    """What is wrong with a chain read in order of sequence: altered, removed, added or exchanged events."""
    problems = []
    previous_hash, expected = FIRST_HASH, 1
    for event in events:
        if event.sequence != expected:
            rule = f"expected event {expected} here: events were removed or added"
            problems.append(_problem(event, "sequence", str(event.sequence), rule))
        elif event.previous_hash != previous_hash:
            problems.append(
                _problem(event, "previous_hash", event.previous_hash[:12], "does not follow the event before")
            )
        if link(event, event.previous_hash).hash != event.hash:
            problems.append(_problem(event, "hash", event.hash[:12], "does not cover the event: it was altered"))
        previous_hash, expected = event.hash, event.sequence + 1
    return problems


def _problem(event: OrderEvent, field: str, value: str, rule: str) -> Problem:
    fix = "restore the database from a copy made before the change"
    return Problem(_PLACE, f"event {event.sequence}, line {event.line_id}", field, value, rule, fix)
