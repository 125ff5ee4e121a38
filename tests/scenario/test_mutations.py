"""Target P10: every 1-character mutation of a key that makes it unknown is refused with its line and the right name."""

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from supplychain.errors import ScenarioError
from supplychain.resources import bundled
from supplychain.scenario import load_scenario
from supplychain.scenario.document import Listing, Mapping, Scalar, parse_document

LETTERS = "x"
BUNDLED = Path(bundled("scenarios"))
FILES = sorted(file.name for file in BUNDLED.glob("*.yaml"))


def keys_of(text: str) -> list[tuple[str, Scalar]]:
    """(path, key) of every key of the file and of every text that a ``set`` holds; paths without list positions."""
    tree, problems = parse_document(text, "f")
    assert problems == []
    found: list[tuple[str, Scalar]] = []

    def walk(node, path):
        if isinstance(node, Listing):
            for item in node.items:
                walk(item, path)
        elif isinstance(node, Mapping):
            for key, value in node.entries:
                inner = f"{path}.{key.text}"
                found.append((inner, key))
                if key.text == "set":
                    found.append((f"{inner}={value.text}", value))
                walk(value, inner)

    walk(tree, "")
    return found


def mutations(word: str) -> list[str]:
    """One character put in, left out, replaced or swapped with the next one."""
    inserted = {word[:i] + c + word[i:] for i in range(len(word) + 1) for c in LETTERS}
    left_out = {word[:i] + word[i + 1 :] for i in range(len(word))}
    replaced = {word[:i] + c + word[i + 1 :] for i in range(len(word)) for c in LETTERS}
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return sorted((inserted | left_out | replaced | swapped) - {word, ""})


def mutated(text: str, key: Scalar, word: str) -> str:
    _, line, column = key.place.split(":")
    lines = text.split("\n")
    row, start = int(line) - 1, int(column) - 1
    assert lines[row][start:].startswith(key.text)
    lines[row] = lines[row][:start] + word + lines[row][start + len(key.text) :]
    return "\n".join(lines)


def all_keys() -> dict[str, tuple[str, Scalar]]:
    """Path -> (file, key): every key that some bundled file has, where it stands first."""
    found: dict[str, tuple[str, Scalar]] = {}
    for name in FILES:
        for path, key in keys_of((BUNDLED / name).read_text(encoding="utf-8")):
            role = f"shocks.yaml{path}" if name == "shocks.yaml" else path
            found.setdefault(role, (name, key))
    return found


def check(folder: Path, name: str, key: Scalar) -> int:
    """Try every mutation of one key; returns how many there were."""
    text = (BUNDLED / name).read_text(encoding="utf-8")
    scenario = "double11_surge" if name == "shocks.yaml" else name.removesuffix(".yaml")
    place = f"scenarios/{name}:{key.place.removeprefix('f:')}"
    # another name that is known in the same place is no fault of spelling
    words = [word for word in mutations(key.text) if word not in ("A", "B", "C")]
    for word in words:
        (folder / name).write_text(mutated(text, key, word), encoding="utf-8")
        with pytest.raises(ScenarioError) as caught:
            load_scenario(scenario, project=folder.parent)
        told = [p for p in caught.value.problems if p.file == place]
        assert told, (key, word, caught.value)
        assert any(key.text in p.fix for p in told), (key, word, [str(p) for p in told])
    (folder / name).write_text(text, encoding="utf-8")
    return len(words)


def test_every_mutated_key_is_refused_with_its_line_and_the_right_name(tmp_path):
    folder = tmp_path / "scenarios"
    shutil.copytree(BUNDLED, folder)
    keys = all_keys()
    assert len(keys) >= 30
    tried = sum(check(folder, name, key) for name, key in keys.values())
    assert tried >= 20 * len(keys)


def test_the_bundled_files_are_plain_yaml_for_any_reader():
    for name in FILES:
        content = YAML(typ="safe", pure=True).load((BUNDLED / name).read_text(encoding="utf-8"))
        assert content["scenario"] == 1
