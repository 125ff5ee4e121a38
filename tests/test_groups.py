"""Tests that share what is dear to make run on one worker."""

import pytest


@pytest.mark.xdist_group("alone")
def test_groups_of_tests_stay_together(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("one process runs all tests")
    assert request.node.nodeid.endswith("@alone"), "pytest and pytest-xdist do not fit: groups are taken apart"
