"""Steps are made once for the same inputs; a run says which steps it made again, and which input made it so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from supplychain.pipeline.digest import code_version, digest
from supplychain.store import StepResult, Store

__all__ = ["Made", "StepCache"]


_CODE = "the toolkit's own code"
_PLAIN = frozenset({_CODE, "forecast", "deliveries", "vehicles", "sites", "zones"})
"""Inputs whose own names say enough; behind the others stand settings and tables."""


@dataclass(frozen=True, slots=True)
class Made:
    """A step as it was used: key, whether it was reused, the hash of each input and cause, what changed since last."""

    name: str
    key: str
    reused: bool
    inputs: Mapping[str, str]
    why: str


@dataclass
class StepCache:
    """Makes or reuses steps. ``previous`` holds the hashes of the last run of the same scenario, by step."""

    store: Store
    previous: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    _known: dict[int, tuple[Any, str]] = field(default_factory=dict)

    def step(
        self,
        name: str,
        inputs: Mapping[str, Any],
        make: Callable[[str], StepResult],
        *,
        causes: Mapping[str, Any] | None = None,
    ) -> StepResult:
        """The result of step ``name`` for these inputs (name -> anything ``digest`` takes).

        ``make`` gets the key and is called only when the store does not hold the step. ``causes`` are what planners
        set and what stands behind the inputs: they explain why a step is made again, and take no part in its key.
        """
        hashes = {part: digest(value)[:16] for part, value in inputs.items()} | {_CODE: code_version()}
        key = digest(name, hashes)[:32]
        behind = {cause: self._hash(value) for cause, value in (causes or {}).items()}
        known = self.store.read_step(key)
        reused, why = known is not None, "inputs unchanged"
        if known is None:
            known = make(key)
            self.store.write_step(key, known)
            why = self._why(name, hashes, behind)
        self.made.append(Made(name, key, reused, {**behind, **hashes}, why))
        return known

    def _hash(self, value: Any) -> str:
        """Hash of a cause; steps share tables, which are hashed once."""
        if id(value) not in self._known:
            self._known[id(value)] = (value, digest(value)[:16])  # kept, so that no other object gets its id
        return self._known[id(value)][1]

    def _why(self, name: str, hashes: Mapping[str, str], behind: Mapping[str, str]) -> str:
        before = self.previous.get(name)
        if before is None:
            return "first run with these inputs"
        changed = [part for part in hashes if before.get(part) != hashes[part]]
        unclear = [part for part in changed if part not in _PLAIN]
        words = [cause for cause in behind if cause in before and before[cause] != behind[cause]] if unclear else []
        words = words or unclear
        words += [part for part in changed if part in _PLAIN and part not in words]
        return f"changed: {', '.join(words)}" if words else "no stored result"
