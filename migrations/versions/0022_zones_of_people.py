"""Time zones of people, in which they type hours."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody is in the site's."""
    op.add_column("users", sa.Column("time_zone", sa.String(length=64), nullable=True), if_not_exists=True)


def downgrade() -> None:
    """Hours are those of the site."""
    op.drop_column("users", "time_zone", if_exists=True)
