"""A scenario's name -> the resolved scenario, or every problem of its whole chain at once.

Precedence: defaults < ancestors < own keys < shocks in listed order < changes < ``--set``. Each ancestor is resolved
completely, its shocks and changes included, before its child is laid over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from supplychain.errors import Problem, ScenarioError
from supplychain.scenario.changes import SettingChange, TableChange, WorldChange
from supplychain.scenario.document import Scalar
from supplychain.scenario.find import SHOCKS_FILE, Places, find_scenario, is_path, scenario_files
from supplychain.scenario.read_changes import Change
from supplychain.scenario.read_file import Shock, Source, read_scenario_file, read_shocks_file
from supplychain.scenario.read_settings import read_sets
from supplychain.scenario.scenario import Compare, Scenario
from supplychain.scenario.settings_state import SettingsState
from supplychain.scenario.targets import sections, settings_catalogue
from supplychain.scenario.typed import SchemaReader
from supplychain.scenario.words import WordError, nearest

__all__ = ["ScenarioEntry", "list_scenarios", "load_scenario", "load_shocks", "read_scenario", "unusable"]


@dataclass(frozen=True, slots=True)
class ScenarioEntry:
    """A line of ``scenario ls``; ``where`` is project or bundled, ``problem`` says why it cannot be used."""

    name: str
    title: str
    extends: str
    data: str
    where: str
    problem: str = ""


def load_scenario(name_or_path: str, *, project: Path | None = None, sets: Sequence[str] = ()) -> Scenario:
    """Load and resolve a scenario.

    ``name_or_path`` is a name from ``project/scenarios`` or the bundled scenarios, or a path to a file; without a
    ``project`` the folder of the file (or the one above, when it is called ``scenarios``) takes its place. ``sets``
    are ``key=value`` texts. Raises ScenarioError with every problem, each with file:line:column and a fix.
    """
    scenario, problems = read_scenario(name_or_path, project=project, sets=sets)
    if problems or scenario is None:
        raise unusable(name_or_path, problems)
    return scenario


def unusable(name_or_path: str, problems: Sequence[Problem]) -> ScenarioError:
    """The error of a scenario with problems."""
    return ScenarioError(f"scenario {name_or_path!r} cannot be used", problems)


def read_scenario(
    name_or_path: str, *, project: Path | None = None, sets: Sequence[str] = ()
) -> tuple[Scenario | None, list[Problem]]:
    """A scenario as `load_scenario` reads it, as far as it can be read, and every problem.

    With problems it may serve to look at its data set too, but not to run: what has a fault is left out.
    """
    places = Places(_project_of(name_or_path, project))
    reader = SchemaReader("", homes=_homes())
    sources = _read_chain(name_or_path, places, reader)
    shocks = load_shocks(places, reader) if any(source.shocks for source in sources) else {}
    reader.record = sources[-1].name if sources else ""
    assignments = read_sets(reader, sets)
    scenario = _resolve(sources, shocks, assignments, places, reader) if sources else None
    return scenario, _in_order(reader.problems)


def list_scenarios(project: Path | None = None) -> list[ScenarioEntry]:
    """Every scenario by name; a broken one is listed with its first problem."""
    places = Places(project)
    entries = []
    for name, file in scenario_files(places).items():
        inside = project is not None and file.is_relative_to((project / "scenarios").resolve())
        where = "project" if inside else "bundled"
        try:
            scenario = load_scenario(name, project=project)
            parent = scenario.chain[-1] if scenario.chain else ""
            entries.append(ScenarioEntry(name, scenario.title, parent, scenario.data or "", where))
        except ScenarioError as error:
            problem = str(error.problems[0]) if error.problems else error.message
            entries.append(ScenarioEntry(name, "", "", "", where, problem))
    return entries


def load_shocks(places: Places, reader: SchemaReader) -> Mapping[str, Shock]:
    """Named shocks of the project and the bundled ones; the project's win."""
    found: dict[str, Shock] = {}
    for folder in places.folders:
        file = folder / SHOCKS_FILE
        if file.is_file():
            reader.record = "shocks"
            found = {**read_shocks_file(file, places.label(file), reader), **found}
    return found


def _homes() -> dict[str, str]:
    """Last part of a setting's path -> the path, where there is one such."""
    paths = [path for path in (*settings_catalogue(), *sections()) if "." in path]
    counts = Counter(path.rpartition(".")[2] for path in paths)
    return {path.rpartition(".")[2]: path for path in paths if counts[path.rpartition(".")[2]] == 1}


