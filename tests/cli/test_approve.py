"""``plan approve`` from the command line to the next run."""

from __future__ import annotations

PLAN = ("run", "small_better", "--until", "replenish", "--workers", "1", "-q")


def first_line(call) -> dict:
    shown = call("plan", "show", "small_better", "--json").json()
    return shown["order_lines"][0]


def test_an_approved_line_is_on_the_way_in_the_next_run(project, call):
    assert call(*PLAN).code == 0
    line = first_line(call)
    number = line["line_id"]
    text = call("plan", "show", "small_better").out
    assert "Approved: 0 of" in text
    assert f"plan approve {number} --who YOUR_NAME" in text
    made = call("plan", "approve", number, "--who", "Li", "--run", "small_better")
    assert made.code == 0, made.err
    assert "Approved by Li: 1 line" in made.out
    text = call("plan", "show", "small_better").out
    assert "Approved: 1 of" in text
    assert f"plan approve {number} " not in text
    again = call("plan", "approve", number, "--who", "Wu", "--run", "small_better")
    assert again.code == 3
    assert "is decided already" in again.err
    assert call(*PLAN).code == 0
    actions = call("plan", "actions", "--all", "--json").json()["actions"]
    (kept,) = [one for one in actions if one["kind"] == "approved order"]
    assert (kept["order_id"], kept["quantity"], kept["action"]) == (line["order_id"], line["quantity"], "keep")


def test_what_cannot_be_approved_is_told_all_at_once_and_nothing_changes(project, call):
    assert call(*PLAN).code == 0
    shown = call("plan", "show", "small_better", "--planned", "--json").json()
    planned = next(line["line_id"] for line in shown["order_lines"] if line["status"] == "planned")
    good = first_line(call)["line_id"]
    answer = call("plan", "approve", good, planned, "S9_nothing", "--who", "Li", "--run", "small_better")
    assert answer.code == 3
    assert "outlook" in answer.err
    assert "no order line or order of this number" in answer.err
    assert "Approved: 0 of" in call("plan", "show", "small_better").out
    assert call("plan", "approve", good, "--who", " ", "--run", "small_better").code == 2
    order = call(
        "plan", "approve", first_line(call)["order_id"], "--who", "Li", "--run", "small_better", "--json"
    ).json()
    assert {line["order_id"] for line in order["approved"]} == {first_line(call)["order_id"]}


def test_the_state_shows_wherever_a_line_is_shown_and_the_next_run_orders_none_of_it_again(project, call):
    assert call(*PLAN).code == 0
    line = first_line(call)
    number, order = line["line_id"], line["order_id"]
    assert call("plan", "approve", number, "--who", "Li", "--run", "small_better").code == 0
    shown = call("plan", "show", "small_better", "--json").json()
    by_number = {one["line_id"]: one for one in shown["order_lines"]}
    mine = by_number.pop(number)
    assert (mine["status"], mine["approved_by"], mine["approved_in_run"]) == ("approved", "Li", shown["run"])
    assert mine["approved_at"].endswith("+00:00")
    assert {one["status"] for one in by_number.values()} <= {"proposed"}
    (head,) = [one for one in shown["order_heads"] if one["order_id"] == order]
    assert (head["approved_lines"], head["approved_value"]) == (1, mine["value"])
    explained = call("plan", "explain", number, "--run", "small_better")
    assert explained.code == 0, explained.err
    assert "Approved by Li on " in explained.out
    assert call("plan", "export", "small_better", "--to", "out").code == 0
    rows = (project / "out" / "lines.csv").read_text(encoding="utf-8").splitlines()
    (exported,) = [row for row in rows if f",{number}," in row]
    assert ",approved," in exported
    assert ",Li," in exported
    assert sum(",proposed," in row for row in rows) == len(by_number)
    assert "approved_lines" in (project / "out" / "orders.csv").read_text(encoding="utf-8").splitlines()[0]
    assert call("report", "small_better", "--to", "page.html").code == 0
    page = (project / "page.html").read_text(encoding="utf-8")
    assert "1 order line approved already" in page
    listed = call("plan", "ls", "--json").json()["plans"]
    assert {one["run"]: one["approved"] for one in listed}[shown["run"]] == 1

    assert call(*PLAN).code == 0
    again = call("plan", "show", "small_better", "--json").json()
    assert again["run"] != shown["run"]
    assert number not in {one["line_id"] for one in again["order_lines"]}
    (kept,) = [one for one in again["order_actions"] if one["kind"] == "approved order"]
    assert (kept["approved_by"], kept["approved_in_run"]) == ("Li", shown["run"])
    told = call("plan", "explain", kept["line_id"], "--run", "small_better").out
    assert f"Approved by Li on {mine['approved_at'][:10]}" in told
    assert f"in run {shown['run']}" in told


