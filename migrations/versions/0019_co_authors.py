"""Several authors of a post."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """A table of those who write beside the author, and what revisions say of them; every post of before has one."""
    op.create_table(
        "co_authors",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_co_authors_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_co_authors_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "user_id", name=op.f("pk_co_authors")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_co_authors_user_id"), "co_authors", ["user_id"], if_not_exists=True)
    op.add_column("revisions", sa.Column("co_authors", sa.JSON(), nullable=True), if_not_exists=True)


def downgrade() -> None:
    """The posts stay with their first authors."""
    op.drop_column("revisions", "co_authors", if_exists=True)
    op.drop_table("co_authors", if_exists=True)
