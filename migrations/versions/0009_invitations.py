"""Invitations: links with which an account of a certain role is made, once."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """A table of those that are open."""
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "role",
            sa.Enum("reader", "author", "editor", "admin", name="role", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["users.id"], name=op.f("fk_invitations_invited_by_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
        **MYSQL,
        if_not_exists=True,
    )
    for column in ("email_key", "expires_at", "invited_by_id"):
        op.create_index(op.f(f"ix_invitations_{column}"), "invitations", [column], if_not_exists=True)


def downgrade() -> None:
    """Nobody is invited."""
    op.drop_table("invitations", if_exists=True)
