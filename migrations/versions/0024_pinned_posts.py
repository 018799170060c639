"""Posts that are pinned stand first on the home page."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is."""
    pinned = sa.text("pinned_at IS NOT NULL")
    op.add_column("posts", sa.Column("pinned_at", UTCDateTime(), nullable=True), if_not_exists=True)
    op.create_index(
        op.f("ix_posts_pinned_at"),
        "posts",
        ["pinned_at"],
        if_not_exists=True,
        sqlite_where=pinned,
        postgresql_where=pinned,
    )


def downgrade() -> None:
    """All stand where their dates put them."""
    op.drop_index(op.f("ix_posts_pinned_at"), "posts", if_exists=True)
    op.drop_column("posts", "pinned_at", if_exists=True)
