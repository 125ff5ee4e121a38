"""The site plan on the page: dcs that are open or change; those that stay closed in a line."""

from __future__ import annotations

import pandas as pd

from supplychain.reports.html_tables import Cell, HtmlTable, money, share, table, words

__all__ = ["site_table"]


def site_table(plan: pd.DataFrame, *, currency: str) -> HtmlTable:
    """One row a dc that is open, opens or closes; the note names those that stay closed, by reason."""
    shown = plan[plan["decision"] != "keep_closed"]
    rows = [
        [
            Cell(str(site["name"]), note=str(site["site_id"])),
            words(site["decision"]),
            str(site["zones"]),
            f"{site['units_per_year']:,.0f}",
            share(site["use"]),
            money(site["fixed_cost"] + site["handling_cost"]),
            str(site["why"]),
        ]
        for site in shown.to_dict("records")
    ]
    closed = plan[plan["decision"] == "keep_closed"]
    note = " ".join(
        f"Stay closed: {', '.join(map(str, group['name']))}. {why}" for why, group in closed.groupby("why", sort=True)
    )
    heads = ["DC", "Decision", "#Zones", "#Units a year", "#Use of capacity"]
    return table("Distribution centres", [*heads, f"#Fixed and handling ({currency} a year)", "Why"], rows, note=note)
