import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from supplychain.errors import PlanError
from supplychain.store import ImportReport
from supplychain.store.chain import FIRST_HASH, OrderEvent, check_links, link

from .conftest import NOON, lines, record


def published(store, *runs):
    for hours, (run_id, scenario) in enumerate(runs):
        store.publish(record(run_id, scenario, hours=hours), {}, {})
    return store


def statuses(store, run_id):
    return store.orders.lines(run_id=run_id)["status"].tolist()


def execute(store, statement):
    with store.database.writing() as connection:
        connection.execute(text(statement))


def test_lines_come_in_as_proposed_with_an_event_each(store):
    published(store, ("r1", "baseline"))
    report = store.orders.import_plan("r1", lines(5, 7, status=["proposed", "to_review"]), NOON)
    assert report == ImportReport(added=2, restored=0, unchanged=0, superseded=0)
    frame = store.orders.lines()
    assert sorted(zip(frame["item_id"], frame["quantity"], frame["status"], strict=True)) == [
        ("I0", 5.0, "proposed"),
        ("I1", 7.0, "to_review"),
    ]
    assert frame["order_id"].nunique() == 1
    (event,) = store.orders.events(frame["line_id"][0])
    assert (event.version, event.who, event.at) == (1, "run", "2025-06-01T12:00:00.000000+00:00")
    assert store.orders.verify_chain() == ()


def test_new_lines_supersede_undecided_ones_of_the_same_scenario_only(store):
    published(store, ("r1", "baseline"), ("r2", "other"), ("r3", "baseline"))
    store.orders.import_plan("r1", lines(5, 7, 9), NOON)
    store.orders.import_plan("r2", lines(1), NOON)
    execute(store, "UPDATE order_lines SET status = 'approved' WHERE item_id = 'I1' AND run_id = 'r1'")
    report = store.orders.import_plan("r3", lines(6), NOON)
    assert report == ImportReport(added=1, restored=0, unchanged=0, superseded=2)
    assert sorted(statuses(store, "r1")) == ["approved", "superseded", "superseded"]
    assert statuses(store, "r2") == statuses(store, "r3") == ["proposed"]
    assert store.orders.lines(statuses=["approved"])["item_id"].tolist() == ["I1"]


def test_a_what_if_replaces_what_ifs_like_it_and_a_plain_run_replaces_all(store):
    published(store, ("r1", "baseline"), ("r5", "baseline"))
    for run_id, variant in (("r2", "seed=2"), ("r3", "seed=3"), ("r4", "seed=2")):
        store.publish(record(run_id, "baseline", variant=variant), {}, {})
    store.orders.import_plan("r1", lines(5), NOON)
    for run_id, superseded in (("r2", 0), ("r3", 0), ("r4", 1)):
        assert store.orders.import_plan(run_id, lines(6), NOON).superseded == superseded, run_id
    assert [statuses(store, f"r{i}") for i in (1, 2, 3, 4)] == [
        ["proposed"],
        ["superseded"],
        ["proposed"],
        ["proposed"],
    ]
    assert store.orders.import_plan("r5", lines(7), NOON).superseded == 3
    assert statuses(store, "r5") == ["proposed"]


def test_importing_again_changes_nothing_and_an_older_run_comes_back(store):
    published(store, ("r1", "baseline"), ("r2", "baseline"))
    plan = lines(5, 7)
    store.orders.import_plan("r1", plan, NOON)
    assert store.orders.import_plan("r1", plan.iloc[::-1], NOON) == ImportReport(0, 0, 2, 0)
    store.orders.import_plan("r2", lines(8), NOON)
    assert store.orders.import_plan("r1", plan, NOON) == ImportReport(0, 2, 0, 1)
    assert statuses(store, "r1") == ["proposed", "proposed"]
    assert statuses(store, "r2") == ["superseded"]
    events = store.orders.events(store.orders.lines(run_id="r1")["line_id"][0])
    assert [(event.version, event.status) for event in events] == [(1, "proposed"), (2, "superseded"), (3, "proposed")]
    assert store.orders.verify_chain() == ()


def test_planned_lines_stay_out_and_an_empty_plan_supersedes(store):
    published(store, ("r1", "baseline"), ("r2", "baseline"))
    assert store.orders.import_plan("r1", lines(5, 7, status=["planned", "proposed"]), NOON).added == 1
    assert store.orders.import_plan("r2", lines(), NOON) == ImportReport(0, 0, 0, 1)


def test_every_bad_line_is_named_and_nothing_is_imported(store):
    published(store, ("r1", "baseline"))
    plan = lines(5, -1, np.nan, 3, 3)
    plan.loc[3, "due_date"] = pd.NaT
    plan.loc[4, ["supplier_id", "item_id"]] = [None, "I0"]
    with pytest.raises(PlanError) as caught:
        store.orders.import_plan(
            "r1", pd.concat([plan, plan.iloc[:1]]).assign(status=["proposed"] * 5 + ["closed"]), NOON
        )
    found = [(problem.record, problem.field) for problem in caught.value.problems]
    assert found == [
        ("line 2", "quantity"),
        ("line 3", "quantity"),
        ("line 4", "due_date"),
        ("line 5", "supplier_id"),
        ("line 6", "status"),
        ("line 6", "line_id"),
    ]
    with pytest.raises(PlanError, match="column is missing"):
        store.orders.import_plan("r1", plan.drop(columns="quantity"), NOON)
    with pytest.raises(PlanError, match="not published"):
        store.orders.import_plan("r9", lines(1), NOON)
    assert store.orders.lines().empty
    assert store.orders.verify_chain() == ()


