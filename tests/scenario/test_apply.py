"""Changes of tables: the right cells, the right counts, and refusals that name the place."""

# ruff: noqa: E501 - tables of cases read best one a line

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.errors import ScenarioError
from supplychain.scenario import apply_changes, difference, load_scenario
from supplychain.scenario.match import match_rows
from supplychain.tables import check_tables

ZONES = ("Z1", "Z2")


def apply(project, tables, changes: str):
    return apply_changes(tables, project.scenario(f"changes:\n{changes}"))


def refused(project, tables, changes: str):
    with pytest.raises(ScenarioError) as caught:
        apply(project, tables, changes)
    return [(p.file.removeprefix("scenarios/"), p.field, f"{p.rule}. {p.fix}") for p in caught.value.problems]


def test_a_value_is_put_into_the_matched_rows_only(project, tables, cells):
    changed, applied = apply(project, tables, "  - {set: sites.status, where: {site_id: D2}, value: open}\n")
    assert cells(tables, "sites.status")[1] == "candidate"
    assert cells(changed, "sites.status") == ["open"] * 6
    assert [(a.path, a.where, a.matched, a.changed) for a in applied] == [("sites.status", "site_id = D2", 1, 1)]
    assert changed.fingerprints["sites"]
    assert changed.frames["items"] is tables.frames["items"]


def test_rows_that_had_the_value_already_are_matched_but_not_changed(project, tables):
    _, applied = apply(project, tables, "  - {set: sites.status, where: {kind: dc}, value: open}\n")
    assert (applied[0].matched, applied[0].changed) == (2, 1)


def test_keys_that_look_like_numbers_or_booleans_are_found_as_text(project, tables, cells):
    changed, applied = apply(
        project,
        tables,
        "  - {set: items.price, where: {item_id: [00123, no]}, value: 7}\n  - {set: items.name, where: {item_id: 1E5}, value: 007}\n",
    )
    assert cells(changed, "items.price") == [7.0, 20.0, 7.0]
    assert cells(changed, "items.name") == ["Tea", "007", "Pot"]
    assert [a.matched for a in applied] == [2, 1]


def test_steps_on_a_cell_compose_in_order_across_layers(project, tables, cells):
    project.write("parent", "changes: [{set: items.price, value: 5}]\n")
    scenario = project.scenario(
        "extends: parent\nchanges:\n  - {set: items.price, add: 1}\n  - {set: items.price, multiply: 2}\n"
    )
    assert cells(apply_changes(tables, scenario)[0], "items.price") == [12.0] * 3


def test_two_values_on_a_cell_in_one_list_name_both(project, tables):
    found = refused(
        project,
        tables,
        "  - {set: items.price, where: {category: home}, value: 5}\n  - {set: items.price, where: {item_id: [no, 00123]}, value: 6}\n",
    )
    assert found[0][:2] == ("x.yaml:6:5", "items.price")
    assert "two values on 1 cells of items.price; the other is at scenarios/x.yaml:5:5" in found[0][2]


def test_a_later_list_overrides_the_value_of_an_earlier_one(project, tables, cells):
    scenario = project.scenario(
        "shocks: [{name: s, title: S, changes: [{set: items.price, value: 5}]}]\nchanges: [{set: items.price, value: 6}]\n"
    )
    assert cells(apply_changes(tables, scenario)[0], "items.price") == [6.0] * 3


def test_days_choose_rows_of_dated_tables(project, tables, cells):
    changed, applied = apply(
        project,
        tables,
        "  - {set: demand.quantity, where: {item_id: no}, during: 2025-05-02..2025-05-03, multiply: 10}\n",
    )
    assert applied[0].matched == 4
    assert cells(changed, "demand.quantity") == [1, 1, 1, 1, 2, 20, 2, 20, 3, 30, 3, 30]


