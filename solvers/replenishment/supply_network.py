"""A network of stocking nodes that serves markets period by period: what it costs, and where its stock is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NetworkState", "SupplyNetwork"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SupplyNetwork:
    """N nodes, E links that can be ordered on, M markets; units of the finished item, money per unit.

    In a period a node first ships what was ordered from it (out of the stock it began with), then receives, then its
    market buys. ``source`` [E] and ``destination`` [E] are nodes, source -1 is an outside supplier without limit;
    ``lead_time_periods`` [E] (0: received in the same period); ``unit_cost`` [E] paid outside the network (prices
    between nodes of one owner cancel), ``transit_cost`` [E] a period under way. ``holding_cost`` [N] a period;
    ``capacity`` [N] most units shipped a period (inf: none); ``yield_share`` [N] units shipped from one unit of
    stock; ``output_cost`` [N] a unit shipped. ``market_node`` [M] node of each market, ``price`` [M],
    ``shortage_cost`` [M] of a unit short in a period; ``backlog``: what is short waits, else it is lost.
    """

    source: Ints
    destination: Ints
    lead_time_periods: Ints
    unit_cost: Floats
    transit_cost: Floats
    holding_cost: Floats
    capacity: Floats
    yield_share: Floats
    output_cost: Floats
    market_node: Ints
    price: Floats
    shortage_cost: Floats
    backlog: bool

    def __post_init__(self) -> None:
        nodes, links, markets = self.holding_cost.size, self.source.size, self.market_node.size
        sizes = (
            (links, ("source", "destination", "lead_time_periods", "unit_cost", "transit_cost")),
            (nodes, ("holding_cost", "capacity", "yield_share", "output_cost")),
            (markets, ("market_node", "price", "shortage_cost")),
        )
        faults = []
        for size, names in sizes:
            for name in names:
                values = getattr(self, name)
                if values.shape != (size,):
                    faults.append(f"{name}: shape {values.shape}: must be ({size},)")
                elif np.isnan(values).any() or (name != "capacity" and not np.isfinite(values).all()):
                    faults.append(f"{name}: must be finite")
        if not faults:
            faults = self._wrong_values(nodes)
        if faults:
            raise ValueError("supply network: " + "; ".join(faults))

    def _wrong_values(self, nodes: int) -> list[str]:
        rules = (
            ("source", (self.source < -1) | (self.source >= nodes), f"must lie in -1..{nodes - 1}"),
            ("destination", (self.destination < 0) | (self.destination >= nodes), f"must lie in 0..{nodes - 1}"),
            ("market_node", (self.market_node < 0) | (self.market_node >= nodes), f"must lie in 0..{nodes - 1}"),
            ("lead_time_periods", self.lead_time_periods < 0, "must not be negative"),
            ("holding_cost", self.holding_cost < 0, "must not be negative"),
            ("shortage_cost", self.shortage_cost < 0, "must not be negative"),
            ("capacity", self.capacity < 0, "must not be negative"),
            ("yield_share", self.yield_share <= 0, "must be positive"),
        )
        faults = [
            f"{name}[{np.flatnonzero(wrong)[0]}] = {getattr(self, name)[wrong][0]}: {rule}"
            for name, wrong, rule in rules
            if wrong.any()
        ]
        if np.unique(self.market_node).size < self.market_node.size:
            faults.append("market_node: two markets at one node: add them up")
        return faults


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Where the stock is at the beginning of a period.

    ``on_hand`` [N]; ``arriving`` [P,N] units under way that arrive in this period, the next, ...; ``waiting`` [M]
    units owed to each market (0 with lost sales).
    """

    on_hand: Floats
    arriving: Floats
    waiting: Floats

    def faults_for(self, network: SupplyNetwork) -> list[str]:
        """What does not fit the network."""
        nodes, markets = network.holding_cost.size, network.market_node.size
        faults = []
        if self.arriving.ndim != 2 or self.arriving.shape[1] != nodes:
            faults.append(f"arriving: shape {self.arriving.shape}: must be periods x {nodes}")
        for name, size in (("on_hand", nodes), ("waiting", markets)):
            if getattr(self, name).shape != (size,):
                faults.append(f"{name}: shape {getattr(self, name).shape}: must be ({size},)")
        for name in ("on_hand", "arriving", "waiting"):
            values = getattr(self, name)
            if not np.isfinite(values).all() or (values < 0).any():
                faults.append(f"{name}: must be finite and not negative")
        if not network.backlog and self.waiting.size and (self.waiting > 0).any():
            faults.append("waiting: must be 0 where sales are lost")
        return faults
