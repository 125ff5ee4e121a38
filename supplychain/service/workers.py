"""The only place that makes an executor."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

from supplychain.errors import UsageError

__all__ = ["executor_of"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_QUIET = "ignore:resource_tracker"  # it tidies up after a killed run, and need not tell of it


@contextmanager
def executor_of(workers: int) -> Iterator[Executor | None]:
    """Processes (spawned, one thread each) for more than one worker, else none.

    An error or interruption ends the processes at once, and so does the death of this process. Raises UsageError for
    fewer than one worker.
    """
    if workers < 1:
        raise UsageError(f"workers {workers}: must be at least 1")
    if workers == 1:
        yield None
        return
    warnings = [text for text in (os.environ.get("PYTHONWARNINGS"), _QUIET) if text]
    environment = {**dict.fromkeys(_THREADS, "1"), "PYTHONWARNINGS": ",".join(warnings)}
    spawned = get_context("spawn")
    with _environment(environment), ProcessPoolExecutor(workers, mp_context=spawned, initializer=_serve) as executor:
        try:
            yield executor
        except BaseException:
            for process in list(executor._processes.values()):  # there is no public way before Python 3.14
                process.terminate()
            raise


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _serve() -> None:
    """Ctrl-C reaches every process of a terminal, but only the first one answers; without it the others leave."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
