"""The bundled scenarios resolve to the content on record. To renew it: ``python tests/scenario/test_golden.py``."""

import json
from pathlib import Path

from supplychain.scenario import Scenario, difference, list_scenarios, load_scenario
from supplychain.scenario.scenario import Scenario as Empty

GOLDEN = Path(__file__).with_name("resolved.json")


def resolved(scenario: Scenario) -> dict:
    """A scenario as its difference to the defaults."""
    rows = difference(scenario, Empty(name="defaults", title=""))
    return {
        "chain": list(scenario.chain),
        "shocks": list(scenario.shocks),
        "against": scenario.compare.against,
        "show": list(scenario.compare.show),
        "differs": [" | ".join(part for part in (r.kind, r.path, r.where, r.during, r.after) if part) for r in rows],
    }


def everything() -> dict:
    return {entry.name: resolved(load_scenario(entry.name)) for entry in list_scenarios()}


def text() -> str:
    return json.dumps(everything(), indent=1, ensure_ascii=False) + "\n"


def test_bundled_scenarios_resolve_to_what_is_on_record():
    assert everything() == json.loads(GOLDEN.read_text(encoding="utf-8"))


if __name__ == "__main__":
    GOLDEN.write_text(text(), encoding="utf-8")
