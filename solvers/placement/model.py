"""The placement problem as a mixed-integer model.

Capacitated facility location (Balinski 1965; strong form as in Krarup and Pruzan 1983)::

    minimise  sum_s f_s y_s + sum_sz c_sz d_z x_sz
    sum_s x_sz = 1                      every zone is served
    sum_z d_z x_sz <= q_s y_s           capacity, and nothing from a closed site
    x_sz <= y_s                         strong rows, all of them or as the relaxation breaks them
    sum_s q_s y_s >= sum_z d_z          room for everything

Rows in units are divided by the mean demand of a zone, so that solver tolerances mean the same for every data set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from solvers.milp import Conflict, MilpProblem, Rows
from solvers.placement.problem import PlacementProblem
from solvers.placement.solution import Reason

__all__ = ["PlacementModel", "build_model", "with_rows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Prices of breaking a rule by one mean zone (or one site) when nothing is feasible. Only their order matters: wishes
# give way before room, room before the number of sites, and a zone goes without last.
_COVERAGE, _CAPACITY, _SITE, _ZONE = 1.0, 3.0, 30.0, 3000.0


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a row stands for; amounts of ``unit`` are multiplied by ``scale`` when told."""

    kind: str
    record: str
    unit: str
    scale: float


@dataclass(frozen=True, eq=False)
class _Block:
    """Rows of one kind, as triples; ``row`` counts from 0 within the block."""

    row: Ints
    column: Ints
    value: Floats
    lower: Floats
    upper: Floats
    penalty: float
    rules: tuple[_Rule, ...]


@dataclass(frozen=True, eq=False)
class PlacementModel:
    """The model: columns are y [S], then x over the A allowed arcs ``arc_site``, ``arc_zone`` (by zone, then site)."""

    milp: MilpProblem
    arc_site: Ints
    arc_zone: Ints
    rules: tuple[_Rule, ...]

    @property
    def n_sites(self) -> int:
        """Number of sites S: the first columns."""
        return self.milp.n_columns - len(self.arc_site)

    def separate(self, values: Floats) -> Rows | None:
        """Strong rows x_sz <= y_s that ``values`` [C] break, None when there are none."""
        broken = np.flatnonzero(values[self.n_sites :] > values[self.arc_site] + 1e-6)
        return self.strong_rows(broken) if broken.size else None

    def strong_rows(self, arcs: Ints) -> Rows:
        """The strong rows of some arcs."""
        count = len(arcs)
        lines = np.arange(count)
        matrix = sparse.csr_array(
            (
                np.concatenate([np.ones(count), -np.ones(count)]),
                (np.concatenate([lines, lines]), np.concatenate([self.n_sites + arcs, self.arc_site[arcs]])),
            ),
            shape=(count, self.milp.n_columns),
        )
        return Rows(matrix, np.full(count, -np.inf), np.zeros(count))

    def reasons(self, conflict: Iterable[Conflict]) -> tuple[Reason, ...]:
        """What the rows in conflict mean."""
        named = [(self.rules[c.row], c.amount) for c in conflict if c.row < len(self.rules)]
        return tuple(Reason(rule.kind, rule.record, amount * rule.scale, rule.unit) for rule, amount in named)