def test_dates_move_by_days_and_lists_by_elements(project, tables, cells):
    changed, _ = apply(
        project,
        tables,
        "  - {set: open_orders.due, add: 5}\n"
        "  - {set: vehicles.allowed_tiers, append: county_town}\n"
        "  - {set: vehicles.allowed_tiers, remove: rural}\n"
        "  - {set: suppliers.order_weekdays, where: {supplier_id: S2}, append: 2}\n"
        "  - {set: suppliers.closures, append: 2025-01-01..2025-01-03, where: {supplier_id: S1}}\n"
        "  - {set: suppliers.order_weekdays, where: {supplier_id: S1}, value: [1, 4]}\n",
    )
    assert cells(changed, "open_orders.due") == [pd.Timestamp(2025, 6, 7)]
    assert cells(changed, "vehicles.allowed_tiers") == [("city", "county_town")]
    assert cells(changed, "suppliers.order_weekdays") == [(1, 4), (1, 2, 3, 5)]
    assert cells(changed, "suppliers.closures")[0] == (
        (date(2025, 1, 1), date(2025, 1, 3)),
        (date(2025, 2, 1), date(2025, 2, 10)),
    )


def test_empty_cells_stay_empty_and_are_not_counted_as_changed(project, tables, cells):
    changed, applied = apply(project, tables, "  - {set: sites.capacity_l, multiply: 2}\n")
    assert cells(changed, "sites.capacity_l") == [200.0, None, 100.0, None, None, None]
    assert (applied[0].matched, applied[0].changed) == (6, 2)


def test_null_matches_empty_cells_and_empties_them(project, tables, cells):
    changed, applied = apply(
        project,
        tables,
        "  - {set: sites.capacity_l, where: {capacity_l: null, kind: dc}, value: 9}\n"
        "  - {set: sites.capacity_l, where: {kind: hub}, value: null}\n",
    )
    assert cells(changed, "sites.capacity_l") == [100.0, 9.0, None, None, None, None]
    assert [a.matched for a in applied] == [1, 1]


def test_whole_rows_come_and_go(project, tables, cells):
    changed, applied = apply(
        project,
        tables,
        "  - {set: events, append: {name: Strike, from: 2025-07-01, to: 2025-07-03, applies_to: [food, home]}}\n"
        "  - {set: demand, append: [{date: 2025-05-04, site_id: Z3, item_id: no, quantity: 4}]}\n"
        "  - {set: demand, where: {site_id: Z2}, remove: rows}\n"
        "  - {set: suppliers, append: {supplier_id: S3, name: New, lead_time_mean_days: 3, order_weekdays: 15}}\n",
    )
    assert [a.matched for a in applied] == [1, 1, 6, 1]
    assert cells(changed, "events.applies_to") == [("food", "home")]
    assert cells(changed, "events.phase") == ["peak"]
    assert cells(changed, "demand.site_id") == ["Z1"] * 6 + ["Z3"]
    assert cells(changed, "suppliers.currency") == ["CNY"] * 3
    assert cells(changed, "suppliers.order_weekdays")[2] == (1, 5)
    for name, frame in changed.frames.items():
        assert list(frame.dtypes) == list(tables.frames[name].dtypes) or name == "demand"
    assert [p for p in check_tables(changed) if p.field in ("supplier_id", "site_id", "item_id")] == [
        p for p in check_tables(tables) if p.field in ("supplier_id", "site_id", "item_id")
    ]