def _project_of(name_or_path: str, project: Path | None) -> Path | None:
    if project is not None or not is_path(name_or_path):
        return project
    folder = Path(name_or_path).resolve().parent
    return folder.parent if folder.name == "scenarios" else folder


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Problems by file as first met, then by line and column; each once."""
    files: dict[str, int] = {}
    for problem in problems:
        files.setdefault(_split(problem.file)[0], len(files))
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (files[_split(problem.file)[0]], *_split(problem.file)[1:]))


def _split(place: str) -> tuple[str, int, int]:
    parts = place.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return place, 0, 0


def _read_chain(name_or_path: str, places: Places, reader: SchemaReader) -> list[Source]:
    """Files from the eldest ancestor to the scenario itself; a broken link ends the chain with a problem."""
    sources: list[Source] = []
    seen: list[Path] = []
    wanted, place = name_or_path, ""
    while True:
        try:
            file = find_scenario(wanted, places).resolve()
        except WordError as error:
            reader.refuse(place or "scenario", "extends" if place else "", wanted, error.rule, error.fix)
            break
        if file in seen:
            names = [path.stem for path in [*seen[seen.index(file) :], file]]
            rule = f"extends runs in a circle: {' -> '.join(names)}"
            reader.refuse(place, "extends", wanted, rule, "remove one `extends` of the circle")
            break
        seen.append(file)
        reader.record = file.stem
        source = read_scenario_file(file, places.label(file), reader)
        if source is None:
            break
        sources.append(source)
        if source.extends is None:
            break
        wanted, place = source.extends.text, source.extends.place
    return sources[::-1]


def _resolve(
    sources: Sequence[Source],
    shocks: Mapping[str, Shock],
    sets: Sequence[SettingChange],
    places: Places,
    reader: SchemaReader,
) -> Scenario:
    state = SettingsState()
    scenario = Scenario(name=sources[-1].name, title=sources[-1].title, description=sources[-1].description)
    compare: dict[str, object] = {}
    for source in sources:
        reader.record = source.name
        in_force = _shocks_of(source, shocks, scenario.shocks, reader)
        scenario = _lay_file(scenario, source, places, reader)
        state.lay(source.own, reader)
        from_shocks = [change for shock in in_force for change in shock.changes]
        scenario = _lay_changes(scenario, from_shocks, f"shocks of {source.name}", state, reader)
        scenario = _lay_changes(scenario, source.changes, f"changes of {source.name}", state, reader)
        labels = (_split(shock.origin)[0] for shock in in_force)
        files = tuple(dict.fromkeys((*scenario.files, *labels)))
        scenario = replace(scenario, files=files, shocks=(*scenario.shocks, *(shock.name for shock in in_force)))
        compare = {**compare, **_checked_compare(source, places, reader)}
    reader.record = sources[-1].name
    state.lay(sets, reader)
    chain = tuple(source.name for source in sources[:-1])
    against = compare.get("against") or (chain[-1] if chain else None)
    show = compare.get("show", ())
    return replace(
        scenario,
        chain=chain,
        settings=state.settings(reader),
        compare=Compare(
            None if against is None else str(against), tuple(map(str, show if isinstance(show, tuple) else ()))
        ),
        origins=dict(sorted(state.origins.items())),
    )


def _lay_file(scenario: Scenario, source: Source, places: Places, reader: SchemaReader) -> Scenario:
    data = scenario.data
    if source.data is not None:
        data = source.data.text
        _check_data(source.data, places, reader)
    as_of = source.as_of or scenario.as_of
    return replace(scenario, data=data, as_of=as_of, files=(*scenario.files, source.label))


def _check_data(node: Scalar, places: Places, reader: SchemaReader) -> None:
    path = Path(node.text)
    root = places.project or Path()
    inside = not path.is_absolute() and (root / path).resolve().is_relative_to(root.resolve())
    if not inside or "\\" in node.text:
        fix = "name a bundled data set or a folder inside the project; --data on the command line may lie anywhere"
        reader.refuse(node.place, "data", node.text, "the path leaves the project", fix)


def _lay_changes(
    scenario: Scenario, changes: Sequence[Change], layer: str, state: SettingsState, reader: SchemaReader
) -> Scenario:
    state.lay([change for change in changes if isinstance(change, SettingChange)], reader)
    tables = [replace(change, layer=layer) for change in changes if isinstance(change, TableChange)]
    outside = [change for change in changes if isinstance(change, WorldChange)]
    return replace(
        scenario,
        table_changes=(*scenario.table_changes, *tables),
        outlook=(*scenario.outlook, *(change for change in outside if change.scope == "outlook")),
        world=(*scenario.world, *(change for change in outside if change.scope == "world")),
    )


def _shocks_of(source: Source, named: Mapping[str, Shock], before: Sequence[str], reader: SchemaReader) -> list[Shock]:
    found = []
    for index, entry in enumerate(source.shocks):
        path = f"shocks[{index}]"
        shock = named.get(entry.text) if isinstance(entry, Scalar) else entry
        name = entry.text if isinstance(entry, Scalar) else entry.name
        place = entry.place if isinstance(entry, Scalar) else entry.origin
        if shock is None:
            reader.refuse(place, path, name, "no shock has this name", nearest(name, named))
        elif name in before:
            reader.refuse(place, path, name, "an ancestor has this shock already", "remove it here")
        else:
            found.append(shock)
    return found


def _checked_compare(source: Source, places: Places, reader: SchemaReader) -> dict[str, object]:
    against = source.compare.get("against")
    if against is not None and against not in scenario_files(places):
        node = source.tree.get("compare")
        child = node.get("against") if node is not None and hasattr(node, "get") else None
        place = child.place if child is not None else source.label
        reader.refuse(
            place, "compare.against", against, "no scenario has this name", nearest(against, scenario_files(places))
        )
    return source.compare
