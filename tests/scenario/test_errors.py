"""Every kind of fault in a scenario file is told with its exact place, its path and the nearest name."""

# ruff: noqa: E501 - tables of cases read best one a line

import os

import pytest

from supplychain.errors import ScenarioError
from supplychain.scenario import check_scenario, list_scenarios, load_scenario

CASES = {
    "unknown key": ("polcy: 1\n", "x.yaml:4:1", "polcy", "did you mean replenish.policy"),
    "unknown key of a section": ("replenish: {polcy: today}\n", "x.yaml:4:13", "replenish.polcy", "did you mean policy"),
    "unknown key two levels down": ("replenish:\n  today:\n    min_day: {A: 1}\n", "x.yaml:6:5", "replenish.today.min_day", "min_days"),
    "unknown service class": ("replenish: {service_level: {D: 0.9}}\n", "x.yaml:4:29", "replenish.service_level.D", "A, B, C"),
    "choice": ("replenish: {policy: optimised}\n", "x.yaml:4:21", "replenish.policy", "did you mean optimized"),
    "number": ("replenish: {service_level: {A: 98%}}\n", "x.yaml:4:32", "replenish.service_level.A", "must be a number"),
    "not a finite number": ("route: {circuity: .inf}\n", "x.yaml:4:19", "route.circuity", "must be a number"),
    "too large a number": ("route: {circuity: 1e999}\n", "x.yaml:4:19", "route.circuity", "finite"),
    "whole number": ("replenish: {review_days: 1.5}\n", "x.yaml:4:26", "replenish.review_days", "whole number"),
    "limit": ("replenish: {review_days: 0}\n", "x.yaml:4:26", "replenish.review_days", "at least 1"),
    "budget of nothing": ("replenish: {budget_per_month: 0}\n", "x.yaml:4:31", "replenish.budget_per_month", "at least 0.01"),
    "negative budget": ("replenish: {budget_per_month: -5}\n", "x.yaml:4:31", "replenish.budget_per_month", "at least 0.01"),
    "budget too small for numbers": ("replenish: {budget_per_month: 1e-320}\n", "x.yaml:4:31", "replenish.budget_per_month", "smaller than 1e-30"),
    "service level too small for numbers": ("replenish: {service_level: {A: 1e-320}}\n", "x.yaml:4:32", "replenish.service_level.A", "smaller than 1e-30"),
    "endless budget": ("replenish: {budget_per_month: .inf}\n", "x.yaml:4:31", "replenish.budget_per_month", "number"),
    "budget in words": ("replenish: {budget_per_month: nan}\n", "x.yaml:4:31", "replenish.budget_per_month", "number"),
    "limit of a figure": ("replenish: {service_level: {A: 98}}\n", "x.yaml:4:32", "replenish.service_level.A", "below 1"),
    "boolean": ("route: {multi_trip: 1}\n", "x.yaml:4:21", "route.multi_trip", "true, false, yes or no"),
    "list": ("forecast: {levels: 0.9}\n", "x.yaml:4:20", "forecast.levels", "must be a list"),
    "list element": ("forecast: {levels: [0.5, x]}\n", "x.yaml:4:26", "forecast.levels", "must be a number"),
    "limit of a list element": ("forecast: {levels: [0.5, 2]}\n", "x.yaml:4:26", "forecast.levels", "below 1"),
    "map for a value": ("replenish: {policy: {a: b}}\n", "x.yaml:4:21", "replenish.policy", "single value"),
    "value for a map": ("replenish: today\n", "x.yaml:4:12", "replenish", "map of keys"),
    "empty value": ("replenish: {policy: }\n", "x.yaml:4:20", "replenish.policy", "must not be empty"),
    "date": ("as_of: 31.05.2025\n", "x.yaml:4:8", "as_of", "YYYY-MM-DD"),
    "no such day": ("as_of: 2025-02-29\n", "x.yaml:4:8", "as_of", "this day does not exist"),
    "week date": ("as_of: 2025-W05\n", "x.yaml:4:8", "as_of", "YYYY-MM-DD"),
    "negative seed": ("seed: -1\n", "x.yaml:4:7", "seed", "at least 0"),
    "rule between settings": ("place: {open_at_least: 3, open_at_most: 2}\n", "x.yaml:4:41", "place.open_at_most", "not exceed"),
    "forecast shorter than the outlook": ("forecast: {horizon_days: 14}\n", "x.yaml:4:26", "forecast.horizon_days", "replenish.outlook_days 28"),
    "outlook longer than the forecast": ("replenish: {outlook_days: 200}\n", "x.yaml:4:27", "replenish.outlook_days", "forecast.horizon_days 120"),
    "min above max": ("replenish: {today: {min_days: {A: 99}}}\n", "x.yaml:4:35", "replenish.today.min_days.A", "max_days.A"),
    "unknown parent": ("extends: optimzed\n", "x.yaml:4:10", "extends", "did you mean optimized"),
    "unknown shock": ("shocks: [double11_rsh]\n", "x.yaml:4:10", "shocks[0]", "did you mean double11_rush"),
    "shock twice": ("shocks: [s01_late, s01_late]\n", "x.yaml:4:20", "shocks[1]", "twice; first at scenarios/x.yaml:4:10"),
    "shock without title": ("shocks:\n  - name: a\n    changes: []\n", "x.yaml:5:5", "shocks[0].title", "missing"),
    "sweep": ("sweep: {replenish.review_days: [1, 3]}\n", "x.yaml:4:1", "sweep", "not yet"),
    "robust": ("robust: {over: {baseline: 1}}\n", "x.yaml:4:1", "robust", "not yet"),
    "fixed sites": ("place: {fix: from(best)}\n", "x.yaml:4:9", "place.fix", "not yet"),
    "compare": ("compare: {against: baselin}\n", "x.yaml:4:20", "compare.against", "did you mean baseline"),
    "key figure": ("compare: {show: [cost, stock_day]}\n", "x.yaml:4:24", "compare.show", "did you mean stock_days"),
    "compare key": ("compare: {agains: baseline}\n", "x.yaml:4:11", "compare.agains", "did you mean against"),
    "data outside": ("data: ../other\n", "x.yaml:4:7", "data", "leaves the project"),
    "absolute data": ("data: /etc\n", "x.yaml:4:7", "data", "leaves the project"),
    "year": ("as_of: 9999-12-31\n", "x.yaml:4:8", "as_of", "between 1900 and 2199"),
    "too many days": ("replenish: {review_days: 1000000}\n", "x.yaml:4:26", "replenish.review_days", "at most 3,650"),
    "a seed of twenty digits": ("seed: 99999999999999999999\n", "x.yaml:4:7", "seed", "at most 1,000,000,000,000,000"),
    "too large a seed": ("seed: 9999999999999999\n", "x.yaml:4:7", "seed", "at most 1,000,000,000,000,000"),
    "too large a count": ("route: {iterations: 100000000000}\n", "x.yaml:4:21", "route.iterations", "at most 1,000,000,000"),
    "no levels": ("forecast: {levels: []}\n", "x.yaml:4:20", "forecast.levels", "one or more levels"),
    "country that is none": ("forecast: {holidays: [CN, XX]}\n", "x.yaml:4:27", "forecast.holidays", "known holidays"),
    "levels that fall": ("forecast: {levels: [0.9, 0.5]}\n", "x.yaml:4:20", "forecast.levels", "that rise"),
    "half a letter": ('title: "\\ud800"\n', "x.yaml:4:8", "", "control characters"),
    "long path": (f"extends: {'a' * 5000}.yaml\n", "x.yaml:4:10", "extends", "no such file"),
    "merge key": ("<<: {seed: 1}\n", "x.yaml:4:1", "<<", "unknown key"),
    "empty key": (": 1\n", "x.yaml:4:1", "", "unknown key"),
    "long title": (f"description: {'x' * 5000}\n", "x.yaml:4:14", "description", "at most 4,000"),
}  # fmt: skip

