"""What a run was asked for beyond its scenario's file. Runs made before it was kept count as plain."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("runs", sa.Column("variant", sa.Text, nullable=False, server_default=""))
