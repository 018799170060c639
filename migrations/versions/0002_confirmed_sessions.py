"""Sessions know when their person last proved who they are."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sessions of before are not confirmed: their people are asked once."""
    op.add_column("user_sessions", sa.Column("confirmed_at", UTCDateTime(), nullable=True), if_not_exists=True)


def downgrade() -> None:
    """Nobody is asked again."""
    op.drop_column("user_sessions", "confirmed_at", if_exists=True)
