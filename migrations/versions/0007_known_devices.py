"""Browsers in which a person was signed in before."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """None is known yet."""
    op.create_table(
        "known_devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("last_used_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_known_devices_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_devices")),
        sa.UniqueConstraint("token_hash", "user_id", name=op.f("uq_known_devices_token_hash_user_id")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_known_devices_user_id"), "known_devices", ["user_id"], if_not_exists=True)


def downgrade() -> None:
    """Nobody's browser is known."""
    op.drop_table("known_devices", if_exists=True)
