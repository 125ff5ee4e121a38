"""Checks the comparison with direct mail against the data set: lanes, terms, demand, both costs and the verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from supplychain.domain import DataSet, Lane, Supply
from supplychain.domain.fulfilment import Fulfilment
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import differs
from supplychain.plans.judge.mail_costs import mail_by_part, saving_with, stock_by_part
from supplychain.plans.judge.ways import lanes_from
from supplychain.plans.mail_table import MAIL_COLUMNS, VERDICTS, ZONES_BY
from supplychain.plans.violation import Violation

__all__ = ["judge_direct_mail"]

_PLAN = "direct mail"
_YEAR_DAYS = 365

Line = Mapping[str, Any]


def judge_direct_mail(
    dataset: DataSet, table: pd.DataFrame, *, fulfilment: Fulfilment, scorecards: pd.DataFrame | None = None
) -> tuple[Violation, ...]:
    """Every row that the data set does not bear out; ``fulfilment`` is the way of parcels from the sites to the zones.

    ``scorecards`` are those of the run, from which lead times planned as measured follow. How a row's other customers
    spread over days is taken as given, and so is which of several mailing suppliers saves most.
    """
    if absent := [name for name in MAIL_COLUMNS if name not in table.columns]:
        return tuple(Violation(_PLAN, "columns", name, "", "the column is missing") for name in absent)
    judge = _Judge(dataset, fulfilment, Facts(dataset, scorecards))
    found: list[Violation] = []
    for line in table.to_dict("records"):
        found += judge.of_row(line)
    for line in table.loc[table.duplicated(["item_id", "site_id"])].to_dict("records"):
        found.append(_wrong(line, "item_id", "a row is compared once"))
    compared = table.loc[table["zones"].ne("")]
    by_zone = compared.assign(zone=compared["zones"].str.split(ZONES_BY, regex=False)).explode("zone")
    for line in by_zone.loc[by_zone.duplicated(["item_id", "zone"])].to_dict("records"):
        found.append(_wrong(line, "zones", f"{line['zone']} is served with the item by another site"))
    return tuple(found)


def _wrong(line: Line, name: str, rule: str) -> Violation:
    return Violation(_PLAN, f"{line['item_id']} at {line['site_id']} by {line['supplier_id']}", name,
                     str(line[name]), rule)  # fmt: skip


class _Judge:
    """Look-ups of one data set."""

    def __init__(self, dataset: DataSet, fulfilment: Fulfilment, facts: Facts) -> None:
        self._dataset, self._fulfilment, self._facts = dataset, fulfilment, facts
        self._starts = lanes_from(dataset)
        self._mail: dict[str, dict[str, Lane]] = {}
        for supplier_id, supplier in dataset.suppliers.items():
            lanes = [lane for lane in self._starts.get(supplier.site_id or "", []) if lane.mode == "direct_mail"]
            if to_zones := {a.destination_id: a for a in lanes if dataset.sites[a.destination_id].kind == "zone"}:
                self._mail[supplier_id] = to_zones
        self._supply: dict[tuple[str, str], list[Supply]] = {}
        for one in dataset.supply:
            self._supply.setdefault((one.supplier_id, one.item_id), []).append(one)
        self._span = min(dataset.demand.days, _YEAR_DAYS)
        self._units = self._asked({zone for lanes in self._mail.values() for zone in lanes})

    def _asked(self, zones: set[str]) -> dict[tuple[str, str], float]:
        """Units of the last year by item and zone, for these zones and what is mailed."""
        demand = self._dataset.demand
        items = {item_id for supplier_id, item_id in self._supply if supplier_id in self._mail}
        counted = demand.day >= demand.days - self._span
        counted &= np.array([item_id in items for item_id in demand.item_ids], np.bool_)[demand.item]
        counted &= np.array([zone_id in zones for zone_id in demand.zone_ids], np.bool_)[demand.zone]
        keys = [demand.item[counted], demand.zone[counted]]
        sums = pd.Series(demand.quantity[counted]).groupby(keys).sum()
        return {(demand.item_ids[item], demand.zone_ids[zone]): float(units) for (item, zone), units in sums.items()}

    def of_row(self, line: Line) -> Iterator[Violation]:
        """What is wrong about one row."""
        item_id, site_id, supplier_id = line["item_id"], line["site_id"], line["supplier_id"]
        offered = self._supply.get((supplier_id, item_id), [])
        lanes = self._mail.get(supplier_id, {})
        if not offered or not lanes or not self._facts.listed(item_id, site_id) or line["verdict"] not in VERDICTS:
            yield _wrong(line, "supplier_id", "mails no such item, or the site does not hold it")
            return
        zones = [zone for zone in line["zones"].split(ZONES_BY) if zone]
        if strange := [zone for zone in zones if zone not in lanes]:
            yield _wrong(line, "zones", f"no open lane of direct mail leads to {', '.join(strange)}")
            return
        if line["verdict"] in ("no lane", "no demand"):
            yield from self._judge_nothing(line, zones)
            return
        before = [*self._judge_demand(line, zones), *self._judge_row_terms(line)]
        before += self._judge_by_zone(line, zones, self._own(offered, site_id), [lanes[zone] for zone in zones])
        yield from before
        if line["yearly_units"] > 0:
            yield from _judge_costs(line)

    def _judge_nothing(self, line: Line, zones: list[str]) -> Iterator[Violation]:
        if bool(zones) != (line["verdict"] == "no demand"):
            yield _wrong(line, "verdict", "no lane where there are no zones, no demand where they ask for nothing")
        for name in ("yearly_units", "saving", "stock_total", "mail_total"):
            if line[name] != 0:
                yield _wrong(line, name, "nothing is compared")

    def _judge_demand(self, line: Line, zones: list[str]) -> Iterator[Violation]:
        """Units asked for in the last year; on days without stock fewer may be counted."""
        asked = sum(self._units.get((line["item_id"], zone), 0.0) for zone in zones)
        counted, days = line["yearly_units"] * line["days_known"] / _YEAR_DAYS, line["days_known"]
        if not 1 <= days <= self._span:
            yield _wrong(line, "days_known", f"the last year has {self._span} days")
        elif counted > asked * (1 + 1e-9) or counted <= 0 or (days == self._span and differs(counted, asked)):
            yield _wrong(line, "yearly_units", f"its zones asked for {asked:g} units in the last year")
        for name in ("other_units", "added_variance", "other_variance"):
            if not (line[name] >= 0 and math.isfinite(line[name])):
                yield _wrong(line, name, "must be finite and not negative")

    def _judge_row_terms(self, line: Line) -> Iterator[Violation]:
        """The terms on which the site is replenished now."""
        dataset = self._dataset
        item, site_id, source = dataset.items[line["item_id"]], line["site_id"], line["source_id"]
        exact = {
            "price": dataset.to_base(item.price, item.currency),
            "shelf_life_days": math.nan if item.shelf_life_days is None else float(item.shelf_life_days),
        }
        supply = self._bought(line)
        if supply is None:
            terms = set(self._fed(item.item_id, source, site_id))
            exact |= {"paid_days": 0.0}
        else:
            supplier, terms = dataset.suppliers[source], set(self._by_ways(supply, site_id))
            exact |= {"paid_days": float(supplier.payment_days - supplier.settlement_days)}
            exact |= {"minimum_order_quantity": supply.minimum_order_quantity, "pack_units": supply.pack_units}
            if line["review_days"] < 7 / max(len(supplier.order_weekdays), 1) * (1 - 1e-9):
                yield _wrong(line, "review_days", "the supplier takes orders less often")
        mine = tuple(line[name] for name in ("landed_cost", "lead_time_days", "lead_time_sd_days"))
        if not any(all(not differs(a, b) for a, b in zip(mine, one, strict=True)) for one in terms):
            yield _wrong(line, "landed_cost", f"cost, lead time and its spread {mine} are of no way from {source}")
        yield from _compare(line, exact)
        if not 0 <= line["return_share"] <= item.return_rate * (1 + 1e-9):
            yield _wrong(line, "return_share", f"{item.return_rate:g} of what is sold comes back")

    def _bought(self, line: Line) -> Supply | None:
        """The terms on which the site buys; None where a dc feeds it."""
        source = line["source_id"]
        return (
            self._facts.supply(source, line["item_id"], line["site_id"]) if source in self._dataset.suppliers else None
        )

    def _by_ways(self, supply: Supply, site_id: str) -> Iterator[tuple[float, float, float]]:
        """Landed cost, lead time and its spread by each way from a supplier."""
        supplier, (mean, spread) = self._dataset.suppliers[supply.supplier_id], self._facts.lead_time(supply)
        base = self._dataset.to_base(supply.unit_price, supplier.currency) * (1 + supplier.payment_fee_share)
        yield base, mean, spread
        for way in self._facts.ways(supply, site_id).values():
            yield base + way.freight, mean * way.lead_factor, spread * way.lead_factor

    def _fed(self, item_id: str, dc_id: str, site_id: str) -> Iterator[tuple[float, float, float]]:
        """The same by each lane from the dc that feeds the site, whose goods cost what suppliers ask, or as booked."""
        item = self._dataset.items[item_id]
        costs = {self._dataset.to_base(item.unit_cost, item.currency)}
        for supplier_id in self._dataset.suppliers:
            if dc_id in self._dataset.sites and (at_dc := self._facts.supply(supplier_id, item_id, dc_id)) is not None:
                costs |= {cost for cost, *_ in self._by_ways(at_dc, dc_id)}
        for lane in self._facts.lanes(dc_id, site_id):
            for cost in costs:
                yield cost + lane.cost_per_unit + lane.cost_per_kg * item.weight_kg, lane.transit_days, 0.0

    def _own(self, offered: list[Supply], site_id: str) -> Supply:
        mine = [one for one in offered if one.site_id == site_id] or [one for one in offered if one.site_id is None]
        return (mine or offered)[0]

    def _judge_by_zone(self, line: Line, zones: list[str], supply: Supply, lanes: list[Lane]) -> Iterator[Violation]:
        """Costs and days that differ from zone to zone: their mean by demand, at least within their range."""
        dataset, fulfilment, item = self._dataset, self._fulfilment, self._dataset.items[line["item_id"]]
        supplier, parcel = dataset.suppliers[supply.supplier_id], dataset.constant("units_per_parcel")
        site = fulfilment.site_ids.index(line["site_id"])
        at = [fulfilment.zone_ids.index(zone) for zone in zones]
        freight, transit = self._usual(supply, line)
        lead = supply.agreed_lead_time(supplier)[0]
        least = dataset.constant("processing_days")
        handling = least if transit is None else max(lead - transit, least)
        price = dataset.to_base(supply.unit_price, supplier.currency) * (1 + supplier.payment_fee_share)
        by_zone = {
            "delivery_cost": [fulfilment.cost_per_kg[site, z] * item.weight_kg
                              + fulfilment.cost_per_parcel[site, z] / parcel for z in at],
            "stock_days": [fulfilment.days[site, z] for z in at],
            "postage": [a.cost_per_shipment / parcel + a.cost_per_unit + a.cost_per_kg * item.weight_kg for a in lanes],
            "mail_days": [handling + a.transit_days + _waits(a.departures) for a in lanes],
        }  # fmt: skip
        units = np.array([self._units.get((line["item_id"], zone), 0.0) for zone in zones])
        for name, values in by_zone.items():
            low, high = min(values) - 1e-6, max(values) + 1e-6
            mean = float(np.average(values, weights=units)) if units.sum() > 0 else math.nan
            whole = line["days_known"] == self._span
            if not low <= line[name] <= high or (whole and differs(line[name], mean)):
                yield _wrong(line, name, f"its zones have {low:g} to {high:g}, by their demand {mean:g}")
        yield from _compare(line, {
            "goods_cost": max(price - freight, 0.0),
            "mail_paid_days": float(supplier.payment_days - supplier.settlement_days),
        })  # fmt: skip

    def _usual(self, supply: Supply, line: Line) -> tuple[float, float | None]:
        """Freight and transit of the way that the price of the supply includes, to the site or the dc that feeds it."""
        dataset = self._dataset
        to = line["site_id"] if self._bought(line) is not None else line["source_id"]
        weight = dataset.items[supply.item_id].weight_kg
        starts, origin = self._starts, dataset.suppliers[supply.supplier_id].site_id or ""
        paths = [[one] for one in starts.get(origin, []) if one.destination_id == to]
        for one in starts.get(origin, []):
            if dataset.sites[one.destination_id].kind == "port":
                paths += [[one, two] for two in starts.get(one.destination_id, []) if two.destination_id == to]
        agreed = max(supply.agreed_lead_time(dataset.suppliers[supply.supplier_id])[0], 0.5)
        costs = [
            (sum(a.cost_per_unit + a.cost_per_kg * weight for a in path), sum(a.transit_days for a in path))
            for path in paths
        ]
        return min((one for one in costs if one[1] <= agreed), default=(0.0, None))


def _waits(departures: tuple[int, ...]) -> float:
    """Mean days until the next departure of a lane, of the seven weekdays on which a parcel may be ready."""
    waits = [min((day - ready) % 7 for day in departures) for ready in range(1, 8)]
    return sum(waits) / len(waits)


def _compare(line: Line, right: Mapping[str, float]) -> Iterator[Violation]:
    for name, amount in right.items():
        if not (math.isnan(line[name]) and math.isnan(amount)) and differs(line[name], amount):
            yield _wrong(line, name, f"the data set says {amount:g}")


def _judge_costs(line: Line) -> Iterator[Violation]:
    """Parts, totals, verdict, and that both ways cost the same at the break-evens."""
    stock, mail = stock_by_part(line), mail_by_part(line)
    totals = {"stock_total": math.fsum(stock.values()), "mail_total": math.fsum(mail.values())}
    saving, units = totals["stock_total"] - totals["mail_total"], line["yearly_units"]
    shares = {f"{way}_unit_cost": totals[f"{way}_total"] / units for way in ("stock", "mail")}
    scale = abs(totals["stock_total"]) + abs(totals["mail_total"])
    for name, amount in {**stock, **mail, **totals, **shares, "saving": saving}.items():
        if not math.isclose(line[name], amount, rel_tol=1e-6, abs_tol=1e-9 * scale + 1e-6):
            yield _wrong(line, name, f"its terms give {amount:g}")
    if abs(saving) > 1e-9 * scale and line["verdict"] != ("mail it" if saving > 0 else "stock it"):
        yield _wrong(line, "verdict", f"mail saves {saving:g} a year")
    yield from _judge_break_evens(line, saving, slack=1e-7 * scale / units)


def _judge_break_evens(line: Line, saving: float, *, slack: float) -> Iterator[Violation]:
    """Mail is cheaper just below each, and stock just above."""
    even, share, postage = (line[f"break_even_{name}"] for name in ("units", "lost_share", "postage"))
    if math.isnan(even) or even == 0:
        always = math.isnan(even)
        far = line["yearly_units"] * (2.0**20 if always else 2.0**-20)
        if (saving > 0) != always and abs(saving) > slack * line["yearly_units"]:
            yield _wrong(line, "break_even_units", "the cheaper way of today stays the cheaper")
        elif abs(at_far := saving_with(line, units=far)) > slack and (at_far > 0) != always:
            yield _wrong(line, "break_even_units", f"at {far:g} units a year the other way is cheaper")
    elif saving_with(line, units=even * (1 - 1e-6)) < -slack or saving_with(line, units=even * (1 + 1e-6)) > slack:
        yield _wrong(line, "break_even_units", "mail is not cheaper below it, or stock not above")
    if not 0 <= share <= 1:
        yield _wrong(line, "break_even_lost_share", "must be a share")
    elif (share > 0 and saving_with(line, lost_share=max(share - 1e-6, 0)) < -slack) or (
        share < 1 and saving_with(line, lost_share=min(share + 1e-6, 1)) > slack
    ):
        yield _wrong(line, "break_even_lost_share", "mail is not cheaper below it, or stock not above")
    if math.isnan(postage):
        if saving_with(line, postage=0.0) > slack:
            yield _wrong(line, "break_even_postage", "mail is cheaper without postage")
        return
    step = 1e-6 * (1 + abs(postage))
    if saving_with(line, postage=postage - step) < -slack or saving_with(line, postage=postage + step) > slack:
        yield _wrong(line, "break_even_postage", "mail is not cheaper below it, or stock not above")
