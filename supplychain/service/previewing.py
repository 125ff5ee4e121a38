"""What a run would do, without doing it: which steps are stored and which would be made, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.prepare import prepare
from supplychain.pipeline.steps import forecast_step, place_step, replenish_step, route_step
from supplychain.service.approved import with_approved
from supplychain.service.asking import make_ask
from supplychain.service.listen import UNTIL, Until
from supplychain.service.record import parent_of, previous_inputs, run_key
from supplychain.store import StepResult, Store
from supplychain.twin.simulate import simulate_step

__all__ = ["Preview", "StepPreview", "preview"]


@dataclass(frozen=True, slots=True)
class StepPreview:
    """``state`` is reuse, make, depends (on a step that would be made) or none (nothing to do in this data set)."""

    name: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A run that was checked and not made; ``stored`` says that the whole run is in the store already."""

    run_id: str
    scenario: str
    title: str
    as_of: date
    until: str
    stored: bool
    steps: tuple[StepPreview, ...]
    variant: str = ""

    @property
    def label(self) -> str:
        """Name of the scenario, with what was asked for beyond its file."""
        return f"{self.scenario} [{self.variant}]" if self.variant else self.scenario


class _WouldMakeError(Exception):
    """A step is not in the store, so what comes after it cannot be known."""


class _ReadingStore(Store):
    """A store that nothing is written to."""

    def write_step(self, key: str, result: StepResult) -> None:
        """Leave the store as it is."""


class _PeekCache(StepCache):
    """Finds stored steps and stops at the first one that would have to be made."""

    def step(
        self,
        name: str,
        inputs: Mapping[str, Any],
        make: Callable[[str], StepResult],
        *,
        causes: Mapping[str, Any] | None = None,
    ) -> StepResult:
        found = super().step(name, inputs, lambda key: StepResult(name, key), causes=causes)
        if not self.made[-1].reused:
            raise _WouldMakeError(name)
        return found


def preview(
    scenario: str | Path,
    *,
    until: Until = "simulate",
    as_of: date | None = None,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    store: Path | None = None,
    project: Path | None = None,
) -> Preview:
    """Check scenario and data as `run` does, and say which steps it would make; nothing is solved or written.

    Raises what `run` raises for bad input.
    """
    ask = make_ask(scenario, until=until, as_of=as_of, data=data, sets=sets, project=project)
    root = Path(store) if store else Path(".supplychain")
    known = Store.open(root, create=False) if Store.is_at(root) else None
    if known is not None:
        ask = replace(ask, tables=with_approved(ask.tables, known))
    chosen, tables = ask.scenario, ask.tables
    prepared = prepare(tables, chosen)
    run_id = run_key(ask, parent_of(known, ask) if known else None)
    steps: list[StepPreview] = [StepPreview("validate", "make", "always")]
    wanted = UNTIL[1 : UNTIL.index(until) + 1]
    stored = known is not None and run_id in {record.run_id for record in known.runs()} and not known.damage(run_id)
    if known is None:
        steps += [StepPreview(name, "make", "no store yet") for name in wanted]
    elif stored:
        steps += [StepPreview(name, "reuse", "whole run unchanged") for name in wanted]
    else:
        cache = _PeekCache(_ReadingStore(known.root, known.database), previous_inputs(known, chosen))
        steps += _peek(cache, prepared, wanted)
    return Preview(run_id, chosen.name, chosen.title, tables.as_of, until, stored, tuple(steps), ask.variant)


def _peek(cache: _PeekCache, prepared: Any, wanted: Sequence[str]) -> list[StepPreview]:
    """Go through the steps as far as stored results lead."""
    found: dict[str, StepPreview] = {}

    def note(name: str, call: Callable[[], Any]) -> Any:
        if name not in wanted:
            return None
        try:
            result = call()
        except _WouldMakeError:
            found[name] = StepPreview(name, "make", cache.made[-1].why)
            return None
        found[name] = StepPreview(name, "reuse", "inputs unchanged")
        return result

    placed = note("place", lambda: place_step(cache, prepared))
    house = placed[1] if placed else None
    forecasted = note("forecast", lambda: forecast_step(cache, house)) if house else None
    if house and forecasted:
        note("replenish", lambda: replenish_step(cache, house, forecasted))
    if house and house.dataset.deliveries:
        note("route", lambda: route_step(cache, house, executor=None))
    if house and forecasted and house.dataset.actuals is not None:
        note("simulate", lambda: simulate_step(cache, house, forecasted, executor=None, workers=1))
    first = next((name for name in wanted if name in found and found[name].state == "make"), "")
    return [found.get(name) or _unknown(name, house, first) for name in wanted]


def _unknown(name: str, house: Any, first: str) -> StepPreview:
    if house is not None and name == "route" and not house.dataset.deliveries:
        return StepPreview(name, "none", "the data set has no deliveries")
    if house is not None and name == "simulate" and house.dataset.actuals is None:
        return StepPreview(name, "none", "the data set has no actuals")
    return StepPreview(name, "depends", f"on what {first} gives")
