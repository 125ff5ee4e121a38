"""A refused plan is told as a fault of the toolkit, with what still works."""

from __future__ import annotations

import pytest

from supplychain.errors import DataError, RefusedPlanError
from supplychain.pipeline.accept import _MEANWHILE, accept
from supplychain.plans.violation import Violation
from supplychain.service.listen import UNTIL


def broken(count: int) -> list[Violation]:
    return [Violation("stock plan", f"row {n}", "closing", str(n), "must not be negative") for n in range(count)]


def test_what_the_judge_accepts_goes_through():
    accept("stock plan", "replenish", ())


@pytest.mark.parametrize("step", sorted(_MEANWHILE))
def test_a_refused_plan_is_no_fault_of_the_data_and_something_still_works(step):
    with pytest.raises(RefusedPlanError) as caught:
        accept("stock plan", step, broken(7))
    text = str(caught.value)
    assert not isinstance(caught.value, DataError)
    assert caught.value.exit_code == 1
    assert f"the stock plan made by step {step} is refused: it breaks 7 rules" in text
    assert "a fault of the toolkit, not of your data" in text
    assert "stock plan, row 4, closing: 4: must not be negative" in text
    assert "row 5" not in text
    assert "... and 2 more" in text
    assert "report it" in text
    assert any(f"--until {name}" in text for name in UNTIL)


def test_one_rule_is_one_rule():
    with pytest.raises(RefusedPlanError, match=r"breaks 1 rule of its own check"):
        accept("stock plan", "route", broken(1))


def test_a_violation_without_a_value_or_a_record_has_no_empty_places():
    assert (
        str(Violation("service plan", "C 70%", "stock_value", "", "falls")) == "service plan, C 70%, stock_value: falls"
    )
    assert str(Violation("cash view", "", "rank", "", "counts")) == "cash view, rank: counts"
    assert str(Violation("stock plan", "A", "closing", "5", "is 6")) == "stock plan, A, closing: 5: is 6"
