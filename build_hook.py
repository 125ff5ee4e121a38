"""Puts scenarios/ and data/ into the wheel, as supplychain/_bundled/; an editable install reads them in place."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "standard":
            for kind in ("scenarios", "data"):
                build_data["force_include"][kind] = f"supplychain/_bundled/{kind}"
