"""The notebook runs from top to bottom and is stored without output."""

import ast
import json

import pytest


@pytest.fixture(scope="module")
def cells(root):
    document = json.loads((root / "notebooks" / "first_look.ipynb").read_text(encoding="utf-8"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    return document["cells"]


def source(cell):
    return "".join(cell["source"])


def test_it_is_stored_without_output_and_with_unique_ids(cells):
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    assert len({cell["id"] for cell in cells}) == len(cells)


@pytest.mark.slow
@pytest.mark.xdist_group("golden")
def test_every_cell_runs_and_shows_something(cells, lived, monkeypatch, capsys):
    monkeypatch.chdir(lived.folder)  # the steps that are known there are reused
    names, shown, printed = {}, {}, {}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        body = ast.parse(source(cell)).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell["id"], "exec"), names)
        if last is not None:
            shown[cell["id"]] = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
        printed[cell["id"]] = capsys.readouterr().out
    assert all(label in printed["kpis"] for label in names["result"].kpis["label"])
    assert len(shown["orders"])
    assert (shown["by-supplier"] > 0).all()
    assert len(shown["forecast"])
