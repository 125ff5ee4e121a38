"""defaults < ancestors < own keys < shocks in listed order < changes < --set."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.errors import ScenarioError
from supplychain.scenario import Settings, difference, load_scenario

LAYERS = ("ancestor own", "ancestor shock", "ancestor change", "own", "shock", "change", "set")


def lay(project, layers: dict[str, int]):
    """A parent and a child that give the seed in the named layers."""

    def body(own: str, shock: str, change: str, extends: str = "") -> str:
        text = f"extends: {extends}\n" if extends else ""
        text += f"seed: {layers[own]}\n" if own in layers else ""
        if shock in layers:
            name = shock.replace(" ", "_")
            text += f"shocks: [{{name: {name}, title: S, changes: [{{set: seed, value: {layers[shock]}}}]}}]\n"
        text += f"changes: [{{set: seed, value: {layers[change]}}}]\n" if change in layers else ""
        return text

    project.write("parent", body("ancestor own", "ancestor shock", "ancestor change"))
    project.write("x", body("own", "shock", "change", "parent"))
    return project.load("x", [f"seed={layers['set']}"] if "set" in layers else [])


@pytest.mark.parametrize("count", range(len(LAYERS) + 1))
def test_the_last_layer_that_speaks_wins(project, count):
    for chosen in itertools.combinations(LAYERS, count):
        layers = {layer: 10 + LAYERS.index(layer) for layer in chosen}
        assert lay(project, layers).settings.seed == max(layers.values(), default=1)


def test_maps_merge_and_lists_replace(project):
    project.write("parent", "replenish: {service_level: {A: 0.98}}\nforecast: {levels: [0.5, 0.9]}\n")
    scenario = project.scenario(
        "extends: parent\nreplenish: {service_level: {B: 0.96}, review_days: 3}\nforecast: {levels: [0.8]}\n"
    )
    level = scenario.settings.replenish.service_level
    assert (level.A, level.B, level.C) == (0.98, 0.96, Settings().replenish.service_level.C)
    assert scenario.settings.replenish.review_days == 3
    assert scenario.settings.forecast.levels == (0.8,)


def test_a_scenario_without_keys_is_its_parent_under_another_name(project):
    scenario = project.scenario("extends: optimized\n")
    parent = load_scenario("optimized")
    assert scenario.settings == parent.settings
    assert (scenario.data, scenario.table_changes, scenario.world) == (parent.data, (), ())
    assert scenario.chain == ("baseline", "optimized")
    assert scenario.compare.against == "optimized"
    assert difference(scenario, parent) == []


def test_settings_compose_in_order(project):
    scenario = project.scenario(
        "replenish: {review_days: 2}\n"
        "shocks: [{name: s, title: S, changes: [{set: replenish.review_days, multiply: 3}]}]\n"
        "changes:\n  - {set: replenish.review_days, add: 1}\n  - {set: replenish.review_days, multiply: 2}\n"
    )
    assert scenario.settings.replenish.review_days == 14
    assert isinstance(scenario.settings.replenish.review_days, int)


def test_lists_of_settings_grow_and_shrink(project):
    scenario = project.scenario(
        "changes:\n"
        "  - {set: forecast.levels, remove: 0.5}\n"
        "  - {set: forecast.levels, append: 0.995}\n"
        "  - {set: route.depots, append: 007}\n"
    )
    assert scenario.settings.forecast.levels == (0.1, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
    assert scenario.settings.route.depots == ("007",)


def test_a_change_may_set_a_whole_map(project):
    scenario = project.scenario("changes: [{set: replenish.service_level, value: {A: 0.99, C: 0.8}}]\n")
    level = scenario.settings.replenish.service_level
    assert (level.A, level.B, level.C) == (0.99, Settings().replenish.service_level.B, 0.8)


def test_null_empties_a_setting_that_may_be_empty(project):
    project.write("parent", "place: {open_at_most: 3}\n")
    assert project.scenario("extends: parent\nplace: {open_at_most: null}\n").settings.place.open_at_most is None
    assert project.load("x", ["place.open_at_most=2"]).settings.place.open_at_most == 2


def test_booleans_are_read_only_where_they_are_meant(project):
    scenario = project.scenario("description: no\nroute: {multi_trip: no, depots: [no, yes]}\n")
    assert scenario.settings.route.multi_trip is False
    assert scenario.settings.route.depots == ("no", "yes")
    assert scenario.description == "no"


def test_steps_of_the_parent_come_first_and_are_kept(project):
    project.write("parent", "changes: [{set: sites.status, where: {site_id: D2}, value: open}]\nshocks: [s01_late]\n")
    scenario = project.scenario(
        "extends: parent\nchanges: [{set: items.price, multiply: 2}]\nshocks: [double11_surprise]\n"
    )
    assert [change.path for change in scenario.table_changes] == ["sites.status", "items.price"]
    assert [change.path for change in scenario.world] == ["world.lead_time_days", "world.demand"]
    assert scenario.shocks == ("s01_late", "double11_surprise")
    assert scenario.files == ("scenarios/parent.yaml", "scenarios/shocks.yaml", "scenarios/x.yaml")


def test_a_shock_is_not_done_twice(project):
    project.write("parent", "shocks: [s01_late]\n")
    assert project.problems("extends: parent\nshocks: [s01_late]\n")[0][:2] == ("x.yaml:5:10", "shocks[0]")


def test_shocks_take_their_days_unless_a_change_has_its_own(project):
    scenario = project.scenario(
        "shocks:\n  - name: s\n    title: S\n    during: 2025-07-01..2025-07-05\n    changes:\n"
        "      - {set: world.demand, multiply: 2}\n      - {set: world.demand, multiply: 3, during: 2025-08-01}\n"
    )
    assert [(str(c.first), str(c.last)) for c in scenario.world] == [
        ("2025-07-01", "2025-07-05"),
        ("2025-08-01", "2025-08-01"),
    ]


def test_a_shock_of_the_project_hides_a_bundled_one(project):
    body = "shocks:\n  - {name: s01_late, title: S, changes: [{set: world.lead_time_days, add: 3}]}\n"
    project.write("shocks", body, head="scenario: 1\n")
    assert [change.value for change in project.scenario("shocks: [s01_late]\n").world] == [3.0]


def test_origins_say_where_each_setting_was_set_last(project):
    scenario = project.scenario("extends: optimized\nseed: 5\n")
    level = scenario.origins["replenish.service_level.A"]
    assert level.startswith("scenarios/optimized.yaml:8:")
    assert {name: where for name, where in scenario.origins.items() if ".service_level." not in name} == {
        "replenish.policy": "scenarios/optimized.yaml:7:11",
        "seed": "scenarios/x.yaml:5:7",
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("multiply"), st.sampled_from([1, 2, 3])), st.tuples(st.just("add"), st.integers(0, 9))
        ),
        max_size=6,
    )
)
def test_any_sequence_of_steps_equals_doing_them_by_hand(shared_project, steps):
    changes = "".join(f"  - {{set: seed, {operation}: {value}}}\n" for operation, value in steps)
    scenario = shared_project.scenario("seed: 4\n" + (f"changes:\n{changes}" if changes else ""))
    expected = 4
    for operation, value in steps:
        expected = expected * value if operation == "multiply" else expected + value
    assert scenario.settings.seed == expected


def test_an_unreadable_file_is_a_scenario_error(project):
    (project.root / "scenarios" / "x.yaml").mkdir()
    with pytest.raises(ScenarioError, match=r"x\.yaml is a folder"):
        project.load()
