"""Data sets by name or path."""

from __future__ import annotations

from datetime import date

import pytest

from supplychain.datasets import bundled_names, load_tables
from supplychain.errors import DataError


def fault(*arguments, **options):
    with pytest.raises(DataError) as caught:
        load_tables(*arguments, **options)
    (problem,) = caught.value.problems
    return problem


def test_a_folder_and_a_later_as_of(write) -> None:
    folder = write()
    assert load_tables(folder).as_of == date(2025, 5, 31)
    assert load_tables(str(folder), as_of=date(2025, 6, 2)).as_of == date(2025, 6, 2)


def test_an_earlier_as_of_names_the_rows_that_lie_after_it(write) -> None:
    problem = fault(write(), as_of=date(2025, 5, 30))
    assert (problem.file, problem.record, problem.field) == ("demand.csv", "row 4", "date")


def test_unknown_names_show_the_nearest(tmp_path) -> None:
    problem = fault("chnia_south")
    assert "neither a bundled data set nor a path" in problem.rule
    if "china_south" in bundled_names():
        assert "china_south" in problem.fix


def test_a_mapping_needs_its_file(write, tmp_path) -> None:
    folder = write(header="base_currency: GBP\nmapping: online_retail\n")
    problem = fault(folder)
    assert problem.file == "small"
    assert "--data" in problem.fix
    problem = fault(folder, data_file=tmp_path / "nothing.csv")
    assert problem.file.endswith("nothing.csv")
    assert problem.rule == "does not exist"


def test_a_mapping_is_handed_over(write, tmp_path, monkeypatch) -> None:
    from supplychain.datasets import online_retail

    seen = []
    monkeypatch.setattr(
        online_retail, "map_order_lines", lambda file, folder, *, as_of: seen.append((file, folder, as_of))
    )
    folder = write(header="base_currency: GBP\nmapping: online_retail\n")
    (tmp_path / "lines.csv").write_text("x")
    load_tables(folder, data_file=tmp_path / "lines.csv", as_of=date(2011, 1, 1))
    assert seen == [(tmp_path / "lines.csv", folder, date(2011, 1, 1))]


def test_unknown_mappings_and_unused_files(write, tmp_path) -> None:
    problem = fault(write(tmp_path / "map", header="base_currency: GBP\nmapping: online_retial\n"), data_file="x")
    assert (problem.field, problem.value) == ("mapping", "online_retial")
    assert "online_retail" in problem.fix
    problem = fault(write(), data_file="x.csv")
    assert "takes no data file" in problem.rule