def test_an_order_number_means_what_is_left_of_it_and_a_part_below_the_minimum_is_told(project, call):
    name = project / "data" / "small_shop" / "suppliers.csv"
    name.write_text(name.read_text(encoding="utf-8").replace(",135,100,CNY", ",135,900,CNY"), encoding="utf-8")
    assert call(*PLAN).code == 0
    shown = call("plan", "show", "small_better", "--json").json()
    lines: dict = {}
    for one in shown["order_lines"]:
        lines.setdefault(one["order_id"], []).append(one)
    order, own = next((key, found) for key, found in lines.items() if len(found) > 1 and key.startswith("S1_"))
    part = min(own, key=lambda one: one["value"])
    assert part["value"] < 900
    made = call("plan", "approve", part["line_id"], "--who", "Li", "--run", "small_better")
    assert made.code == 0, made.err
    assert f"{part['value']:,.2f} CNY of order {order} are approved, S1 Dairy takes orders from 900.00 on" in made.out
    assert f"plan approve {order} --who Li" in made.out
    rest = call("plan", "approve", order, "--who", "Li", "--run", "small_better", "--json").json()
    assert {one["line_id"] for one in rest["approved"]} == {one["line_id"] for one in own} - {part["line_id"]}
    assert rest["below_minimum"] == []
    assert "is decided already" in call("plan", "approve", order, "--who", "Li", "--run", "small_better").err
    assert call(*PLAN).code == 0
    again = call("plan", "show", "small_better", "--json").json()
    assert not [one for one in again["order_lines"] if one["order_id"].startswith(order)]


def test_a_line_of_a_what_if_may_be_approved_by_its_run_and_not_twice(project, call):
    assert call(*PLAN).code == 0
    number = first_line(call)["line_id"]
    what_if = call(*PLAN[:-1], "--set", "seed=5", "--json").json()["run"]
    unnamed = call("plan", "approve", number, "--who", "Li")
    assert unnamed.code == 2
    assert "the latest run is a what-if, small_better [seed=5]" in unnamed.err
    assert call("plan", "approve", number, "--who", "Li", "--run", what_if).code == 0
    twice = call("plan", "approve", number, "--who", "Li", "--run", "small_better")
    assert twice.code == 3
    assert "has the same order line approved already" in twice.err
    assert call("plan", "show", what_if).out.count("approved") > 0


def test_names_that_cannot_be_kept_are_usage_mistakes_told_all_at_once(project, call):
    assert call(*PLAN).code == 0
    number = first_line(call)["line_id"]
    approve = ("plan", "approve", number, "--run", "small_better")
    for name, rule in (
        ("\udcff\udcfe", "holds the control character U+DCFF"),
        ("Zoë\x1b[31m", "holds the control character U+001B"),
        ("Ann\nBob", "holds the control character U+000A"),
        ("Ann\u202e", "holds the control character U+202E"),
        ("Ann\u200b", "holds the invisible character U+200B"),
        ("A" * 5000, "has 5,000 characters, more than 120"),
        (" ", "must not be empty"),
    ):
        made = call(*approve, "--who", name, "--checked-by", "B\x07b")
        assert made.code == 2, name
        assert f"{rule}. Fix: " in made.err
        assert "--checked-by: 'B\\x07b': holds the control character U+0007. Fix: " in made.err
    assert call(*approve, "--who", "Ann", "--checked-by", " Zoë ").code == 0  # blanks around a name are not part of it


def test_the_next_command_names_the_project_that_it_needs(project, call, tmp_path, monkeypatch):
    assert call(*PLAN).code == 0
    number = first_line(call)["line_id"]
    monkeypatch.chdir(tmp_path)
    store = project / ".supplychain"
    made = call("plan", "approve", number, "--who", "Li", "--run", "small_better", "--store", store)
    assert made.code == 0, made.err
    (line,) = [one for one in made.out.splitlines() if " run small_better" in one]
    words = line.split("supplychain run", 1)[1].split()
    assert words == ["small_better", "--project", str(project), "--store", str(store)]
    assert call("run", *words, "--until", "replenish", "--workers", "1", "-q").code == 0
    far = tmp_path / "elsewhere"
    store.rename(far)
    other = call("plan", "show", "small_better", "--json", "--store", far).json()["order_lines"][0]["line_id"]
    made = call("plan", "approve", other, "--who", "Li", "--run", "small_better", "--store", far)
    assert "--project PROJECT_FOLDER" in made.out, made.err
