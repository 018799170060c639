"""Series of posts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Tables of series and of their parts, and what revisions say of them; no post of before is in one."""
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("slug", name=op.f("uq_series_slug")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_table(
        "series_parts",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_series_parts_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_parts_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_series_parts")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_series_parts_series_id"), "series_parts", ["series_id"], if_not_exists=True)
    op.add_column(
        "revisions",
        sa.Column("series", sa.String(length=100), nullable=False, server_default=""),
        if_not_exists=True,
    )
    op.add_column("revisions", sa.Column("series_number", sa.Integer(), nullable=True), if_not_exists=True)


def downgrade() -> None:
    """The posts stay, each by itself."""
    op.drop_column("revisions", "series_number", if_exists=True)
    op.drop_column("revisions", "series", if_exists=True)
    op.drop_table("series_parts", if_exists=True)
    op.drop_table("series", if_exists=True)