CHANGES = {
    "no path": ("{value: 1}", 5, "changes[0].set", "missing"),
    "no operation": ("{set: seed}", 5, "changes[0]", "exactly one of value, multiply, add, append, remove; it has none"),
    "two operations": ("{set: seed, value: 1, add: 2}", 5, "changes[0]", "it has value and add"),
    "unknown operation": ("{set: seed, multipl: 2}", 17, "changes[0].multipl", "did you mean multiply"),
    "unknown path": ("{set: replenis.policy, value: today}", 11, "changes[0].set", "did you mean replenish.policy"),
    "unknown setting": ("{set: replenish.polcy, value: today}", 11, "changes[0].set", "did you mean replenish.policy"),
    "unknown table": ("{set: site.status, value: open}", 11, "changes[0].set", "did you mean sites.status"),
    "unknown column": ("{set: sites.stats, value: open}", 11, "changes[0].set", "did you mean sites.status"),
    "unknown world": ("{set: world.demnd, multiply: 2}", 11, "changes[0].set", "did you mean world.demand"),
    "nothing near": ("{set: qqq, value: 1}", 11, "changes[0].set", "begin the path with one of"),
    "key column": ("{set: sites.site_id, value: X}", 11, "changes[0].set", "cannot be changed"),
    "actuals": ("{set: actuals.quantity, multiply: 2}", 11, "changes[0].set", "use world.demand"),
    "personal data": ("{set: contacts.name, value: X}", 11, "changes[0].set", "cannot change contacts"),
    "whole table": ("{set: sites, value: X}", 11, "changes[0].set", "append and remove"),
    "whole section": ("{set: replenish, multiply: 2}", 11, "changes[0].set", "several settings"),
    "unknown filter column": ("{set: sites.status, where: {tir: city}, value: open}", 33, "changes[0].where.tir", "did you mean tier"),
    "column of another table": ("{set: sites.status, where: {category: x}, value: open}", 33, "changes[0].where.category", "unknown key"),
    "filter of the world": ("{set: world.demand, where: {supplier_id: S}, multiply: 2}", 33, "changes[0].where.supplier_id", "unknown key"),
    "filter choice": ("{set: sites.status, where: {tier: [city, cty]}, value: open}", 46, "changes[0].where.tier", "did you mean"),
    "filter type": ("{set: sites.status, where: {lat: north}, value: open}", 38, "changes[0].where.lat", "number"),
    "filter boolean": ("{set: sites.status, where: {remote: 1}, value: open}", 41, "changes[0].where.remote", "yes or no"),
    "filter expression": ("{set: sites.status, where: 'lat > 3', value: open}", 32, "changes[0].where", "map of keys"),
    "filter range of text": ("{set: sites.status, where: {tier: {from: a}}, value: open}", 39, "changes[0].where.tier", "no order"),
    "filter range key": ("{set: sites.status, where: {lat: {form: 1}}, value: open}", 39, "changes[0].where.lat.form", "did you mean from"),
    "filter range turned": ("{set: sites.status, where: {lat: {from: 2, to: 1}}, value: open}", 38, "changes[0].where.lat", "swap"),
    "filter without value": ("{set: sites.status, where: {lat: []}, value: open}", 38, "changes[0].where.lat", "empty"),
    "filter on a list": ("{set: vehicles.count, where: {allowed_tiers: rural}, value: 1}", 50, "changes[0].where.allowed_tiers", "list column"),
    "filter on a setting": ("{set: seed, where: {a: b}, value: 1}", 24, "changes[0].where", "no rows"),
    "days of a setting": ("{set: seed, during: 2025-01-01, value: 1}", 25, "changes[0].during", "no days"),
    "days of a table without dates": ("{set: sites.status, during: 2025-01-01, value: open}", 33, "changes[0].during", "no column `date`"),
    "days turned": ("{set: world.demand, during: 2025-01-02..2025-01-01, multiply: 2}", 33, "changes[0].during", "before it begins"),
    "days": ("{set: world.demand, during: spring, multiply: 2}", 33, "changes[0].during", "two days joined by .."),
    "no such days": ("{set: world.demand, during: 2025-02-30..2025-03-01, multiply: 2}", 33, "changes[0].during", "does not exist"),
    "value type": ("{set: items.price, value: cheap}", 31, "changes[0].value", "number"),
    "value limit": ("{set: items.price, value: -1}", 31, "changes[0].value", "at least 0"),
    "value choice": ("{set: sites.status, value: opn}", 32, "changes[0].value", "did you mean open"),
    "value empty": ("{set: sites.status, value: }", 31, "changes[0].value", "cannot be empty"),
    "value list": ("{set: sites.status, value: [open]}", 32, "changes[0].value", "single value"),
    "setting type": ("{set: replenish.review_days, value: weekly}", 41, "changes[0].value", "whole number"),
    "multiply text": ("{set: sites.status, multiply: 2}", 35, "changes[0].multiply", "no number"),
    "multiply a choice": ("{set: replenish.policy, multiply: 2}", 39, "changes[0].multiply", "no number"),
    "append to no list": ("{set: sites.status, append: open}", 33, "changes[0].append", "no list"),
    "append to no list setting": ("{set: seed, append: 1}", 25, "changes[0].append", "no list"),
    "add half days": ("{set: open_orders.due, add: 0.5}", 33, "changes[0].add", "whole number"),
    "add too many days": ("{set: open_orders.due, add: 99999}", 33, "changes[0].add", "at most 3650 days"),
    "factor below zero": ("{set: world.demand, multiply: -1}", 35, "changes[0].multiply", "at least 0"),
    "factor that no business has": ("{set: world.demand, multiply: 1e300}", 35, "changes[0].multiply", "at most 1,000"),
    "step that no business has": ("{set: outlook.demand, add: 1e18}", 32, "changes[0].add", "from -1,000,000,000 to"),
    "step of days": ("{set: world.lead_time_days, add: 5000}", 38, "changes[0].add", "from -3,650 to 3,650"),
    "cell that no business has": ("{set: items.price, value: 1e300}", 31, "changes[0].value", "at most 1,000,000,000,000"),
    "world operation": ("{set: world.throughput, add: 5}", 34, "changes[0].add", "takes multiply"),
    "world value": ("{set: world.lanes, value: open}", 31, "changes[0].value", "only value is closed"),
    "setting out of limits by a factor": ("{set: replenish.review_days, multiply: 0}", 44, "replenish.review_days", "at least 1"),
    "setting no longer whole": ("{set: replenish.review_days, multiply: 1.1}", 44, "replenish.review_days", "whole number"),
    "adding to nothing": ("{set: twin.days, add: 1}", 27, "twin.days", "empty"),
    "removing what is not there": ("{set: route.depots, remove: H9}", 33, "route.depots", "not in the list"),
    "row column": ("{set: events, append: {nam: x}}", 28, "changes[0].append.nam", "did you mean name"),
    "row incomplete": ("{set: events, append: {name: x, from: 2025-01-01}}", 27, "changes[0].append.to", "missing"),
    "row cell": ("{set: events, append: {name: x, from: 1, to: 2025-01-02}}", 43, "changes[0].append.from", "date"),
    "removing every row": ("{set: events, remove: rows}", 27, "changes[0].remove", "which rows"),
}  # fmt: skip


