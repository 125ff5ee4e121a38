"""Shapes and values are checked once at the door, so that no kernel reads past an array."""

from __future__ import annotations

import numpy as np

from forecasts.protocol import History, Outlook, Request

__all__ = ["check_inputs", "check_request", "check_types"]


ROUNDING = 1e-6
"""What sums of shares may lie beyond 0 and 1."""
LARGEST_QUANTITY = 1e12
"""Units a day beyond which sums of squares lose their meaning."""


def check_inputs(history: History, outlook: Outlook, horizon: int) -> None:
    """Raise ValueError that names every array whose shape or values do not fit."""
    rows, days = history.rows, history.days
    shapes = {
        "history.in_stock": (history.in_stock.shape, (rows, days)),
        "history.price_ratio": (history.price_ratio.shape, (rows, days)),
        "history.promo": (history.promo.shape, (rows, days)),
        "history.group": (history.group.shape, (rows,)),
        "history.unit_value": (history.unit_value.shape, (rows,)),
        "outlook.price_ratio": (outlook.price_ratio.shape, (rows, horizon)),
        "outlook.promo": (outlook.promo.shape, (rows, horizon)),
    }
    faults = [f"{name}: shape {have}, needs {need}" for name, (have, need) in shapes.items() if have != need]
    faults += _event_faults(history, outlook, horizon)
    faults += _value_faults(history, outlook)
    if rows < 1 or days < 1:
        faults.append(f"history.quantity: shape {history.quantity.shape}, needs at least one row and one day")
    if np.any(history.quantity < 0):
        faults.append(f"history.quantity: {int(np.sum(history.quantity < 0))} negative cells, demand must be >= 0")
    if np.any(np.isinf(history.quantity)):
        faults.append("history.quantity: infinite cells, use NaN where demand is unknown")
    elif np.any(history.quantity > LARGEST_QUANTITY):
        faults.append(
            f"history.quantity: {np.nanmax(history.quantity):.3g} units a day, at most {LARGEST_QUANTITY:.0e}"
        )
    _raise(faults)


def _raise(faults: list[str]) -> None:
    if faults:
        raise ValueError("; ".join(faults))


def check_types(history: History, outlook: Outlook) -> None:
    """Raise ValueError that names what is no array, of another type or number of dimensions, or no date."""
    wanted = {
        "history.quantity": (history.quantity, "f", 2),
        "history.in_stock": (history.in_stock, "b", 2),
        "history.price_ratio": (history.price_ratio, "f", 2),
        "history.promo": (history.promo, "f", 2),
        "history.group": (history.group, "i", 1),
        "history.unit_value": (history.unit_value, "f", 1),
        "outlook.price_ratio": (outlook.price_ratio, "f", 2),
        "outlook.promo": (outlook.promo, "f", 2),
        "outlook.events": (outlook.events, "f", 3),
    }
    kinds = {"f": "floats", "b": "booleans", "i": "integers"}
    faults = []
    for name, (array, kind, dimensions) in wanted.items():
        if not isinstance(array, np.ndarray):
            faults.append(f"{name}: a {type(array).__name__}, needs a numpy array of {kinds[kind]}")
        elif array.dtype.kind != kind:
            faults.append(f"{name}: of type {array.dtype}, needs {kinds[kind]}")
        elif array.ndim != dimensions:
            faults.append(f"{name}: {array.ndim} dimensions, needs {dimensions}")
    day = history.first_day
    if not isinstance(day, np.datetime64) or np.isnat(day):
        faults.append(f"history.first_day: {day!r}, needs a date as numpy.datetime64")
    _raise(faults)


def _value_faults(history: History, outlook: Outlook) -> list[str]:
    """Values that no price, promotion, event or money has."""
    faults = []
    for name, part in (("history", history), ("outlook", outlook)):
        ratio, promo = part.price_ratio, part.promo
        if not (np.isfinite(ratio) & (ratio >= 0)).all():
            faults.append(
                f"{name}.price_ratio: negative or not finite, use 1 for the usual price and where none is known"
            )
        if not ((promo >= -ROUNDING) & (promo <= 1 + ROUNDING)).all():
            faults.append(f"{name}.promo: outside 0 to 1, it is the share of demand under promotion")
    if not ((outlook.events >= -ROUNDING) & (outlook.events <= 1 + ROUNDING)).all():
        faults.append("outlook.events: outside 0 to 1, they are shares of the group that an event touches")
    if len(set(outlook.event_names)) < len(outlook.event_names):
        faults.append("outlook.event_names: a name stands there twice")
    if not (np.isfinite(history.unit_value) & (history.unit_value >= 0)).all():
        faults.append("history.unit_value: negative or not finite")
    return faults


def _event_faults(history: History, outlook: Outlook, horizon: int) -> list[str]:
    shape = outlook.events.shape
    groups = int(history.group.max()) + 1 if history.group.size else 0
    if len(shape) != 3 or shape[1] != len(outlook.event_names):
        return [f"outlook.events: shape {shape}, needs (groups, {len(outlook.event_names)}, days)"]
    if history.group.size and int(history.group.min()) < 0:
        return ["history.group: negative index"]
    if shape[0] < groups or shape[2] < history.days + horizon:
        return [f"outlook.events: shape {shape}, needs at least ({groups}, {shape[1]}, {history.days + horizon})"]
    return []


def check_request(request: Request, rows: int) -> None:
    """Raise ValueError that names every setting of the request that cannot be served."""
    faults = []
    for name in ("horizon", "origins", "seed"):
        value = getattr(request, name)
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < (name != "seed"):
            faults.append(f"{name}: {value!r}, must be a whole number of at least {int(name != 'seed')}")
    days = request.protection_days
    if not isinstance(days, tuple) or not all(isinstance(day, int | np.integer) for day in days):
        faults.append(f"protection_days: {days!r}, must be a tuple of whole days")
    elif not days or list(days) != sorted(set(days)) or days[0] < 1 or (not faults and days[-1] > request.horizon):
        faults.append(f"protection_days: {days}, must ascend between 1 and the horizon {request.horizon}")
    levels = request.levels
    if not isinstance(levels, tuple) or not all(isinstance(level, float | int) for level in levels):
        faults.append(f"levels: {levels!r}, must be a tuple of numbers")
    elif not levels or list(levels) != sorted(set(levels)) or not all(0 < level < 1 for level in levels):
        faults.append(f"levels: {levels}, must ascend strictly between 0 and 1")
    if not isinstance(request.service_level, np.ndarray):
        faults.append(f"service_level: a {type(request.service_level).__name__}, needs a numpy array")
    elif request.service_level.shape != (rows,):
        faults.append(f"service_level: shape {request.service_level.shape}, needs ({rows},)")
    elif not np.all((request.service_level > 0) & (request.service_level < 1)):
        faults.append("service_level: must lie between 0 and 1")
    _raise(faults)
