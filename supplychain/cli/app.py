"""The command tree, and how an error becomes an exit code."""

from __future__ import annotations

import signal
import sys

import typer

from supplychain.cli import (
    data,
    demo,
    doctor,
    forecast,
    init,
    place,
    plan,
    report,
    route,
    run,
    runs,
    scenario,
    validate,
)
from supplychain.cli.output import tell
from supplychain.errors import SupplyChainError

__all__ = ["app", "run_app"]

app = typer.Typer(
    name="supplychain",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Forecast demand, plan orders, place warehouses, route deliveries and live through the result.",
)
for module in (run, demo, init, validate, doctor, report):
    module.register(app)
for name, group in (
    ("scenario", scenario.app),
    ("runs", runs.app),
    ("forecast", forecast.app),
    ("plan", plan.app),
    ("route", route.app),
    ("place", place.app),
    ("data", data.app),
):
    app.add_typer(group, name=name)

_INTERRUPTED = 130
_TERMINATED = 143


def run_app() -> None:
    """Run the command that ``sys.argv`` names and leave with its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = app(standalone_mode=False)
    except SupplyChainError as error:
        tell(f"error: {error}")
        code = error.exit_code
    except typer.Exit as leave:
        code = leave.exit_code
    except typer.Abort:
        code = _INTERRUPTED
    except KeyboardInterrupt:
        tell("interrupted; finished steps are kept and will be reused")
        code = _INTERRUPTED
    except BrokenPipeError:
        code = 0
    except Exception as error:  # click's usage errors, without importing click here
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        code = getattr(error, "exit_code", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _terminate(_signal: int, _frame: object) -> None:
    tell("terminated; finished steps are kept and will be reused")
    sys.exit(_TERMINATED)