def _matches(found, place, field, words):
    return any((where, path) == (place, field) and words in text for where, path, text in found)


@pytest.mark.parametrize("case", CASES)
def test_faults_of_keys(project, case):
    body, place, field, words = CASES[case]
    found = project.problems(body)
    assert _matches(found, place, field, words), found


@pytest.mark.parametrize("case", CHANGES)
def test_faults_of_changes(project, case):
    change, column, field, words = CHANGES[case]
    found = project.problems(f"changes:\n  - {change}\n")
    assert _matches(found, f"x.yaml:5:{column}", field, words), found


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("seed", "key=value"),
        ("seed=x", "whole number"),
        ("sed=1", "did you mean seed"),
        ("replenish.polcy=today", "did you mean replenish.policy"),
        ("replenish=today", "name one: replenish.policy"),
        ("sites.status=open", "write a change"),
        ("world.demand=2", "write a change"),
        ("replenish.policy=*a", "not one value"),
        ("replenish.policy={a: 1}", "single value"),
        ("replenish.service_level.B=7", "below 1"),
        ("qqq=1", "begin the key with one of"),
    ],
)
def test_faults_of_the_command_line(project, setting, words):
    found = project.problems("", [setting])
    assert _matches(found, f"--set {setting}", found[0][1], words), found


