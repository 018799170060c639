"""Revisions: the texts that posts had."""

import sqlalchemy as sa
from alembic import op

from blog.db import LongText, UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
KINDS = ("found", "work", "publish", "restore", "pending", "discard", "aside")


def upgrade() -> None:
    """A table of them, empty: what stands in a post is kept before it is first changed."""
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="revisionkind", native_enum=False, length=16), nullable=False),
        sa.Column("session_key", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("excerpt", sa.String(length=300), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("comments_closed", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("added_words", sa.Integer(), nullable=False),
        sa.Column("removed_words", sa.Integer(), nullable=False),
        sa.Column("lost_words", sa.Integer(), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("first_edit", sa.Integer(), nullable=False),
        sa.Column("last_edit", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_revisions_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_revisions_author_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("post_id", "number", name=op.f("uq_revisions_post_id_number")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_revisions_author_id"), "revisions", ["author_id"], if_not_exists=True)
    op.create_index(
        op.f("ix_revisions_post_id_created_at_id"), "revisions", ["post_id", "created_at", "id"], if_not_exists=True
    )


def downgrade() -> None:
    """Only what stands in posts is left."""
    op.drop_table("revisions", if_exists=True)
