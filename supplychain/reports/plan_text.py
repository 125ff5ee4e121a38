"""Order, transfer, forecast, route and site plans as plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from supplychain.plans.amounts import significant
from supplychain.plans.explain import line_reason
from supplychain.plans.order_plan import DECIDED
from supplychain.plans.route_plan import REASONS, RoutePlan
from supplychain.plans.route_summary import summarize_routes
from supplychain.plans.site_plan import SitePlan
from supplychain.reports.approved_text import approved_parts
from supplychain.reports.limit_text import limit_parts
from supplychain.reports.mail_text import mail_text
from supplychain.reports.review_text import actions_text, exceptions_text
from supplychain.reports.rush_text import rushes_text
from supplychain.reports.text import day_text, frame_text

__all__ = ["forecast_text", "order_plan_text", "plan_diff_text", "route_plan_text", "site_plan_text"]


def order_plan_text(
    tables: Mapping[str, pd.DataFrame],
    *,
    currency: str = "",
    shell: Callable[[str], str] = "supplychain {}".format,
    planned: bool = False,
    count: int = 40,
) -> str:
    """Orders against their minimum and what of them is approved, then what waits or is short, exceptions, and lines.

    ``tables`` as ``supplychain.service.order_view`` gives them, ``currency`` the base currency. ``count`` limits each
    list of lines; what is left out is counted.
    """
    due = ["proposed", *DECIDED, *(["planned"] if planned else [])]
    heads, lines, moves = (
        frame.loc[frame["status"].isin(due)]
        for frame in (tables["order_heads"], tables["order_lines"], tables["transfer_lines"])
    )
    parts = [_orders(heads, currency, planned=planned, cut=len(tables["order_left_out"]))]
    parts += approved_parts(lines, tables["order_approved"], currency=currency, count=count)
    if len(tables["order_waiting"]):
        parts.append(_waiting(tables["order_waiting"]))
    parts += limit_parts(tables["order_limits"], tables["order_left_out"], currency=currency, count=count)
    held = pd.concat([frame.loc[frame["held"].ne("")] for frame in (lines, moves)], ignore_index=True)
    if len(held):
        parts.append(f"Held for a second person ({len(held)})\n" + frame_text(held[["line_id", "quantity", "held"]]))
    every = shell("plan exceptions --all")
    parts.append(exceptions_text(tables["order_exceptions"], currency=currency, shell=shell, count=5, all_with=every))
    if len(tables["order_rushes"]):
        parts.append(rushes_text(tables["order_rushes"], currency=currency))
    if mail := mail_text(tables["order_direct_mail"], currency=currency):
        parts.append(mail)
    parts.append(actions_text(tables["order_actions"], currency=currency, count=min(count, 20)))
    for title, frame, place in (("Order lines", lines, "site_id"), ("Transfer lines", moves, "destination_id")):
        if len(frame):
            shown = _some(_lines(frame.head(count), place, planned=planned), count, _DECIMALS, total=len(frame))
            parts.append(f"{title} ({len(frame)}); cover in days of expected demand\n{shown}")
    return "\n\n".join(parts)


_DECIMALS = {
    "value": 2,
    "placed_before": 2,
    "minimum": 2,
    "missing": 2,
    "then_worth": 2,
    "cover_before": 0,
    "cover_after": 0,
}


def _orders(heads: pd.DataFrame, currency: str, *, planned: bool, cut: int) -> str:
    if heads.empty:
        nothing = (
            f"Nothing is ordered on the planning day: shared limits leave out all lines that are due ({cut}, below)."
        )
        return nothing if cut else "No orders are due on the planning day."
    heads = heads.sort_values(["supplier_id", "order_date", "site_id"], kind="stable")
    shown = heads[["order_id", "supplier_name", "lines", "value", "currency"]]
    if "approved_lines" in heads and heads["approved_lines"].gt(0).any():
        shown = shown.assign(approved=heads["approved_lines"])
    if heads["placed_value"].gt(0).any():
        shown = shown.assign(placed_before=heads["placed_value"])
    shown = shown.assign(
        minimum=heads["minimum_order_value"], receipt=heads["receipt_date"], payment_due=heads["payment_due_date"]
    )
    if heads["trucks"].gt(0).any():
        trucks = heads["trucks"].gt(0)
        shown["trucks"] = heads["trucks"].astype(str).where(trucks, "")
        shown["last_filled"] = heads["last_truck_fill"].map("{:.0%}".format).where(trucks, "")
        shown["transport"] = heads["transport_cost"].map("{:,.0f}".format).where(trucks, "")
    if planned:
        shown["note"] = heads["status"].map({"planned": "outlook"}).fillna("")
    totals = ", ".join(
        f"{value:,.2f} {name}" for name, value in heads.groupby("currency", sort=True)["value"].sum().items()
    )
    text = f"Orders ({len(heads)})\n{frame_text(shown, decimals=_DECIMALS)}\nTotal: {totals}"
    if heads["currency"].ne(currency).any():
        text += f"; together {heads['value_base'].sum():,.2f} {currency} (base currency)"
    if heads["transport_cost"].gt(0).any():
        text += f"; orders and trucks cost {heads['transport_cost'].sum():,.0f} {currency}"
    return text


def _waiting(orders: pd.DataFrame) -> str:
    shown = orders[["order_id", "supplier_name", "value", "currency"]].assign(
        minimum=orders["minimum_order_value"],
        missing=orders["missing_to_minimum"],
        looked_at_again=orders["next_order_date"],
        outlook_places_it=orders["expected_date"],
        then_worth=orders["expected_value"],
    )
    title = f"Orders that wait for their supplier's minimum ({len(orders)}); they go when they reach it"
    return f"{title}\n{frame_text(shown, decimals=_DECIMALS)}"


def _lines(lines: pd.DataFrame, place: str, *, planned: bool) -> pd.DataFrame:
    """Columns for a buyer; the line number names supplier or origin, day, site and item."""
    shown = lines[["line_id", "item_id"]].assign(item=lines["item_name"].str.slice(0, _NAME), site=lines[place])
    if planned:
        shown["order_date"] = lines["order_date"]
    shown = shown.assign(quantity=lines["quantity"], packs=lines["packs"])
    if "currency" in lines:
        shown = shown.assign(value=lines["value"], currency=lines["currency"])
    if lines["status"].isin(DECIDED).any():
        shown = shown.assign(state=lines["status"].where(lines["status"].isin(DECIDED), ""))
        shown = shown.assign(by=lines["approved_by"])
    return shown.assign(
        receipt=lines["receipt_date"],
        cover_before=lines["days_of_cover_before"],
        cover_after=lines["days_of_cover_after"],
        reason=[line_reason(line) for line in lines.to_dict("records")],
    )


_NAME = 28  # letters of an item's name that a table shows


def _some(
    frame: pd.DataFrame, count: int, decimals: Mapping[str, int] | None = None, *, total: int | None = None
) -> str:
    text = frame_text(frame.head(count), decimals=decimals)
    left = (len(frame) if total is None else total) - count
    return text + (f"\n... and {left} more; --all shows them" if left > 0 else "")


def plan_diff_text(frame: pd.DataFrame, stability: pd.DataFrame, *, currency: str, count: int = 40) -> str:
    """Share of lines and of value that changed, then the changed lines with their cause, as ``diff_plans`` says.

    The units of each cause stand in the reason; their columns are for programs.
    """
    shares = stability.assign(
        **{name: stability[name].map(lambda s: "" if s != s else f"{s:.1%}") for name in _SHARES}  # noqa: PLR0124 - NaN
    )
    money = {"value_before": 0, "value_after": 0, "value_changed": 0, "value_change": 2}
    text = f"How much changed (value in {currency or 'base currency'})\n{frame_text(shares, decimals=money)}"
    if frame.empty:
        return text
    counts = frame["change"].value_counts()
    frame = frame.drop(columns=[name for name in frame.columns if name.startswith("by_")])
    words = ", ".join(f"{int(counts.get(word, 0))} {word}" for word in ("new", "gone", "moved", "changed"))
    return f"{text}\n\nLines: {words}; the largest changes of value first\n{_some(frame, count, money)}"


_SHARES = ("share_of_lines", "share_of_value")


def forecast_text(tables: Mapping[str, pd.DataFrame], *, item: str | None = None, site: str | None = None) -> str:
    """Expected units by category and site, models, and coverage; of one item or site only when said."""
    models, daily = tables["forecast_models"], tables["forecast"]
    for name, value in (("item_id", item), ("site_id", site)):
        if value is not None:
            models, daily = (frame.loc[frame[name].eq(value)] for frame in (models, daily))
    parts = []
    if item is None:
        parts.append("Expected units by category\n" + frame_text(_expected(daily, models, "category"), decimals=_UNITS))
    if site is None:
        parts.append("Expected units by site\n" + frame_text(_expected(daily, models, "site_id"), decimals=_UNITS))
    counts = models.groupby("model", sort=True).size().rename("rows").reset_index()
    parts.append("Models\n" + frame_text(counts))
    if item is not None or site is not None:
        parts.append("Rows\n" + _some(_expected(daily, models, "row"), 40, _UNITS))
    coverage = tables["forecast_coverage"].dropna(subset=["covered"])
    if len(coverage):
        wide = coverage.pivot_table(index="protection_days", columns="level", values="covered", sort=True)
        wide.columns = [f"at most {level:.0%}" for level in wide.columns]
        shown = wide.map(lambda share: f"{share:.1%}").reset_index()
        parts.append("Share of past origins within the quantile, by protection interval\n" + frame_text(shown))
    return "\n\n".join(parts)


_UNITS = {"next_7_days": 1, "next_28_days": 1, "horizon": 1}


def _expected(daily: pd.DataFrame, models: pd.DataFrame, by: str) -> pd.DataFrame:
    """Units in the next 7 and 28 days and over the whole horizon, by category, site or row."""
    keys = ["item_id", "site_id"]
    labelled = daily.merge(models[[*keys, "category", "model"]], on=keys, how="inner", sort=False)
    ahead = (labelled["date"] - labelled["date"].min()).dt.days
    units = labelled["mean"]
    labelled = labelled.assign(
        next_7_days=units.where(ahead < 7, 0.0), next_28_days=units.where(ahead < 28, 0.0), horizon=units
    )
    groups = [*keys, "model"] if by == "row" else [by]
    return labelled.groupby(groups, sort=True)[list(_UNITS)].sum().reset_index()


def route_plan_text(plan: RoutePlan, *, depot: str | None = None, count: int = 60) -> str:
    """Figures by tier, routes, and parcels that no route serves with their reasons; of one depot when said."""
    routes, stops, unserved = plan.routes, plan.stops, plan.unserved
    if depot is not None:
        routes = routes.loc[routes["depot_id"].eq(depot)]
        unserved = unserved.loc[unserved["depot_id"].eq(depot)]
        stops = stops.loc[stops["route_id"].isin(routes["route_id"])]
        plan = RoutePlan(routes, stops, unserved)
    parts = ["By tier\n" + frame_text(summarize_routes(plan))]
    shown = routes[["route_id", "depot_id", "vehicle_id", "vehicle_number", "trip", "stops", "parcels"]].assign(
        leaves=routes["departure_minute"].map(_clock),
        back=routes["return_minute"].map(_clock),
        km=routes["distance_km"],
        kg=routes["load_kg"],
        cost=routes["cost"],
    )
    parts.append(f"Routes ({len(shown)})\n" + _some(shown, count, {"km": 1, "kg": 0, "cost": 2}))
    if len(unserved):
        left = unserved.groupby(["depot_id", "tier", "reason"], sort=True)["parcels"].sum().reset_index()
        left["meaning"] = left["reason"].map(lambda code: "; ".join(REASONS.get(c, c) for c in code.split("+")))
        parts.append(f"Parcels without a route ({int(unserved['parcels'].sum())})\n" + frame_text(left))
        columns = ["delivery_id", "tier", "parcels", "reason", "detail"]
        parts.append(_some(unserved[columns], count))
    return "\n\n".join(parts)


def _clock(minute: float) -> str:
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def site_plan_text(plan: SitePlan) -> str:
    """Decision for each dc, coverage by tier, zones that nobody serves, cost and proven gap."""
    sites = plan.sites[["site_id", "name", "decision", "zones", "units_per_year", "use", "fixed_cost", "handling_cost"]]
    sites = sites.assign(use=plan.sites["use"].map(lambda use: f"{use:.0%}" if use == use else ""))  # noqa: PLR0124
    meta = ", ".join(
        f"{key} {significant(value, 6)}" if isinstance(value, float) else f"{key} {value}"
        for key, value in plan.meta.items()
    )
    parts = [
        "Sites\n"
        + frame_text(
            sites.assign(why=plan.sites["why"]), decimals={"units_per_year": 0, "fixed_cost": 0, "handling_cost": 0}
        ),
        "Coverage by tier\n" + frame_text(plan.coverage),
    ]
    if len(plan.unserved):
        parts.append("Zones that nobody serves\n" + frame_text(plan.unserved))
    return "\n\n".join([*parts, f"Plan: {day_text(meta)}"])