def test_a_key_is_set_once_on_the_command_line(project):
    assert "given twice" in project.problems("", ["seed=1", "seed=2"])[0][2]


def test_all_problems_come_at_once_and_in_the_order_of_the_file(project):
    found = project.problems("extends: nothing\nseed: a\nsweep: 1\nreplenish: {policy: x, review_days: 0}\nfoo: 1\n")
    assert [place for place, *_ in found] == [f"x.yaml:{p}" for p in ("4:10", "5:7", "6:1", "7:21", "7:37", "8:1")]


def test_two_values_for_one_setting_in_one_list_name_both(project):
    body = "changes:\n  - {set: seed, value: 1}\n  - {set: replenish.policy, value: today}\n  - {set: seed, value: 2}\n"
    assert project.problems(body) == [
        (
            "x.yaml:7:24",
            "seed",
            "two values for one setting; the other is at scenarios/x.yaml:5:24. keep one of the two",
        )
    ]


def test_missing_keys_are_named(project):
    project.write("x", "seed: 1\n", head="# nothing\n")
    with pytest.raises(ScenarioError) as caught:
        project.load()
    assert [(p.file, p.field) for p in caught.value.problems] == [
        ("scenarios/x.yaml:2:1", "scenario"),
        ("scenarios/x.yaml:2:1", "name"),
        ("scenarios/x.yaml:2:1", "title"),
    ]


