"""The data contract: tables in, checked and typed, and the domain built from them."""

from supplychain.tables.build import build_dataset
from supplychain.tables.check import check_tables
from supplychain.tables.columns import Column, columns_of, load_columns
from supplychain.tables.constants import constant
from supplychain.tables.contacts import read_contacts
from supplychain.tables.from_frames import tables_from_frames
from supplychain.tables.header import Header
from supplychain.tables.parse import empty_frame, parse_table
from supplychain.tables.read import read_header, read_tables
from supplychain.tables.table_set import Tables
from supplychain.tables.template import write_template

__all__ = [
    "Column",
    "Header",
    "Tables",
    "build_dataset",
    "check_tables",
    "columns_of",
    "constant",
    "empty_frame",
    "load_columns",
    "parse_table",
    "read_contacts",
    "read_header",
    "read_tables",
    "tables_from_frames",
    "write_template",
]
