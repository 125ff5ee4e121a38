"""Rules of the house that no linter knows: exports, cycles, lengths, numbers without a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("compilation", "forecasts", "solvers", "supplychain")
MIGRATIONS = ROOT / "supplychain" / "store" / "migrations"  # scripts that alembic runs; their shape is not ours
LONGEST_FILE = 400  # lines; the aim is 300
LONGEST_FUNCTION = 70  # lines; the aim is 50

FILES = sorted(
    file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if MIGRATIONS not in file.parents
)
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def module_of(file: Path) -> str:
    return name_of(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run on import, those behind ``if`` and ``try`` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from top_level([*node.body, *node.orelse, *getattr(node, "finalbody", [])])
            yield from (inner for handler in getattr(node, "handlers", []) for inner in top_level(handler.body))


def bound(tree: ast.Module) -> set[str]:
    """Names that a module binds."""
    names: set[str] = set()
    for node in top_level(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif not isinstance(node, ast.If | ast.Try):
            names |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and is_stored(inner)}
    return names


def is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return None


def collation(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as the linter sorts them."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def test_exports_are_explicit_sorted_and_exist():
    faults = []
    for file, tree in TREES.items():
        names = exported(tree)
        if names is None:
            faults += [f"{name_of(file)}: no __all__"] if any(not is_docstring(n) for n in tree.body) else []
        else:
            faults += [f"{name_of(file)}: {name} is not there" for name in names if name not in bound(tree)]
            faults += [f"{name_of(file)}: not sorted"] if names != sorted(set(names), key=collation) else []
    assert faults == []


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def defined(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_modules_take_from_each_other_only_what_is_exported():
    by_module = {module_of(file): tree for file, tree in TREES.items()}
    faults = [
        f"{name_of(file)}:{node.lineno}: {node.module}.{alias.name}"
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in by_module
        for alias in node.names
        if f"{node.module}.{alias.name}" not in by_module
        if alias.name.startswith("_") or alias.name in defined(by_module[node.module])
        if alias.name not in (exported(by_module[node.module]) or ())
    ]
    assert faults == []


def imports(tree: ast.Module) -> Iterator[str]:
    """Modules that a module imports when it runs, whether at its head or inside functions."""
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for part in node.body
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_import_cycle_not_even_inside_functions():
    known = {module_of(file) for file in FILES}
    graph = nx.DiGraph()
    for file, tree in TREES.items():
        for target in imports(tree):
            found = target if target in known else target.rpartition(".")[0]
            if found in known and found != module_of(file):
                graph.add_edge(module_of(file), found)
    assert graph.number_of_edges() > len(FILES)
    assert sorted(sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1) == []


def test_no_relative_and_no_star_imports():
    found = [
        f"{name_of(file)}:{node.lineno}"
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.level or node.names[0].name == "*")
    ]
    assert found == []


def test_files_and_functions_stay_short():
    faults = [name_of(file) for file in FILES if len(file.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]
    faults += [
        f"{name_of(file)}:{node.lineno} {node.name}"
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert faults == []


CLOCKS_AND_GLOBAL_DRAWS = re.compile(
    r"(?<![.\w])(?:np\.random\.(?!default_rng|Generator|SeedSequence|PCG64)\w+|random\.\w+\(|date\.today\(|time\.time\()"
)


def test_no_code_draws_from_the_global_generator_or_asks_the_clock_for_today():
    """Either would make equal input give unequal output."""
    faults = [
        f"{name_of(file)}:{number}: {line.strip()}"
        for file in FILES
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if CLOCKS_AND_GLOBAL_DRAWS.search(line)
    ]
    assert faults == []
