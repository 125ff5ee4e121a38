"""Bundled data sets, and foreign files mapped to the contract."""

from supplychain.datasets.load import bundled_names, load_tables

__all__ = ["bundled_names", "load_tables"]
