"""Names that look like another's are refused: each account's name has a skeleton, under a unique index.

Accounts whose names look alike already go on as they are: the oldest of them gets the skeleton, the others none.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import context, op

from blog.auth.names import username_skeleton

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH = 500
USERS = sa.table(
    "users", sa.column("id", sa.Integer), sa.column("username", sa.String), sa.column("username_skeleton", sa.String)
)


def upgrade() -> None:
    """The column, filled; where the SQL is only printed it stays empty until `flask check --repair`."""
    op.add_column("users", sa.Column("username_skeleton", sa.String(length=255)), if_not_exists=True)
    if not context.is_offline_mode():
        _fill()
    op.create_index(op.f("ix_users_username_skeleton"), "users", ["username_skeleton"], unique=True, if_not_exists=True)


def downgrade() -> None:
    """Names are compared by their letters again."""
    op.drop_index(op.f("ix_users_username_skeleton"), "users", if_exists=True)
    op.drop_column("users", "username_skeleton", if_exists=True)


def _fill() -> None:
    """The oldest account of those that look alike keeps what they look like; run again, it gives the same."""
    connection, taken = op.get_bind(), set[str]()
    for batch in _batches(connection):
        rows = []
        for user_id, username in batch:
            look = username_skeleton(username)
            rows.append({"of": user_id, "look": None if look in taken else look})
            taken.add(look)
        connection.execute(
            sa.update(USERS).where(USERS.c.id == sa.bindparam("of")).values(username_skeleton=sa.bindparam("look")),
            rows,
        )


def _batches(connection: sa.Connection) -> Iterator[list[tuple[int, str]]]:
    last = 0
    while batch := connection.execute(
        sa.select(USERS.c.id, USERS.c.username).where(USERS.c.id > last).order_by(USERS.c.id).limit(BATCH)
    ).all():
        yield [(row.id, row.username) for row in batch]
        last = batch[-1].id
