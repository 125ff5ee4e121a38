"""The only place that makes an executor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from supplychain.errors import UsageError

__all__ = ["executor_of"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@contextmanager
def executor_of(workers: int) -> Iterator[Executor | None]:
    """Processes (spawned, one thread each) for more than one worker, else none.

    Raises UsageError for fewer than one worker.
    """
    if workers < 1:
        raise UsageError(f"workers {workers}: must be at least 1")
    if workers == 1:
        yield None
        return
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
            yield executor
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
