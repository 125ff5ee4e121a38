import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.store.frames import array_bytes, frame_bytes, parse_array, parse_frame

FRAME = pd.DataFrame(
    {
        "text": ["00123", None, "NA"],
        "category": pd.Categorical(["b", "a", None], categories=["z", "b", "a"]),
        "grade": pd.Categorical([3, 1, 3], categories=[1, 2, 3], ordered=True),
        "day": np.array(["2020-02-29", "2021-01-01", "NaT"], dtype="datetime64[s]"),
        "fine": np.array(["2020-02-29", "2021-01-01", "NaT"], dtype="datetime64[ns]"),
        "weekdays": [(1, 2), (3,), ()],
        "closures": [((dt.date(2020, 1, 1), dt.date(2020, 1, 2)),), (), None],
        "number": [1.5, np.nan, -np.inf],
        "count": pd.array([1, None, 3], dtype="Int64"),
        "small": np.array([1, 2, 3], dtype=np.int32),
        "flag": [True, False, True],
        "nothing": [None, None, None],
    }
)
CELLS = {
    "text": st.none() | st.text(max_size=5),
    "number": st.floats(allow_nan=True),
    "flag": st.booleans(),
    "parts": st.lists(st.text(max_size=3), max_size=3).map(tuple),
}


@pytest.mark.parametrize("rows", [3, 1, 0])
def test_a_frame_comes_back_with_its_types(rows):
    frame = FRAME.iloc[:rows]
    pd.testing.assert_frame_equal(parse_frame(frame_bytes(frame)), frame)


def test_tuples_come_back_as_tuples():
    closures = parse_frame(frame_bytes(FRAME))["closures"].tolist()
    assert closures == [((dt.date(2020, 1, 1), dt.date(2020, 1, 2)),), (), None]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries(CELLS), max_size=8))
def test_any_frame_comes_back_and_equal_input_gives_equal_bytes(rows):
    frame = pd.DataFrame(rows, columns=list(CELLS)).astype({"number": "float64", "flag": "bool"})
    content = frame_bytes(frame)
    pd.testing.assert_frame_equal(parse_frame(content), frame)
    assert frame_bytes(frame.copy()) == content


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        (pd.DataFrame({1: [1]}), "1"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "a"),
        (pd.DataFrame({"mixed": [1, "x"]}), "mixed"),
        (pd.DataFrame({"thing": [object()]}), "thing"),
        (pd.DataFrame({"odd": pd.Categorical([dt.date(2020, 1, 1)])}), "odd"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(frame, named):
    with pytest.raises(TypeError, match=named):
        frame_bytes(frame)


@pytest.mark.parametrize(
    "array", [np.arange(6.0).reshape(2, 3), np.float64(3).reshape(()), np.zeros((0, 4), bool), np.array(["ü", "b"])]
)
def test_an_array_comes_back(array):
    back = parse_array(array_bytes(array))
    np.testing.assert_array_equal(back, array)
    assert back.dtype == array.dtype


def test_column_major_arrays_give_the_same_bytes():
    array = np.arange(6.0).reshape(2, 3)
    assert array_bytes(np.asfortranarray(array)) == array_bytes(array)


def test_no_pickles():
    with pytest.raises(TypeError, match="objects"):
        array_bytes(np.array([{}], dtype=object))