def build_model(problem: PlacementProblem, *, room: bool = True, named: bool = False) -> PlacementModel:
    """The model without strong rows, except those of zones without demand, which no capacity row ties to a site.

    ``room`` adds the implied row on total capacity; ``named`` names columns and rows, for a model to be written.
    """
    arc_zone, arc_site = (a.astype(np.int64) for a in np.nonzero(problem.allowed.T))
    columns = problem.n_sites + np.arange(len(arc_site))
    mean = float(problem.demand.mean()) if problem.demand.size else 0.0
    unit = mean if mean > 0 else 1.0
    blocks = [
        _zone_rows(problem, columns, arc_zone, unit),
        _capacity_rows(problem, columns, arc_site=arc_site, arc_zone=arc_zone, unit=unit),
        _coverage_rows(problem, columns, arc_site=arc_site, arc_zone=arc_zone, unit=unit),
        _count_rows(problem),
        _must_rows(problem),
        *([_room_row(problem, unit)] if room else []),
    ]
    whole = np.ones(problem.n_sites + len(arc_site), np.bool_)
    whole[problem.n_sites :] = problem.single_source
    rules = tuple(rule for block in blocks for rule in block.rules)
    matrix, lower, upper, penalty = _stack(blocks, len(whole))
    milp = MilpProblem.of(
        np.concatenate([problem.fixed_cost, problem.unit_cost[arc_site, arc_zone] * problem.demand[arc_zone]]),
        matrix,
        row_lower=lower,
        row_upper=upper,
        upper=1.0,
        integer=whole,
        column_names=_column_names(problem, arc_site, arc_zone) if named else None,
        row_names=[f"{rule.kind} {rule.record}" for rule in rules] if named else None,
        row_penalty=penalty,
    )
    model = PlacementModel(milp, arc_site, arc_zone, rules)
    idle = np.flatnonzero(problem.demand[arc_zone] == 0)
    return with_rows(model, model.strong_rows(idle)) if idle.size else model


def with_rows(model: PlacementModel, rows: Rows) -> PlacementModel:
    """The model with further rows, which never give way."""
    milp = model.milp
    count = len(rows.lower)
    penalty = np.ones(milp.n_rows) if milp.row_penalty is None else milp.row_penalty
    names = None if milp.row_names is None else [*milp.row_names, *(f"strong {milp.n_rows + k}" for k in range(count))]
    larger = MilpProblem.of(
        milp.cost,
        sparse.vstack([milp.matrix, rows.matrix], format="csr"),
        row_lower=np.concatenate([milp.row_lower, rows.lower]),
        row_upper=np.concatenate([milp.row_upper, rows.upper]),
        lower=milp.lower,
        upper=milp.upper,
        integer=milp.integer,
        column_names=milp.column_names,
        row_names=names,
        row_penalty=np.concatenate([penalty, np.full(count, np.inf)]),
    )
    return PlacementModel(larger, model.arc_site, model.arc_zone, model.rules)


def _stack(blocks: list[_Block], n_columns: int) -> tuple[sparse.csr_array, Floats, Floats, Floats]:
    offsets = np.cumsum([0, *(len(block.lower) for block in blocks)])
    rows = np.concatenate([block.row + offset for block, offset in zip(blocks, offsets[:-1], strict=True)])
    entries = np.concatenate([block.value for block in blocks])
    columns = np.concatenate([block.column for block in blocks])
    return (
        sparse.csr_array((entries, (rows, columns)), shape=(int(offsets[-1]), n_columns)),
        np.concatenate([block.lower for block in blocks]),
        np.concatenate([block.upper for block in blocks]),
        np.concatenate([np.full(len(block.lower), block.penalty) for block in blocks]),
    )


def _column_names(problem: PlacementProblem, arc_site: Ints, arc_zone: Ints) -> list[str]:
    sites, zones = problem.site_names, problem.zone_names
    opened = [f"open {name}" for name in sites]
    return opened + [f"serve {zones[z]} from {sites[s]}" for s, z in zip(arc_site, arc_zone, strict=True)]


def _zone_rows(problem: PlacementProblem, columns: Ints, arc_zone: Ints, unit: float) -> _Block:
    """Every zone is served, in units so that a shortfall reads as units; a zone without demand in shares."""
    scale = np.where(problem.demand > 0, problem.demand, unit) / unit
    rules = tuple(_Rule("zone", name, "units", unit) for name in problem.zone_names)
    return _Block(arc_zone, columns, scale[arc_zone], scale, scale, _ZONE, rules)