def test_the_version_of_the_format_is_checked(project):
    project.write("x", "", head="scenario: 2\nname: x\ntitle: T\n")
    with pytest.raises(ScenarioError, match=r"x\.yaml:1:11, x, scenario: '2': must be one of 1"):
        project.load()


def test_the_name_is_the_name_of_the_file(project):
    project.write("x", "", head="scenario: 1\nname: y\ntitle: T\n")
    with pytest.raises(ScenarioError, match=r"x\.yaml:2:7, x, name: 'y': the name differs"):
        project.load()


def test_a_name_is_no_path(project):
    project.write("x", "", head="scenario: 1\nname: ../../evil\ntitle: T\n")
    with pytest.raises(ScenarioError) as caught:
        project.load()
    problem = caught.value.problems[0]
    assert (problem.file, problem.field, problem.value) == ("scenarios/x.yaml:2:7", "name", "../../evil")
    assert "a-z, 0-9 and _" in problem.rule
    assert "no path" in problem.fix


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("outside", "scenarios/x.yaml is a link that leads out of the project"),
        ("gone", "scenarios/x.yaml is a link to a file that is not there"),
        ("circle", "scenarios/x.yaml is a link to a file that is not there"),
        ("folder", "scenarios/x.yaml is a folder"),
        ("pipe", "scenarios/x.yaml is a pipe"),
    ],
)
@pytest.mark.parametrize("name", ["x", "scenarios/x.yaml"])
def test_what_stands_where_a_scenario_should_is_told(project, tmp_path_factory, kind, rule, name):
    file = project.root / "scenarios" / "x.yaml"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "outside":
        elsewhere = tmp_path_factory.mktemp("elsewhere") / "y.yaml"
        elsewhere.write_text("scenario: 1\nname: y\ntitle: T\n")
        file.symlink_to(elsewhere)
    else:
        file.symlink_to(file.parent / "gone.yaml" if kind == "gone" else file)
    with pytest.raises(ScenarioError) as caught:
        project.load(name)
    (problem,) = caught.value.problems
    assert rule in problem.rule
    assert problem.fix


def test_faults_of_an_ancestor_are_told_with_its_own_file(project):
    project.write("parent", "polcy: 1\n")
    found = project.problems("extends: parent\nseed: a\n")
    assert [place for place, *_ in found] == ["x.yaml:5:7", "parent.yaml:4:1"]


def test_faults_of_shocks_are_told_in_their_file(project):
    project.write(
        "shocks", "shocks:\n  - name: a\n    titel: A\n    changes: [{set: seeds, value: 1}]\n", head="scenario: 1\n"
    )
    found = project.problems("shocks: [a]\n")
    assert ("shocks.yaml:4:5", "shocks[0].titel") in [f[:2] for f in found]
    assert ("shocks.yaml:5:21", "shocks[0].changes[0].set") in [f[:2] for f in found]


def test_two_shocks_of_one_name_are_refused(project):
    one = "  - {name: a, title: A, changes: []}\n"
    project.write("shocks", f"shocks:\n{one}{one}", head="scenario: 1\n")
    found = project.problems("shocks: [a]\n")
    assert found[0][:2] == ("shocks.yaml:4:12", "name")


def test_the_days_of_a_shock_do_not_silently_vanish(project):
    body = "shocks:\n  - {name: a, title: A, during: 2025-06-01, changes: [{set: sites.status, value: open}]}\n"
    assert any("would not end" in text for *_, text in project.problems(body))


def test_check_lists_the_problems_that_loading_raises(project, tables):
    project.write("x", "seed: a\n")
    assert [p.field for p in check_scenario("x", project=project.root)] == ["seed"]
    project.write("x", "changes:\n  - {set: sites.status, where: {site_id: QQ}, value: open}\n")
    assert check_scenario("x", project=project.root) == []
    assert [p.file for p in check_scenario("x", project=project.root, tables=tables)] == ["scenarios/x.yaml:5:5"]


def test_a_broken_scenario_is_listed_with_its_problem(project):
    project.write("x", "seed: a\n")
    entry = next(entry for entry in list_scenarios(project.root) if entry.name == "x")
    assert entry.where == "project"
    assert "x.yaml:4:7" in entry.problem


def test_errors_carry_exit_code_three():
    with pytest.raises(ScenarioError) as caught:
        load_scenario("baselin")
    assert caught.value.exit_code == 3
    assert "did you mean baseline" in str(caught.value)
