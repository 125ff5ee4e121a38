"""The command ``supplychain doctor``."""

from __future__ import annotations

from dataclasses import asdict

import typer

from supplychain.cli.options import DEFAULT_STORE, Json, StoreFolder
from supplychain.cli.output import emit, emit_json

__all__ = ["register"]

_WORDS = {True: "ok", False: "FAULT", None: "-"}


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("doctor", short_help="Check this installation.")(doctor)


def doctor(store: StoreFolder = DEFAULT_STORE, json: Json = False) -> None:
    """Look whether Python, libraries, solvers, store and bundled files are in order; shows no secrets."""
    from supplychain.errors import SupplyChainError
    from supplychain.reports.text import table_text
    from supplychain.service import check_house

    checks = check_house(store)
    if json:
        emit_json({"checks": [asdict(check) for check in checks]})
    else:
        rows = [[_WORDS[c.ok], c.subject, c.detail, "" if c.ok else c.fix] for c in checks]
        emit(table_text(["", "what", "found", "fix"], rows))
    faults = [check.subject for check in checks if check.ok is False]
    if faults:
        raise SupplyChainError(f"{len(faults)} faults: {', '.join(faults)}")
