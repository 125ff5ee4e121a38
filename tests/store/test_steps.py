import json

import numpy as np
import pandas as pd
import pytest

from supplychain.errors import SupplyChainError
from supplychain.store import StepResult

from .conftest import step


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_step_comes_back(store):
    result = step()
    store.write_step(result.key, result)
    back = store.read_step(result.key)
    assert (back.name, back.key, back.meta) == (result.name, result.key, result.meta)
    pd.testing.assert_frame_equal(back.tables["rows"], result.tables["rows"])
    np.testing.assert_array_equal(back.arrays["mean"], result.arrays["mean"])
    assert (store.root / "steps" / "forecast" / "abc123" / "meta.json").is_file()
    assert store.read_step("other") is None


def test_the_same_input_gives_the_same_files(store, tmp_path):
    other = type(store).open(tmp_path / "other")
    for one in (store, other):
        one.write_step("abc123", step())
    assert files(store.root / "steps") == files(other.root / "steps")


@pytest.mark.parametrize("file", ["meta.json", "rows.parquet", "mean.npy"])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_damage_is_absence_is_reported_and_is_mended(store, caplog, file, damage):
    store.write_step("abc123", step())
    path = store.root / "steps" / "forecast" / "abc123" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content if damage == "flip" else content[:-3])
    assert store.read_step("abc123") is None
    assert str(path) in caplog.text
    store.write_step("abc123", step())
    assert store.read_step("abc123").meta == step().meta


def test_a_forged_sum_shows(store):
    store.write_step("abc123", step())
    path = store.root / "steps" / "forecast" / "abc123" / "meta.json"
    content = json.loads(path.read_text())
    content["meta"]["levels"] = [0.99]
    path.write_text(json.dumps(content))
    assert store.read_step("abc123") is None


def test_a_whole_step_is_not_written_again(store):
    store.write_step("abc123", step())
    path = store.root / "steps" / "forecast" / "abc123" / "rows.parquet"
    before = path.stat().st_mtime_ns
    store.write_step("abc123", step())
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("key", ["../x", "", "a/b", ".hidden", "a\nb"])
def test_keys_are_no_paths(store, key):
    with pytest.raises(ValueError, match="use letters"):
        store.write_step(key, step(key=key))
    with pytest.raises(ValueError, match="use letters"):
        store.read_step(key)


def test_wrong_content_is_refused_and_leaves_nothing(store):
    with pytest.raises(ValueError, match="made for abc123"):
        store.write_step("other", step())
    with pytest.raises(TypeError):
        store.write_step("k", StepResult("s", "k", meta={"x": object()}))
    with pytest.raises(ValueError, match="JSON"):
        store.write_step("k", StepResult("s", "k", meta={"x": float("nan")}))
    assert not (store.root / "steps").exists()
    assert store.read_step("k") is None


def test_a_folder_that_cannot_be_written_is_a_clear_error(store):
    (store.root / "steps").write_text("in the way")
    with pytest.raises(SupplyChainError, match="nothing was written"):
        store.write_step("abc123", step())
    assert list((store.root / "tmp").iterdir()) == []
