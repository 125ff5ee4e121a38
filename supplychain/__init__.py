"""Supply chain and logistics optimization toolkit.

>>> import supplychain
>>> result = supplychain.run("baseline")  # doctest: +SKIP
>>> result.kpis  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supplychain.service.backtesting import backtest
    from supplychain.service.comparison import compare
    from supplychain.service.execution import run
    from supplychain.service.listing import open_stored as open_run

__all__ = ["__version__", "backtest", "compare", "open_run", "run"]

__version__ = "0.1.0"

_LAZY = {
    "backtest": ("supplychain.service.backtesting", "backtest"),
    "compare": ("supplychain.service.comparison", "compare"),
    "open_run": ("supplychain.service.listing", "open_stored"),
    "run": ("supplychain.service.execution", "run"),
}
"""Imported on first use, so that ``import supplychain`` stays light."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
