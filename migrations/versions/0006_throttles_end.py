"""Each throttle knows from when on it says nothing more."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Throttles of before, which mean something else, are forgotten at the next sign-in."""
    op.add_column("throttles", sa.Column("forgotten_at", UTCDateTime(), nullable=True), if_not_exists=True)
    op.create_index(op.f("ix_throttles_forgotten_at"), "throttles", ["forgotten_at"], if_not_exists=True)


def downgrade() -> None:
    """They are forgotten an hour after the last failure."""
    op.drop_index(op.f("ix_throttles_forgotten_at"), "throttles", if_exists=True)
    op.drop_column("throttles", "forgotten_at", if_exists=True)
