"""Steps are made once for the same inputs; a run says which steps it made again, and which input made it so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from supplychain.pipeline.digest import code_version, digest
from supplychain.store import StepResult, Store

__all__ = ["Made", "StepCache"]


@dataclass(frozen=True, slots=True)
class Made:
    """A step as it was used: key, whether it was reused, the hash of each input, what changed since last time."""

    name: str
    key: str
    reused: bool
    inputs: Mapping[str, str]
    why: str


@dataclass
class StepCache:
    """Makes or reuses steps. ``previous`` holds the input hashes of the last run of the same scenario, by step."""

    store: Store
    previous: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)

    def step(self, name: str, inputs: Mapping[str, Any], make: Callable[[str], StepResult]) -> StepResult:
        """The result of step ``name`` for these inputs (name -> anything ``digest`` takes).

        ``make`` gets the key and is called only when the store does not hold the step.
        """
        hashes = {part: digest(value)[:16] for part, value in inputs.items()} | {"code": code_version()}
        key = digest(name, hashes)[:32]
        known = self.store.read_step(key)
        if known is None:
            known = make(key)
            self.store.write_step(key, known)
            self.made.append(Made(name, key, False, hashes, self._why(name, hashes)))
        else:
            self.made.append(Made(name, key, True, hashes, "inputs unchanged"))
        return known

    def _why(self, name: str, hashes: Mapping[str, str]) -> str:
        before = self.previous.get(name)
        if before is None:
            return "first run with these inputs"
        changed = [part for part in hashes if before.get(part) != hashes[part]]
        return f"changed: {', '.join(changed)}" if changed else "no stored result"
