"""Who can read a published post: everybody, whoever has its address, or those who may work on it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

VISIBILITIES = ("public", "unlisted", "private")


def upgrade() -> None:
    """What was published is for everybody."""
    op.add_column(
        "posts",
        sa.Column(
            "visibility",
            sa.Enum(*VISIBILITIES, name="visibility", native_enum=False, length=16),
            server_default="public",
            nullable=False,
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    """What was not for everybody is a draft: a release that knows no other kind would show it."""
    context = op.get_context()
    # MariaDB keeps the dropped column dropped when what comes after is cut short, and then all of this runs again.
    if context.as_sql or "visibility" in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("posts")}:
        op.execute("UPDATE posts SET status = 'draft' WHERE visibility <> 'public'")
    op.drop_column("posts", "visibility", if_exists=True)
