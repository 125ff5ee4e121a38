"""Names become files of the project or bundled ones; nothing outside the project is read."""

import pytest

from supplychain.errors import ScenarioError
from supplychain.scenario import list_scenarios, load_scenario


def test_a_name_is_looked_up_in_the_project_first(project):
    project.write("baseline", "seed: 77\n")
    assert project.load("baseline").settings.seed == 77
    assert load_scenario("baseline").settings.seed == 1
    assert project.load("optimized").settings.seed == 77


def test_a_path_is_relative_to_the_project(project):
    project.write("x", "seed: 3\n")
    assert project.load("scenarios/x.yaml").settings.seed == 3
    assert project.load(str(project.root / "scenarios" / "x.yaml")).files == ("scenarios/x.yaml",)
    (project.root / "y.yaml").write_text("scenario: 1\nname: y\ntitle: T\nextends: scenarios/x.yaml\n")
    assert project.load("y.yaml").chain == ("x",)


def test_without_a_project_the_folder_of_the_file_takes_its_place(project):
    file = project.write("x", "extends: other\n")
    project.write("other", "seed: 3\n")
    assert load_scenario(str(file)).settings.seed == 3


@pytest.mark.parametrize(
    "path",
    [
        "../x.yaml",
        "scenarios/../../x.yaml",
        "/etc/x.yaml",
        "../x",
        "..",
        "scenarios/../../../etc/passwd",
        "a\\..\\b.yaml",
    ],
)
def test_paths_do_not_leave_the_project(project, path):
    (project.root.parent / "x.yaml").write_text("scenario: 1\nname: x\ntitle: T\n")
    with pytest.raises(ScenarioError):
        project.load(path)
    found = project.problems(f"extends: '{path}'\n")
    assert found[0][:2] == ("x.yaml:4:10", "extends")


def test_links_do_not_leave_the_project(project, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.yaml").write_text("scenario: 1\nname: x\ntitle: T\n")
    (project.root / "scenarios" / "x.yaml").symlink_to(outside / "x.yaml")
    for name in ("x", "scenarios/x.yaml"):
        with pytest.raises(ScenarioError):
            project.load(name)


def test_a_linked_scenarios_folder_does_not_leave_the_project(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.yaml").write_text("scenario: 1\nname: x\ntitle: T\n")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "scenarios").symlink_to(tmp_path / "outside")
    with pytest.raises(ScenarioError, match="no scenario has this name"):
        load_scenario("x", project=tmp_path / "inside")


@pytest.mark.parametrize("name", ["", " ", "A", "a b", "a;b", "x\n", "a" * 100, "<b>", "'; drop"])
def test_names_are_plain(project, name):
    with pytest.raises(ScenarioError):
        project.load(name)


@pytest.mark.parametrize("path", ["x.txt/", "scenarios", "scenarios/", "missing.yaml", "scenarios/missing.yml"])
def test_paths_lead_to_yaml_files(project, path):
    with pytest.raises(ScenarioError):
        project.load(path)


def test_circles_are_shown_as_a_chain(project):
    for child, parent in (("a", "b"), ("b", "c"), ("c", "b")):
        project.write(child, f"extends: {parent}\n")
    with pytest.raises(ScenarioError) as caught:
        project.load("a")
    (problem,) = caught.value.problems
    assert (problem.file, problem.rule) == ("scenarios/c.yaml:4:10", "extends runs in a circle: b -> c -> b")


def test_a_scenario_that_extends_itself_is_a_circle(project):
    assert "x -> x" in project.problems("extends: x\n")[0][2]


def test_long_chains_are_followed(project):
    project.write("s0", "seed: 9\n")
    for step in range(1, 40):
        project.write(f"s{step}", f"extends: s{step - 1}\n")
    scenario = project.load("s39")
    assert scenario.settings.seed == 9
    assert len(scenario.chain) == 39


def test_the_list_says_where_each_scenario_lies(project):
    project.write("x", "extends: four_dcs\n")
    entries = {entry.name: entry for entry in list_scenarios(project.root)}
    assert (entries["x"].where, entries["x"].extends, entries["x"].data) == ("project", "four_dcs", "china_south")
    assert entries["baseline"].where == "bundled"
    assert list(entries) == sorted(entries)


def test_messages_name_no_path_of_the_machine(project):
    for place, *_ in project.problems("seed: a\n"):
        assert str(project.root) not in place
