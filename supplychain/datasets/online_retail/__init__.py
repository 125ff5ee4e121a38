"""Real order lines, in the shape of the UCI Online Retail file, mapped to the contract."""

from supplychain.datasets.online_retail.mapping import map_order_lines, map_order_lines_with_report, mapping_report
from supplychain.datasets.online_retail.sorting import LineCount, MappingReport

__all__ = ["LineCount", "MappingReport", "map_order_lines", "map_order_lines_with_report", "mapping_report"]
