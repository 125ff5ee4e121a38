"""The suite cases of the benchmark: what passes, what does not, and what is said about it."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.inventory.__main__ import main
from benchmarks.inventory.built_in_cases import built_in_cases
from benchmarks.inventory.case import Answer, Case, differences, each_differs, read_cases
from benchmarks.inventory.cases import KINDS, faults_of
from benchmarks.inventory.dynamic_cases import poisson_s_s_cost

MODELS = {
    "wagner_whitin": "solvers.replenishment.classic.wagner_whitin",
    "s_S_poisson_exact": "solvers.replenishment.classic.s_s",
}
EOQ = {"fixed_cost": 8, "holding_cost": 0.225, "demand_rate": 1300}
EXPECTED = {"order_quantity": 304.0467800264368, "cost": 68.41052550594827}


def record(name: str, model: str, params: object, expected: object, rel_tol: float = 1e-6) -> dict[str, object]:
    return {"id": name, "model": model, "params": params, "expected": expected, "rel_tol": rel_tol, "note": ""}


def write(folder: Path, *records: dict[str, object]) -> Path:
    (folder / "single_item_cases.json").write_text(json.dumps(records))
    return folder


def run(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, float], str]:
    code = main(["--suite", "cases", "--instances", str(folder), "--json", *more])
    output = capsys.readouterr()
    rows = json.loads(output.out)["rows"]
    assert {(row["suite"], row["metric"], row["target"]) for row in rows} <= {("cases", "passed", 1.0)}
    return code, {row["instance"]: row["value"] for row in rows}, output.err


def test_right_cases_pass_and_wrong_ones_say_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(
        tmp_path,
        record("right", "eoq", EOQ, EXPECTED),
        record("wrong", "eoq", EOQ, EXPECTED | {"cost": 68.42}),
        record("strange", "eoq_of_tomorrow", EOQ, EXPECTED),
        record("field", "eoq", EOQ | {"colour": 3}, EXPECTED),
        record("less", "eoq", {"fixed_cost": 8}, EXPECTED),
        record("figure", "eoq", EOQ, {"happiness": 1}),
        record("below", "eoq", EOQ | {"holding_cost": -1}, EXPECTED),
        record("text", "eoq", EOQ | {"holding_cost": "much"}, EXPECTED),
        record("empty", "eoq", EOQ, {}),
    )
    code, passed, told = run(folder, capsys, "--write", str(tmp_path / "out"))
    assert code == 1
    assert passed == {"right": 1.0} | dict.fromkeys(
        ("wrong", "strange", "field", "less", "figure", "below", "text", "empty"), 0.0
    )
    for text in (
        "cases wrong (eoq): cost: 68.41052551 instead of 68.42",
        "cases strange (eoq_of_tomorrow): unknown kind of case; known are eoq,",
        "cases field (eoq): unknown field colour",
        "cases less (eoq): field holding_cost is missing",
        "cases figure (eoq): happiness: not a figure of the model eoq (order_quantity, cost, stockout_fraction)",
        "cases below (eoq): ValueError: holding_cost of item 0: -1 must be above zero",
        "cases text (eoq): ValueError: holding_cost: 'much' holds something else than numbers",
        "cases empty (eoq): nothing expected",
    ):
        assert text in told
    assert "cases right" not in told
    written = json.loads((tmp_path / "out" / "cases_right.json").read_text())
    assert written["figures"]["cost"] == pytest.approx(EXPECTED["cost"])


def test_only_named_cases_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path, record("a", "eoq", EOQ, EXPECTED), record("b", "eoq", EOQ, {"cost": 0}))
    assert run(folder, capsys, "--name", "a")[:2] == (0, {"a": 1.0})


def test_a_folder_without_cases_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--suite", "cases", "--instances", str(tmp_path)])
    assert left.value.code == 2
    assert "one of single_item_cases.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ([{"id": "a", "model": "eoq"}], "record 1: KeyError 'params'"),
        ([record("a", "eoq", EOQ, EXPECTED)] * 2, "record 2: the name a is given twice"),
    ],
)
def test_records_that_are_no_cases_are_told(tmp_path: Path, records: list[dict[str, object]], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        list(read_cases(write(tmp_path, *records)))


def test_all_files_of_a_folder_are_read(tmp_path: Path) -> None:
    write(tmp_path, record("a", "eoq", EOQ, EXPECTED))
    (tmp_path / "zheng_federgruen_sS.csv").write_text(
        "demand_mean_poisson,holding_cost,stockout_cost,fixed_cost,opt_s,opt_S,opt_cost_per_period\n10,1,9,64,6,40,35.022\n"
    )
    nodes = {"id": "g", "nodes": [], "expected": {"cost": 1}, "rel_tol": 0.1, "note": ""}
    (tmp_path / "gsm_cases.json").write_text(json.dumps([nodes]))
    (tmp_path / "ssm_serial_cases.json").write_text(json.dumps([nodes | {"id": "s"}]))
    cases = list(read_cases(tmp_path))
    assert [case.name for case in cases] == ["a", "zheng_federgruen_10_1_9_64", "g", "s"]
    assert {case.kind for case in cases} <= set(KINDS)
    assert cases[1].expected == {"s": 6.0, "S": 40.0, "cost": 35.022}


@pytest.mark.parametrize("case", list(built_in_cases()), ids=lambda case: case.name)
def test_textbook_cases_pass(case: Case) -> None:
    if case.kind in MODELS and find_spec(MODELS[case.kind]) is None:
        pytest.skip(f"{MODELS[case.kind]} is not there")
    assert faults_of(case)[1] == []


def test_a_wrong_digit_of_a_textbook_case_does_not_pass() -> None:
    for case in built_in_cases():
        if case.kind in MODELS and find_spec(MODELS[case.kind]) is None:
            continue
        name, value = next(
            (n, v) for n, v in case.expected.items() if n not in {"order_quantities", "order_up_to_levels"}
        )
        far = Case(case.name, case.kind, case.given, {name: value * 1.1 + 1.0}, case.tolerance, case.absolute)
        assert faults_of(far)[1], case.name


STAGES = [
    {"id": 3, "successors": [2], "processing_time": 1, "local_holding_cost": 2, "demand_bound_constant": 1,
     "inbound_service_time": 1},
    {"id": 2, "successors": [1], "processing_time": 0, "local_holding_cost": 4, "demand_bound_constant": 1},
    {"id": 1, "successors": [], "processing_time": 1, "local_holding_cost": 7, "demand_bound_constant": 1,
     "outbound_service_time": 1, "demand": {"type": "N", "mean": 0, "sd": 1}},
]  # fmt: skip
STAGE = {"lead_time": 0.25, "echelon_holding_cost": 0.25}
ROW = [{"id": k, "successors": [k - 1]} | STAGE for k in (4, 3, 2)]
ROW.append({"id": 1, "successors": [], "stockout_cost": 9, "demand": {"type": "P", "mean": 16}} | STAGE)


def test_cases_of_several_stages_are_judged() -> None:
    """Snyder and Shen (2019), example 6.3; Shang and Song (2003), table 1, row 1."""
    if find_spec("solvers.replenishment.echelon") is None or find_spec("benchmarks.inventory.echelon_cases") is None:
        pytest.skip("solvers.replenishment.echelon is not there")
    times = {"1": 1, "2": 0, "3": 0}
    service = Case(
        "g", "guaranteed_service", {"nodes": STAGES}, {"cost": 8**0.5, "outbound_service_times": times}, 1e-6
    )
    assert faults_of(service)[1] == []
    dearer = {"cost": 8**0.5, "outbound_service_times": {"1": 0, "2": 0, "3": 0}}
    assert faults_of(Case("g", "guaranteed_service", {"nodes": STAGES}, dearer, 1e-6))[1] == []
    assert faults_of(Case("g", "guaranteed_service", {"nodes": STAGES}, {"cost": 2.9}, 1e-6))[1]
    levels = {"1": 8, "2": 13, "3": 18, "4": 22}
    row = Case("s", "stochastic_service_serial", {"nodes": ROW}, {"cost": 12.688, "echelon_base_stock": levels}, 0.01)
    assert faults_of(row)[1] == []
    assert faults_of(Case("s", row.kind, row.given, {"cost": 13.5}, 0.01))[1]


def test_another_best_decision_passes_and_a_worse_one_does_not() -> None:
    def answer(cost: float) -> Answer:
        return Answer({"cost": 10.0, "x": 1}, ("x",), lambda _: cost, cost=10.0)

    case = Case("c", "k", {}, {"cost": 10.0, "x": 2}, 1e-6)
    assert list(differences(case, answer(10.0))) == []
    assert list(differences(case, answer(9.9))) == [
        "x: 1 instead of 2",
        "the expected decision costs 9.9, ours 10",
    ]
    assert list(differences(case, answer(float("nan"))))
    bound = Answer({"cost_at_most": 10.0}, at_most=("cost_at_most",))
    assert list(differences(Case("c", "k", {}, {"cost_at_most": 11.0}, 1e-6), bound)) == []
    assert list(differences(Case("c", "k", {}, {"cost_at_most": 9.0}, 1e-6), bound))


def test_figures_by_stage_and_lists_are_compared_one_by_one() -> None:
    assert list(each_differs("x", {"1": 2.0, "2": 3.0}, {"1": 2.0, "2": 3.0}, 1e-6)) == []
    assert list(each_differs("x", {"1": 2.0}, {"1": 2.5, "2": 3.0}, 1e-6)) == [
        "x of 1: 2 instead of 2.5",
        "x: no 2 (1)",
    ]
    assert list(each_differs("x", [1, 2], [1, 2, 3], 1e-6)) == ["x: 2 figures instead of 3"]
    assert list(each_differs("x", [1, float("nan")], [1, 2], 1e-6)) == ["x[1]: nan instead of 2"]
    assert list(each_differs("x", 0.0, 0, 1e-6)) == []


def test_the_judge_of_s_s_levels_agrees_with_zheng_and_federgruen() -> None:
    """Zheng and Federgruen (1991), table 1: s, S, cost for K = 64, h = 1, p = 9."""
    costs = {"holding_cost": 1.0, "stockout_cost": 9.0, "fixed_cost": 64.0}
    for mean, reorder, order_up_to, cost in ((10, 6, 40, 35.022), (22, 16, 68, 51.632), (65, 56, 75, 78.518)):
        assert poisson_s_s_cost(reorder, order_up_to, demand_mean=mean, **costs) == pytest.approx(cost, abs=5.1e-4)