def _capacity_rows(problem: PlacementProblem, columns: Ints, *, arc_site: Ints, arc_zone: Ints, unit: float) -> _Block:
    """No more than the capacity, and nothing from a closed site."""
    sites = np.arange(problem.n_sites)
    return _Block(
        np.concatenate([arc_site, sites]),
        np.concatenate([columns, sites]),
        np.concatenate([problem.demand[arc_zone], -problem.useful_capacity]) / unit,
        np.full(len(sites), -np.inf),
        np.zeros(len(sites)),
        _CAPACITY,
        tuple(_Rule("capacity", name, "units", unit) for name in problem.site_names),
    )


def _room_row(problem: PlacementProblem, unit: float) -> _Block:
    """Open capacity is at least the whole demand: implied by the other rows, and a help to the search."""
    return _Block(
        np.zeros(problem.n_sites, np.int64),
        np.arange(problem.n_sites),
        problem.useful_capacity / unit,
        np.array([problem.demand.sum() / unit]),
        np.array([np.inf]),
        np.inf,
        (_Rule("room", "of all open sites", "units", unit),),
    )


def _coverage_rows(problem: PlacementProblem, columns: Ints, *, arc_site: Ints, arc_zone: Ints, unit: float) -> _Block:
    row, column, value = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    need = []
    for index, rule in enumerate(problem.coverage):
        inside = np.flatnonzero(problem.covered(rule)[arc_site, arc_zone])
        row.append(np.full(len(inside), index, np.int64))
        column.append(columns[inside])
        value.append(problem.demand[arc_zone[inside]] / unit)
        need.append(rule.minimal_share * problem.demand[problem.tier == rule.tier].sum() / unit)
    rules = tuple(
        _Rule("coverage", f"{rule.name} within {rule.target_days:g} days for {rule.minimal_share:.1%}", "units", unit)
        for rule in problem.coverage
    )
    least = np.array(need, dtype=np.float64)
    return _Block(
        np.concatenate(row),
        np.concatenate(column),
        np.concatenate(value),
        least,
        np.full(len(need), np.inf),
        _COVERAGE,
        rules,
    )


def _count_rows(problem: PlacementProblem) -> _Block:
    """How many sites open, and one size at most at a place."""
    groups: list[tuple[Ints, float, float, _Rule]] = []
    sites = np.arange(problem.n_sites)
    most, least = problem.open_at_most, problem.open_at_least
    if most is not None:
        groups.append((sites, -np.inf, most, _Rule("open_at_most", str(most), "sites", 1.0)))
    if least is not None:
        groups.append((sites, least, np.inf, _Rule("open_at_least", str(least), "sites", 1.0)))
    labels, counts = np.unique(problem.place, return_counts=True)
    for label in labels[counts > 1]:
        members = np.flatnonzero(problem.place == label)
        names = " or ".join(problem.site_names[s] for s in members)
        groups.append((members, -np.inf, 1.0, _Rule("place", names, "sites", 1.0)))
    return _Block(
        np.concatenate([np.zeros(0, np.int64), *(np.full(len(g[0]), i, np.int64) for i, g in enumerate(groups))]),
        np.concatenate([np.zeros(0, np.int64), *(g[0] for g in groups)]),
        np.ones(sum(len(g[0]) for g in groups)),
        np.array([g[1] for g in groups], dtype=np.float64),
        np.array([g[2] for g in groups], dtype=np.float64),
        _SITE,
        tuple(g[3] for g in groups),
    )


def _must_rows(problem: PlacementProblem) -> _Block:
    """Forced decisions as rows, so that they can be named."""
    forced = np.flatnonzero(problem.must_open | problem.must_close)
    side = problem.must_open[forced].astype(np.float64)
    word = {True: "must_open", False: "must_close"}
    rules = tuple(_Rule(word[bool(problem.must_open[s])], problem.site_names[s], "sites", 1.0) for s in forced)
    return _Block(np.arange(len(forced)), forced, np.ones(len(forced)), side, side, _SITE, rules)
