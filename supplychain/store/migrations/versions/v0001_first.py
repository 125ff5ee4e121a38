"""Runs, order lines, their events and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(120), primary_key=True),
        sa.Column("scenario", sa.String(120), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("parent", sa.String(120)),
        sa.Column("scenario_hash", sa.String(120), nullable=False),
        sa.Column("data_set", sa.String(120), nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.Column("last_at", sa.String(40), nullable=False),
    )
    op.create_index("runs_by_scenario", "runs", ["scenario", "last_at"])
    op.create_table(
        "order_lines",
        sa.Column("line_id", sa.String(160), primary_key=True),
        sa.Column("order_id", sa.String(160), nullable=False),
        sa.Column("run_id", sa.String(120), nullable=False),
        sa.Column("scenario", sa.String(120), nullable=False),
        sa.Column("supplier_id", sa.String(120), nullable=False),
        sa.Column("item_id", sa.String(120), nullable=False),
        sa.Column("site_id", sa.String(120), nullable=False),
        sa.Column("order_date", sa.String(10), nullable=False),
        sa.Column("due_date", sa.String(10), nullable=False),
        sa.Column("quantity", sa.Float, nullable=False),
        sa.Column("unit_price", sa.Float, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("order_lines_by_run", "order_lines", ["run_id"])
    op.create_index("order_lines_by_status", "order_lines", ["scenario", "status"])
    op.create_table(
        "order_events",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("line_id", sa.String(160), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("order_events_by_line", "order_events", ["line_id", "version"], unique=True)
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.String(40)),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
