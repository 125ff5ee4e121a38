"""Progress on stderr: which step runs, whether it was reused and why not."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from supplychain.cli.output import tell

if TYPE_CHECKING:
    from supplychain.service.result import StepReport

__all__ = ["StepProgress"]


class StepProgress:
    """Prints one line a step; on a terminal also how many days of the closed loop are done."""

    def __init__(self, scenario: str, *, quiet: bool) -> None:
        self.scenario, self.quiet = scenario, quiet
        self.shown = 0.0

    def start(self, step: str, total: int | None) -> None:
        """A step begins."""
        self.shown = time.monotonic()

    def advance(self, done: int) -> None:
        """Units of work done; shown at most twice a second, on a terminal only."""
        if not self.quiet and sys.stderr.isatty() and time.monotonic() - self.shown > 0.5:
            self.shown = time.monotonic()
            sys.stderr.write(f"\r  {self.scenario}: day {done}   ")
            sys.stderr.flush()

    def finish(self, step: StepReport) -> None:
        """A step is done."""
        if self.quiet:
            return
        state = "reused" if step.reused else f"made in {step.seconds:.1f} s"
        why = "" if step.reused else f" ({step.why})"
        tell(f"  {self.scenario}: {step.name} {state}{why}")