def test_faults_of_appended_rows_are_told_at_the_line_of_the_scenario(project, tables):
    changed, _ = apply(
        project,
        tables,
        "  - {set: demand, where: {site_id: Z2}, remove: rows}\n"
        "  - {set: demand, append: [{date: 2025-05-04, site_id: Z3, item_id: no, quantity: 4}, "
        "{date: 2099-05-04, site_id: Z3, item_id: no, quantity: 4}]}\n"
        "  - {set: events, append: {name: Strike, from: 2025-07-09, to: 2025-07-03}}\n",
    )
    told = [(p.file.removeprefix("scenarios/"), p.record) for p in check_tables(changed) if "lies after" in p.rule]
    assert told == [("x.yaml:6:5", "demand, appended row 2"), ("x.yaml:7:5", "events, appended row 1")]
    assert [place[1] for place in changed.places["demand"][:3]] != [place[1] for place in changed.places["demand"][6:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("{set: items.price, where: {item_id: '123'}, value: 5}", "no row of items has item_id 123. did you mean 00123?"),
        ("{set: items.price, where: {item_id: [no, yes]}, value: 5}", "no row of items has item_id yes"),
        ("{set: items.price, where: {item_id: no, category: food}, value: 5}", "matches no row"),
        ("{set: items.price, where: {price: {from: 100}}, value: 5}", "price from 100) matches no row"),
        ("{set: demand.quantity, during: 2026-01-01, multiply: 2}", "2026-01-01..2026-01-01) matches no row"),
        ("{set: sites.capacity_l, where: {site_id: D2}, multiply: 2}", "every matched cell is empty"),
        ("{set: items.price, add: -15}", "1 cells would leave 0 to 1,000,000,000,000, such as -5"),
        ("{set: sites.subsidy_share, add: 1.5}", "6 cells would leave 0 to 1, such as 1.5"),
        ("{set: vehicles.count, multiply: 0.5}", "1.5, which is no whole number"),
        ("{set: suppliers, append: {supplier_id: S1, name: x, lead_time_mean_days: 1}}", "supplier_id S1 is there already"),
        ("{set: world.demand, where: {site_id: D1}, multiply: 2}", "no row of sites has site_id D1"),
        ("{set: world.demand, where: {category: fod}, multiply: 2}", "did you mean food?"),
        ("{set: world.lanes, where: {origin_id: D1, mode: van}, value: closed}", "matches no row"),
        ("{set: world.lead_time_days, where: {supplier_id: S9}, add: 1}", "use one of S1, S2"),
        ("{set: outlook.demand, where: {tier: city}, multiply: 2}", "no row of sites has tier city"),
    ],
)  # fmt: skip
def test_changes_that_do_not_fit_the_data_are_refused_at_their_line(project, tables, change, words):
    found = refused(project, tables, f"  - {change}\n")
    assert found[0][0] == "x.yaml:5:5"
    assert words in found[0][2], found


def test_depots_to_route_are_sites(project, tables):
    with pytest.raises(ScenarioError, match=r"x\.yaml:4:17, x, route.depots: 'H9': no site has this id. Fix: .*H1"):
        apply_changes(tables, project.scenario("route: {depots: [H1, H9]}\n"))


def test_all_misfits_are_told_at_once(project, tables):
    found = refused(
        project,
        tables,
        "  - {set: items.price, where: {item_id: x}, value: 5}\n  - {set: world.sites, where: {site_id: x}, value: closed}\n",
    )
    assert [place for place, *_ in found] == ["x.yaml:5:5", "x.yaml:6:5"]


def test_allow_empty_lets_a_filter_match_nothing(project, tables):
    changed, applied = apply(
        project,
        tables,
        "  - {set: items.price, where: {item_id: x}, value: 5, allow_empty: yes}\n"
        "  - {set: world.demand, where: {category: x}, multiply: 2, allow_empty: true}\n"
        "  - {set: sites.capacity_l, where: {site_id: D2}, multiply: 2, allow_empty: yes}\n",
    )
    assert [(a.matched, a.changed) for a in applied] == [(0, 0), (1, 0), (0, 0)]  # tables first, then the world
    assert changed.frames["items"].equals(tables.frames["items"])


def test_changes_of_the_world_are_counted(project, tables):
    _, applied = apply(
        project,
        tables,
        "  - {set: world.demand, where: {category: home, region: A}, multiply: 2}\n"
        "  - {set: outlook.demand, add: 1}\n"
        "  - {set: world.lanes, where: {origin_id: D1}, value: closed}\n"
        "  - {set: world.lanes, where: {mode: van}, value: closed}\n"
        "  - {set: world.throughput, where: {kind: hub}, multiply: 0.5}\n",
    )
    counts = {a.path + a.where: a.matched for a in applied}
    assert counts == {
        "outlook.demand": 9,
        "world.demandcategory = home, region = A": 4,
        "world.lanesorigin_id = D1": 4,  # filled by the lane rule: D2, H1, Z1, Z3, but not Z2, which the hub serves
        "world.lanesmode = van": 1,
        "world.throughputkind = hub": 1,
    }


