"""What commands, jobs, pages and notebooks call."""

from supplychain.service.result import RunResult, StepReport
from supplychain.service.run import UNTIL, Listener, open_run, run

__all__ = ["UNTIL", "Listener", "RunResult", "StepReport", "open_run", "run"]
