"""The command tree, and how an error becomes an exit code."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from supplychain.cli import (
    data,
    demo,
    doctor,
    forecast,
    forecast_components,
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
from supplychain.cli.options import set_up_logging
from supplychain.cli.output import emit, tell
from supplychain.errors import SupplyChainError

__all__ = ["app", "run_app"]

app = typer.Typer(
    name="supplychain",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich takes longer than everything else that --help does
    help="Forecast demand, plan orders, place warehouses, route deliveries and live through the result.",
    epilog="Exit codes: 0 ok, 1 failure, 2 usage, 3 bad data or scenario, 4 nothing feasible, 5 held or degraded "
    "(--strict), 75 busy, 130 and 143 interrupted.",
)
for module in (run, demo, init, validate, doctor, report):
    module.register(app)
forecast_components.register(forecast.app)
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


def _show_version(wanted: bool) -> None:
    if wanted:
        from supplychain import __version__

        emit(f"supplychain {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass


def run_app() -> None:
    """Run the command that ``sys.argv`` names and leave with its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no reason to fail
    set_up_logging(verbose=False)
    try:
        code = _run()
    except SystemExit as leave:  # from `_terminate`
        code = leave.code if isinstance(leave.code, int) else 1
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Leave once Python has tidied up, without the native libraries' own ends.

    Their thread pools can abort a process whose work is done, and its exit code would then be a lie.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run() -> int:
    try:
        code = app(standalone_mode=False)
    except SupplyChainError as error:
        tell(f"error: {error}")
        return error.exit_code
    except typer.Exit as leave:
        return leave.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except Exception as error:  # click's usage errors, without importing click here
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return int(getattr(error, "exit_code", 1))
    if code == _INTERRUPTED:  # typer makes this of Ctrl-C
        tell("interrupted; finished steps are kept and will be reused")
    return code if isinstance(code, int) else 0


def _terminate(_signal: int, _frame: object) -> None:
    tell("terminated; finished steps are kept and will be reused")
    sys.exit(_TERMINATED)
