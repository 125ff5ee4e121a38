"""What a judge finds wrong with a plan."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a plan breaks: which plan, record and field, the value found and the rule."""

    plan: str
    record: str
    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.plan, self.record, self.field) if part)
        return ": ".join(part for part in (place, self.value, self.rule) if part)
