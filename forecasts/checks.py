"""Shapes and values are checked once at the door, so that no kernel reads past an array."""

from __future__ import annotations

import numpy as np

from forecasts.protocol import History, Outlook, Request

__all__ = ["check_inputs", "check_request"]


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
    if rows < 1 or days < 1:
        faults.append(f"history.quantity: shape {history.quantity.shape}, needs at least one row and one day")
    if np.any(history.quantity < 0):
        faults.append(f"history.quantity: {int(np.sum(history.quantity < 0))} negative cells, demand must be >= 0")
    if np.any(np.isinf(history.quantity)):
        faults.append("history.quantity: infinite cells, use NaN where demand is unknown")
    if faults:
        raise ValueError("; ".join(faults))


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
    if request.horizon < 1:
        faults.append(f"horizon: {request.horizon}, must be at least 1 day")
    days = request.protection_days
    if not days or list(days) != sorted(set(days)) or days[0] < 1 or days[-1] > request.horizon:
        faults.append(f"protection_days: {days}, must ascend between 1 and the horizon {request.horizon}")
    levels = request.levels
    if not levels or list(levels) != sorted(set(levels)) or levels[0] <= 0 or levels[-1] >= 1:
        faults.append(f"levels: {levels}, must ascend strictly between 0 and 1")
    if request.service_level.shape != (rows,):
        faults.append(f"service_level: shape {request.service_level.shape}, needs ({rows},)")
    elif np.any((request.service_level <= 0) | (request.service_level >= 1)):
        faults.append("service_level: must lie between 0 and 1")
    if request.origins < 1:
        faults.append(f"origins: {request.origins}, must be at least 1")
    if faults:
        raise ValueError("; ".join(faults))
