"""Links between posts, and titles that they are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """A table of who links to whom; no text of before has such a link."""
    op.create_table(
        "post_links",
        sa.Column("from_post_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("to_post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_post_id"], ["posts.id"], name=op.f("fk_post_links_from_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["to_post_id"], ["posts.id"], name=op.f("fk_post_links_to_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("from_post_id", "name", name=op.f("pk_post_links")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_post_links_to_post_id"), "post_links", ["to_post_id"], if_not_exists=True)
    op.create_index(op.f("ix_posts_title"), "posts", ["title"], if_not_exists=True)


def downgrade() -> None:
    """Names in brackets are text."""
    op.drop_index(op.f("ix_posts_title"), table_name="posts", if_exists=True)
    op.drop_table("post_links", if_exists=True)
