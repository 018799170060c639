"""Posts that wait for an editor, and notes with which they are sent back."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is in review."""
    op.add_column("posts", sa.Column("submitted_at", UTCDateTime(), nullable=True), if_not_exists=True)
    op.add_column(
        "post_notes",
        sa.Column("sends_back", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """What is in review is a draft."""
    op.execute("UPDATE posts SET status = 'draft' WHERE status = 'in_review'")
    op.drop_column("post_notes", "sends_back", if_exists=True)
    op.drop_column("posts", "submitted_at", if_exists=True)
