"""Deliveries that cannot go out, each with its binding constraint in words and numbers."""

from __future__ import annotations

from solvers.routing.problem import RoutingProblem
from solvers.routing.reasons import Reason, binding_constraints
from supplychain.handover.routing_problem import DepotDay, routing_problem

__all__ = ["cannot_go", "fleet_is_short"]

Row = dict[str, object]

_CODES = {
    "load_0": "too_heavy",
    "load_1": "too_large",
    "tier": "tier_not_allowed",
    "window": "window",
    "shift": "shift_too_short",
    "fleet": "no_vehicle",
}


def cannot_go(day: DepotDay) -> dict[int, Row]:
    """Deliveries that no vehicle could serve even alone, by index, with the smallest set of binding constraints."""
    general = {i: _general(day, i) for i in range(len(day.deliveries))}
    if not day.vehicles:
        return {i: _row(day, i, [*codes, "no_vehicle"], None, None) for i, codes in general.items()}
    rows = {}
    problem = routing_problem(day, range(len(day.deliveries)))
    for i, codes in general.items():
        reason = binding_constraints(problem, i)
        found = [*codes, *(_CODES[name] for name in (reason.constraints if reason else ()))]
        if found:
            rows[i] = _row(day, i, found, problem, reason)
    return rows


def fleet_is_short(day: DepotDay, index: int, *, served: int, vehicles_used: int) -> Row:
    """A delivery that fits on a vehicle of its own, but on none of those there are."""
    there = sum(v.count for v in day.vehicles)
    text = (
        f"fits on a vehicle of its own, but {vehicles_used} of {there} vehicles are out with {served} stops and none "
        f"can take it; one more vehicle would"
    )
    return _line(day, index, "fleet_capacity", text)


def _general(day: DepotDay, index: int) -> list[str]:
    closed = ["depot_closed"] if day.depot.status != "open" else []
    return closed + (["promised_later"] if day.waiting[index] else [])


def _row(day: DepotDay, index: int, codes: list[str], problem: RoutingProblem | None, reason: Reason | None) -> Row:
    details = [_detail(day, index, code, problem, reason) for code in codes]
    return _line(day, index, "+".join(codes), "; ".join(details))


def _line(day: DepotDay, index: int, reason: str, detail: str) -> Row:
    delivery = day.deliveries[index]
    return {
        "delivery_id": delivery.delivery_id,
        "depot_id": delivery.depot_id,
        "tier": day.tiers[index],
        "parcels": delivery.parcels,
        "reason": reason,
        "detail": detail,
    }


def _detail(day: DepotDay, index: int, code: str, problem: RoutingProblem | None, reason: Reason | None) -> str:
    delivery, depot = day.deliveries[index], day.depot
    if problem is not None and reason is not None and code in ("window", "shift_too_short"):
        return _time_detail(index, code, problem, reason)
    words = {
        "depot_closed": f"depot {depot.site_id} is {depot.status}",
        "promised_later": f"promised from {delivery.promised_from}, routed on {day.day}",
        "too_heavy": f"weighs {delivery.weight_kg:g} kg, {_largest(day, index, 'capacity_kg', 'kg')}",
        "too_large": f"takes {delivery.volume_l:g} l, {_largest(day, index, 'capacity_l', 'l')}",
        "tier_not_allowed": f"no suitable vehicle of depot {depot.site_id} may serve {day.tiers[index]}",
        "no_vehicle": f"depot {depot.site_id} has no vehicle",
    }
    return words[code]


def _largest(day: DepotDay, index: int, field: str, unit: str) -> str:
    suitable = [v for v in day.vehicles if not v.allowed_tiers or day.tiers[index] in v.allowed_tiers]
    most = max((float(getattr(v, field)) for v in suitable or day.vehicles), default=0.0)
    return f"the largest vehicle that may serve {day.tiers[index]} carries {most:g} {unit}"


def _time_detail(index: int, code: str, problem: RoutingProblem, reason: Reason) -> str:
    kind = problem.vehicles[reason.vehicle]
    drive, here = problem.duration_s[kind.profile], problem.location(index)
    out, back = int(drive[0, here]), int(drive[here, 0])
    service = int(problem.service_s[index])
    if code == "shift_too_short":
        return (
            f"there and back with service takes {_minutes(out + back + service)} min, shift and overtime of "
            f"{kind.name} are {_minutes(kind.shift_length + kind.max_overtime)} min"
        )
    return (
        f"window {_clock(problem.window_early[index])} to {_clock(problem.window_late[index])}: {kind.name} can arrive "
        f"from {_clock(kind.shift_start + out)} on and must leave by "
        f"{_clock(kind.latest_return - back)} after {_minutes(service)} min of service"
    )


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:.0f}"


def _clock(seconds: int) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
