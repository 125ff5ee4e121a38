"""The comparison of plans sees every kind of change, and lets noise pass."""

import pandas as pd
import pytest

from tests.golden.compare import Rules, differences

KNOWN = pd.DataFrame({"item": list("abcdefghij"), "quantity": 10.0, "value": [float(n) for n in range(10, 20)]})
RULES = Rules(keys=["item"], rows_in_common=0.9, totals={"value": 0.01}, cells={"quantity": 0.5}, cells_alike=0.9)


def test_a_plan_is_like_itself_in_any_order():
    assert differences(KNOWN.iloc[::-1], KNOWN, RULES) == []


def test_noise_passes():
    assert differences(KNOWN.assign(value=KNOWN["value"] * 1.005), KNOWN, RULES) == []


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (KNOWN.drop(columns="value"), "columns"),
        (KNOWN.head(8), "rows in common"),
        (KNOWN.assign(item=list("abcdefghxy")), "rows in common"),
        (KNOWN.assign(value=KNOWN["value"] * 1.02), "total value"),
        (KNOWN.assign(quantity=[12.0, 12.0, *[10.0] * 8]), "quantity alike"),
        (KNOWN.assign(quantity=float("nan")), "quantity alike"),
        (KNOWN.head(0), "rows in common"),
    ],
)
def test_changes_are_seen(changed, word):
    assert any(word in line for line in differences(changed, KNOWN, RULES))
