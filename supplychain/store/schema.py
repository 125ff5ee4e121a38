"""Tables of the plan database. Times are ISO 8601 text in UTC, so that they sort and hash the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text

__all__ = ["METADATA", "REVISION", "STATUS_WORDS", "audit", "order_events", "order_lines", "runs", "time_text"]

REVISION = "0002"  # newest migration; a test compares it with the folder of migrations

STATUS_WORDS = (
    "proposed",
    "to_review",
    "adjusted",
    "approved",
    "rejected",
    "released",
    "confirmed",
    "received",
    "closed",
    "superseded",
)

METADATA = MetaData()

runs = Table(
    "runs",
    METADATA,
    Column("run_id", String(120), primary_key=True),
    Column("scenario", String(120), nullable=False),
    Column("title", Text, nullable=False),
    Column("parent", String(120)),
    Column("scenario_hash", String(120), nullable=False),
    Column("data_set", String(120), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("last_at", String(40), nullable=False),
    Column("variant", Text, nullable=False, server_default=""),
    Index("runs_by_scenario", "scenario", "last_at"),
)

order_lines = Table(
    "order_lines",
    METADATA,
    Column("line_id", String(160), primary_key=True),
    Column("order_id", String(160), nullable=False),
    Column("run_id", String(120), nullable=False),
    Column("scenario", String(120), nullable=False),
    Column("supplier_id", String(120), nullable=False),
    Column("item_id", String(120), nullable=False),
    Column("site_id", String(120), nullable=False),
    Column("order_date", String(10), nullable=False),
    Column("due_date", String(10), nullable=False),
    Column("quantity", Float, nullable=False),
    Column("unit_price", Float, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Index("order_lines_by_run", "run_id"),
    Index("order_lines_by_status", "scenario", "status"),
)

order_events = Table(
    "order_events",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("line_id", String(160), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("at", String(40), nullable=False),
    Column("who", String(120), nullable=False),
    Column("content", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),  # two writers cannot fork the chain
    Column("hash", String(64), nullable=False),
    Index("order_events_by_line", "line_id", "version", unique=True),
)

audit = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("at", String(40)),
    Column("who", String(120), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("content", Text, nullable=False),
)


def time_text(at: datetime) -> str:
    """The moment as ISO 8601 text in UTC with microseconds; raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()}: a time needs its time zone; pass for example datetime.now(UTC)")
    return at.astimezone(UTC).isoformat(timespec="microseconds")
