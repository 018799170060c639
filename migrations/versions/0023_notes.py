"""Notes on posts, among those who may edit them."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """A table of them, empty."""
    op.create_table(
        "post_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_notes_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_post_notes_author_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_notes")),
        **MYSQL,
        if_not_exists=True,
    )
    for column in ("post_id", "author_id"):
        op.create_index(op.f(f"ix_post_notes_{column}"), "post_notes", [column], if_not_exists=True)


def downgrade() -> None:
    """What was noted is gone."""
    op.drop_table("post_notes", if_exists=True)
