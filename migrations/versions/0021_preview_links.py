"""Preview links: secret addresses of posts, for people without an account."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """A table of them, empty."""
    op.create_table(
        "preview_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_preview_links_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_preview_links_created_by_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_preview_links_token_hash")),
        **MYSQL,
        if_not_exists=True,
    )
    for column in ("post_id", "created_by_id", "expires_at"):
        op.create_index(op.f(f"ix_preview_links_{column}"), "preview_links", [column], if_not_exists=True)


def downgrade() -> None:
    """No link works."""
    op.drop_table("preview_links", if_exists=True)
