"""What the distribution holds."""

import tarfile
import zipfile

import pytest

pytestmark = pytest.mark.xdist_group("packaging")

PACKAGES = {"compilation", "forecasts", "solvers", "supplychain"}


@pytest.fixture(scope="module")
def wheel_names(distribution):
    with zipfile.ZipFile(distribution.wheel) as wheel:
        return set(wheel.namelist())


def test_the_wheel_installs_the_four_packages_and_nothing_else(wheel_names):
    tops = {name.partition("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_the_wheel_holds_every_file_of_the_packages(root, wheel_names):
    own = {
        file.relative_to(root).as_posix()
        for package in PACKAGES
        for file in (root / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert own - wheel_names == set()


@pytest.mark.parametrize("kind", ["data", "scenarios"])
def test_the_wheel_bundles_data_and_scenarios_to_the_byte(kind, root, distribution):
    with zipfile.ZipFile(distribution.wheel) as wheel:
        prefix = f"supplychain/_bundled/{kind}/"
        bundled = {name.removeprefix(prefix): wheel.read(name) for name in wheel.namelist() if name.startswith(prefix)}
    own = {f.relative_to(root / kind).as_posix(): f.read_bytes() for f in (root / kind).rglob("*") if f.is_file()}
    assert bundled == own
    assert bundled


def test_licence_and_notice_travel_with_the_wheel(wheel_names):
    (info,) = {name.partition("/")[0] for name in wheel_names if ".dist-info/" in name}
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= wheel_names


def test_typed_for_those_who_use_it(wheel_names):
    assert "supplychain/py.typed" in wheel_names


def test_the_source_distribution_holds_what_building_needs(distribution):
    with tarfile.open(distribution.source) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {
        "pyproject.toml",
        "build_hook.py",
        "cli.py",
        "README.md",
        "LICENSE",
        "NOTICE",
        "data/constants.csv",
    } <= names
    assert not [name for name in names if name.startswith((".venv/", ".supplychain/", "tests/"))]
