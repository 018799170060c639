"""Posts in another language than the site's."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every post of before is in the site's language."""
    op.add_column("posts", sa.Column("language", sa.String(length=12), nullable=True), if_not_exists=True)


def downgrade() -> None:
    """All posts are in the site's language."""
    op.drop_column("posts", "language", if_exists=True)
