"""Plans are kept only when their judges accept them."""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.errors import RefusedPlanError
from supplychain.plans.violation import Violation

__all__ = ["accept"]

_SHOWN = 5
_OTHER_RULE = "or try another rule: --set replenish.policy=today, textbook or optimized"
_MEANWHILE = {
    "place": "validate the data alone: --until validate",
    "forecast": "stop before it: --until place; or try another forecast: --set forecast.method=ses",
    "replenish": f"stop before it: --until forecast; {_OTHER_RULE}",
    "review": f"stop before it: --until forecast; {_OTHER_RULE}",
    "route": "stop before it: --until replenish",
}
"""What still works when a plan of the step is refused."""


def accept(name: str, step: str, violations: Sequence[Violation]) -> None:
    """Raise RefusedPlanError for what its judge rejects: that is a fault of ours, not of the user's data."""
    if not violations:
        return
    count = len(violations)
    lines = [
        f"the {name} made by step {step} is refused: it breaks {count} {'rule' if count == 1 else 'rules'} of its own "
        "check. This is a fault of the toolkit, not of your data; the plan is not kept",
        *(f"  {violation}" for violation in violations[:_SHOWN]),
        *([f"  ... and {count - _SHOWN} more"] if count > _SHOWN else []),
        "  please report it with these lines, the scenario and, if you may share it, the data",
        f"  meanwhile: {_MEANWHILE[step]}",
    ]
    raise RefusedPlanError("\n".join(lines))