def test_the_difference_to_the_parent_carries_the_counts(project, tables):
    project.write("parent", "changes: [{set: items.price, value: 5}]\n")
    scenario = project.scenario(
        "extends: parent\nseed: 3\nchanges: [{set: sites.status, where: {site_id: D2}, value: open}]\n"
    )
    parent = project.load("parent")
    rows = difference(scenario, parent, applied=apply_changes(tables, scenario)[1])
    assert [(r.kind, r.path, r.before, r.after, r.matched) for r in rows] == [
        ("setting", "seed", "1", "3", None),
        ("table", "sites.status", "", "value open", 1),
    ]
    assert [(r.path, r.before, r.after) for r in difference(parent, scenario)] == [
        ("seed", "3", "1"),
        ("sites.status", "value open", ""),
    ]


VALUES = {"item_id": ("00123", "no"), "site_id": ZONES, "quantity": (1, 2, 3)}


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_filters_match_what_a_plain_loop_matches(tables, data):
    frame = tables.frames["demand"]
    where = {}
    for column in data.draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True)):
        if column == "quantity" and data.draw(st.booleans()):
            low, high = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
            where[column] = {"from": float(low), "to": float(high)}
        else:
            where[column] = tuple(data.draw(st.lists(st.sampled_from(VALUES[column]), min_size=1, max_size=3)))
    found = match_rows(frame, "demand", where)

    def passes(row) -> bool:
        for column, rule in where.items():
            if isinstance(rule, dict):
                if not rule["from"] <= row[column] <= rule["to"]:
                    return False
            elif row[column] not in rule:
                return False
        return True

    assert found.tolist() == [passes(row) for row in frame.to_dict("records")]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["multiply", "add"]),
        st.integers(0, 4),
        st.sampled_from(["", "where: {category: home}, ", "where: {item_id: no}, ", "where: {price: {from: 15}}, "]),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_steps_on_cells_equal_doing_them_by_hand(shared_project, tables, steps):
    body = "".join(f"  - {{set: items.price, {where}allow_empty: yes, {op}: {value}}}\n" for op, value, where in steps)
    scenario = shared_project.scenario(f"changes:\n{body}" if steps else "")
    changed, applied = apply_changes(tables, scenario)
    rows = tables.frames["items"].to_dict("records")
    for (operation, value, where), done in zip(steps, applied, strict=True):
        matched = [
            row
            for row in rows
            if ("category" not in where or row["category"] == "home")
            and ("item_id" not in where or row["item_id"] == "no")
            and ("from" not in where or row["price"] >= 15)
        ]
        assert done.matched == len(matched)
        for row in matched:
            row["price"] = row["price"] * value if operation == "multiply" else row["price"] + value
    assert np.allclose(changed.frames["items"]["price"], [row["price"] for row in rows])


def test_a_scenario_for_other_data_says_which_ids_are_missing(tables):
    scenario = load_scenario("four_dcs")
    with pytest.raises(ScenarioError, match="no row of sites has site_id DC-WUH"):
        apply_changes(tables, scenario)


@pytest.mark.parametrize(
    "change",
    ["{set: world.demand, where: {site_id: QQ}, multiply: 3}", "{set: items.price, where: {item_id: QQ}, multiply: 3}"],
)
def test_a_filter_without_rows_shows_what_it_asks_for(project, tables, change):
    scenario = project.scenario(f"changes:\n  - {change}\n")
    with pytest.raises(ScenarioError) as caught:
        apply_changes(tables, scenario)
    (problem,) = caught.value.problems
    assert problem.field.endswith(("where site_id", "where item_id"))
    assert problem.value == "QQ"


def test_a_time_stays_inside_the_day(project, tables):
    scenario = project.scenario("changes:\n  - {set: vehicles.shift_end, add: 1000}\n")
    with pytest.raises(ScenarioError, match="would leave 0 to 1,439"):
        apply_changes(tables, scenario)
