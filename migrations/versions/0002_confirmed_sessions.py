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
    op.add_column(
        "user_sessions",
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        if_not_exists=_may_have_been_cut_short(),
    )


def downgrade() -> None:
    """Nobody is asked again."""
    op.drop_column("user_sessions", "confirmed_at", if_exists=_may_have_been_cut_short())


def _may_have_been_cut_short() -> bool | None:
    """True on MariaDB, where each step commits by itself; SQLite has no words for it and needs none."""
    return op.get_context().dialect.name in ("mysql", "mariadb") or None
