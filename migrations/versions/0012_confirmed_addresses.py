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
    op.add_column("users", sa.Column("unverified_email", sa.String(length=254), nullable=True), if_not_exists=True)
    op.add_column("users", sa.Column("verify_by", UTCDateTime(), nullable=True), if_not_exists=True)
    op.add_column("account_tokens", sa.Column("email", sa.String(length=254), nullable=True), if_not_exists=True)


def downgrade() -> None:
    """Accounts whose address was never confirmed are left without one."""
    op.drop_column("account_tokens", "email", if_exists=True)
    op.drop_column("users", "verify_by", if_exists=True)
    op.drop_column("users", "unverified_email", if_exists=True)
