"""What a placement solver is asked: arrays over sites and zones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CoverageRule", "PlacementProblem"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CoverageRule:
    """At least ``minimal_share`` of the demand of a tier is served within ``target_days`` (both ends included)."""

    tier: int
    name: str
    target_days: float
    minimal_share: float


@dataclass(frozen=True, eq=False)
class PlacementProblem:
    """Open sites and share out zones at the least cost: fixed cost of open sites plus unit cost of what they serve.

    S sites (a site with several sizes is several rows of the same ``place``, of which at most one opens), Z zones.
    Costs, demand and capacity are for the same period, such as a year. ``fixed_cost`` [S] money; ``capacity`` [S]
    units, inf where unlimited; ``demand`` [Z] units; ``unit_cost`` [S,Z] money for a unit; ``days`` [S,Z] delivery
    days, NaN where unknown; ``allowed`` [S,Z] whether the site may serve the zone; ``tier`` [Z] index used by
    ``coverage``; ``must_open``, ``must_close`` [S]; ``single_source`` gives each zone to exactly one site.
    Build it with :meth:`of`, which fills in defaults and checks.
    """

    fixed_cost: Floats
    capacity: Floats
    demand: Floats
    unit_cost: Floats
    days: Floats
    allowed: Flags
    tier: Ints
    place: Ints
    must_open: Flags
    must_close: Flags
    site_names: tuple[str, ...]
    zone_names: tuple[str, ...]
    coverage: tuple[CoverageRule, ...] = ()
    open_at_most: int | None = None
    open_at_least: int | None = None
    single_source: bool = False

    @classmethod
    def of(
        cls,
        *,
        fixed_cost: npt.ArrayLike,
        demand: npt.ArrayLike,
        unit_cost: npt.ArrayLike,
        capacity: npt.ArrayLike | None = None,
        days: npt.ArrayLike | None = None,
        allowed: npt.ArrayLike | None = None,
        tier: npt.ArrayLike | None = None,
        place: npt.ArrayLike | None = None,
        must_open: npt.ArrayLike | None = None,
        must_close: npt.ArrayLike | None = None,
        site_names: tuple[str, ...] | None = None,
        zone_names: tuple[str, ...] | None = None,
        coverage: tuple[CoverageRule, ...] = (),
        open_at_most: int | None = None,
        open_at_least: int | None = None,
        single_source: bool = False,
    ) -> PlacementProblem:
        """Build and check a problem; an infinite unit cost forbids the pair.

        Raises ValueError, listing everything that is wrong.
        """
        fixed, wanted = np.asarray(fixed_cost, np.float64), np.asarray(demand, np.float64)
        cost = np.asarray(unit_cost, np.float64)
        n_sites, n_zones = len(fixed), len(wanted)
        usable = np.ones(cost.shape, np.bool_) if allowed is None else np.asarray(allowed, np.bool_)
        if usable.shape == cost.shape:
            usable = usable & ~np.isposinf(cost)
        problem = cls(
            fixed_cost=fixed,
            capacity=np.full(n_sites, np.inf) if capacity is None else np.asarray(capacity, np.float64),
            demand=wanted,
            unit_cost=cost,
            days=np.full(cost.shape, np.nan) if days is None else np.asarray(days, np.float64),
            allowed=usable,
            tier=np.zeros(n_zones, np.int64) if tier is None else np.asarray(tier, np.int64),
            place=np.arange(n_sites) if place is None else np.asarray(place, np.int64),
            must_open=np.zeros(n_sites, np.bool_) if must_open is None else np.asarray(must_open, np.bool_),
            must_close=np.zeros(n_sites, np.bool_) if must_close is None else np.asarray(must_close, np.bool_),
            site_names=tuple(f"site {s}" for s in range(n_sites)) if site_names is None else site_names,
            zone_names=tuple(f"zone {z}" for z in range(n_zones)) if zone_names is None else zone_names,
            coverage=coverage,
            open_at_most=open_at_most,
            open_at_least=open_at_least,
            single_source=single_source,
        )
        faults = _shape_faults(problem) or _value_faults(problem)
        if faults:
            raise ValueError("placement problem: " + "; ".join(faults))
        return problem

    @property
    def n_sites(self) -> int:
        """Number of sites S."""
        return len(self.fixed_cost)

    @property
    def n_zones(self) -> int:
        """Number of zones Z."""
        return len(self.demand)

    @property
    def useful_capacity(self) -> Floats:
        """Capacity [S], never more than the whole demand: more cannot be used."""
        capacity: Floats = np.minimum(self.capacity, self.demand.sum())
        return capacity

    def covered(self, rule: CoverageRule) -> Flags:
        """Pairs [S,Z] that count as covered under the rule."""
        with np.errstate(invalid="ignore"):
            inside: Flags = (self.days <= rule.target_days) & (self.tier == rule.tier)[None, :] & self.allowed
        return inside


def _shape_faults(problem: PlacementProblem) -> list[str]:
    shape = (problem.n_sites, problem.n_zones)
    expected = {
        "capacity": shape[:1],
        "demand": shape[1:],
        "unit_cost": shape,
        "days": shape,
        "allowed": shape,
        "tier": shape[1:],
        "place": shape[:1],
        "must_open": shape[:1],
        "must_close": shape[:1],
    }
    faults = [
        f"{name}: shape {getattr(problem, name).shape}, must be {wanted}"
        for name, wanted in expected.items()
        if getattr(problem, name).shape != wanted
    ]
    if (len(problem.site_names), len(problem.zone_names)) != shape:
        faults.append("site_names and zone_names must name every site and zone")
    return faults


def _value_faults(problem: PlacementProblem) -> list[str]:
    rules: list[tuple[bool, str]] = [
        (not np.isfinite(problem.fixed_cost).all(), "fixed_cost must be finite"),
        (bool(np.isnan(problem.capacity).any() or (problem.capacity < 0).any()), "capacity must not be negative"),
        (
            not (np.isfinite(problem.demand).all() and (problem.demand >= 0).all()),
            "demand must be finite, not negative",
        ),
        (not np.isfinite(problem.unit_cost[problem.allowed]).all(), "unit_cost must be finite where allowed"),
        (problem.open_at_most is not None and problem.open_at_most < 0, "open_at_most must not be negative"),
        (problem.open_at_least is not None and problem.open_at_least < 0, "open_at_least must not be negative"),
    ]
    faults = [text for broken, text in rules if broken]
    both = np.flatnonzero(problem.must_open & problem.must_close)
    faults += [f"{problem.site_names[s]}: must open and must close at once" for s in both]
    faults += [
        f"coverage of {rule.name}: share {rule.minimal_share} must lie in 0..1, days {rule.target_days} not be negative"
        for rule in problem.coverage
        if not (0 <= rule.minimal_share <= 1 and rule.target_days >= 0)
    ]
    return faults