def test_line_ids_belong_to_one_run_and_content_never_changes(store):
    published(store, ("r1", "baseline"), ("r2", "other"))
    store.orders.import_plan("r1", lines(5, line_id=["L1"]), NOON)
    with pytest.raises(PlanError, match="belongs to run r1"):
        store.orders.import_plan("r2", lines(5, line_id=["L1"]), NOON)
    for changed in (lines(6, line_id=["L1"]), lines()):
        with pytest.raises(PlanError, match="new run id"):
            store.orders.import_plan("r1", changed, NOON)
    with pytest.raises(PlanError, match="none with this id"):
        store.orders.events("L2")
    with pytest.raises(ValueError, match="use proposed"):
        store.orders.lines(statuses=["done"])


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE order_events SET status = 'approved' WHERE sequence = 2", "it was altered"),
        ("UPDATE order_events SET content = '{}' WHERE sequence = 1", "it was altered"),
        ("UPDATE order_events SET who = 'x' WHERE sequence = 4", "it was altered"),
        ("DELETE FROM order_events WHERE sequence = 2", "removed or added"),
        ("DELETE FROM order_events WHERE sequence >= 3", "audit trail noted"),
        ("UPDATE order_lines SET quantity = 500 WHERE item_id = 'I0'", "its events say 5.0"),
        ("UPDATE order_lines SET status = 'approved'", "its events say"),
        ("DELETE FROM order_lines WHERE item_id = 'I0'", "is gone"),
        ("UPDATE order_lines SET line_id = 'x' WHERE item_id = 'I1'", "has no events"),
    ],
)
def test_tampering_shows(store, statement, named):
    published(store, ("r1", "baseline"), ("r2", "baseline"))
    store.orders.import_plan("r1", lines(5, 7), NOON)
    store.orders.import_plan("r2", lines(8), NOON)
    execute(store, statement)
    assert any(named in problem.rule for problem in store.orders.verify_chain())


MEANWHILE = {
    "sqlite": [
        "CREATE TRIGGER meanwhile AFTER INSERT ON order_lines BEGIN UPDATE order_lines SET version = 9; END",
    ],
    "postgresql": [
        "CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN UPDATE order_lines SET version = 9; RETURN NULL; END $$",
        "CREATE TRIGGER meanwhile AFTER INSERT ON order_lines FOR EACH STATEMENT EXECUTE FUNCTION move()",
    ],
}


def test_a_line_that_moved_meanwhile_is_not_overwritten(store):
    published(store, ("r1", "baseline"), ("r2", "baseline"))
    store.orders.import_plan("r1", lines(5, 7), NOON)
    for statement in MEANWHILE[store.database.url.get_backend_name()]:
        execute(store, statement)
    with pytest.raises(PlanError, match="changed one of them meanwhile"):
        store.orders.import_plan("r2", lines(8), NOON)
    assert statuses(store, "r1") == ["proposed", "proposed"]
    assert statuses(store, "r2") == []
    assert store.orders.verify_chain() == ()


EVENTS = st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4)), min_size=2, max_size=6)


@settings(max_examples=80)
@given(EVENTS, st.data())
def test_any_single_change_of_a_chain_shows(fields, data):
    chain, previous = [], FIRST_HASH
    for number, (line_id, who, content) in enumerate(fields, start=1):
        chain.append(link(OrderEvent(number, line_id, 1, "proposed", "t", who, content), previous))
        previous = chain[-1].hash
    assert check_links(chain) == []
    place = data.draw(st.integers(0, len(chain) - 2))
    kind = data.draw(st.sampled_from(["remove", "swap", "alter", "relink"]))
    event = chain[place]
    changed = OrderEvent(
        **{name: getattr(event, name) for name in event.__dataclass_fields__} | {"who": event.who + "!"}
    )
    if kind == "remove":
        del chain[place]
    elif kind == "swap":
        chain[place], chain[place + 1] = chain[place + 1], chain[place]
    else:
        chain[place] = changed if kind == "alter" else link(changed, event.previous_hash)
    assert check_links(chain)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 2)), min_size=1, max_size=6))
def test_after_any_imports_only_the_last_run_of_a_scenario_is_open(make_store, imports):
    store = make_store()
    last = {}
    for number, (scenario, count) in enumerate(imports):
        run_id = f"{scenario}{count}"
        published(store, (run_id, scenario))
        store.orders.import_plan(run_id, lines(*range(1, count + 1)), NOON.replace(minute=number))
        last[scenario] = run_id
    opened = store.orders.lines(statuses=["proposed"])
    assert sorted(opened["run_id"]) == sorted(run_id for run_id in last.values() for _ in range(int(run_id[1:])))
    assert store.orders.verify_chain() == ()
