"""Counters of requests."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """A table of counters."""
    op.create_table(
        "limit_counters",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_limit_counters")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_limit_counters_ends_at"), "limit_counters", ["ends_at"], if_not_exists=True)


def downgrade() -> None:
    """Nothing is counted."""
    op.drop_table("limit_counters", if_exists=True)
