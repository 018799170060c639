"""Addresses that are not confirmed yet, beside those that are."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every address of before counts as confirmed."""
    again = _may_have_been_cut_short()
    op.add_column("users", sa.Column("unverified_email", sa.String(length=254), nullable=True), if_not_exists=again)
    op.add_column("users", sa.Column("verify_by", UTCDateTime(), nullable=True), if_not_exists=again)
    op.add_column("account_tokens", sa.Column("email", sa.String(length=254), nullable=True), if_not_exists=again)


def downgrade() -> None:
    """Accounts whose address was never confirmed are left without one."""
    again = _may_have_been_cut_short()
    op.drop_column("account_tokens", "email", if_exists=again)
    op.drop_column("users", "verify_by", if_exists=again)
    op.drop_column("users", "unverified_email", if_exists=again)


def _may_have_been_cut_short() -> bool | None:
    """True on MariaDB, where each step commits by itself; SQLite has no words for it and needs none."""
    return op.get_context().dialect.name in ("mysql", "mariadb") or None
