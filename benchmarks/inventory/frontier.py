"""Stock against fill rate in a closed loop on real demand: our policy and those of textbooks, given the same past."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from benchmarks.inventory.closed_loop.drawing import write_outcomes
from benchmarks.inventory.closed_loop.shops import FILES, made_up_shops, shops_of
from benchmarks.inventory.closed_loop.trial import Outcome, outcomes_of, rows_of
from benchmarks.table import BenchmarkRow

__all__ = ["absent", "measure"]


def absent(options: argparse.Namespace) -> list[str]:
    """Files without which the suite cannot run: of ``--demand``, one whole shop at least."""
    if options.demand is None:
        return []
    lacking = {name: [file for file in files if not (options.demand / file).is_file()] for name, files in FILES.items()}
    if any(not files for files in lacking.values()):
        return []
    return sorted({str(options.demand / file) for files in lacking.values() for file in files})


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Rows of every shop; ``--name`` takes some only, ``--write`` keeps the points as CSV and as a drawing."""
    names = options.name
    shops = (
        made_up_shops(options.seed, names) if options.demand is None else shops_of(options.demand, options.seed, names)
    )
    kept: list[Outcome] = []
    for shop in shops:
        print(f"frontier {shop.name} ...", file=sys.stderr, flush=True)
        for outcome in outcomes_of(shop, options.seed):
            kept.append(outcome)
            yield from rows_of(outcome, options.seed, peers=options.peers)
    if options.write is not None:
        write_outcomes(options.write, kept)
