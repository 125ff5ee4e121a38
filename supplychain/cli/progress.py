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
    """Prints one line a step; on a terminal also how much of a long one is done."""

    def __init__(self, scenario: str, *, quiet: bool) -> None:
        self.scenario, self.quiet = scenario, quiet
        self.shown, self.step, self.total, self.drawn = 0.0, "", 0, False

    def start(self, step: str, total: int | None) -> None:
        """A step begins."""
        self.shown, self.step, self.total = time.monotonic(), step, total or 0

    def advance(self, done: int) -> None:
        """Units of work done, days where no total is known; shown at most twice a second, on a terminal only."""
        if not self.quiet and sys.stderr.isatty() and time.monotonic() - self.shown > 0.5:
            self.shown, self.drawn = time.monotonic(), True
            how_far = f"{self.step} {done} of {self.total}" if self.total else f"day {done}"
            sys.stderr.write(f"\r  {self.scenario}: {how_far}   ")
            sys.stderr.flush()

    def finish(self, step: StepReport) -> None:
        """A step is done."""
        if self.quiet:
            return
        if self.drawn:  # begin where the count stands, not behind it
            sys.stderr.write("\r")
            self.drawn = False
        state = "reused" if step.reused else f"made in {step.seconds:.1f} s"
        why = "" if step.reused else f" ({step.why})"
        tell(f"  {self.scenario}: {step.name} {state}{why}")
