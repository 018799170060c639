"""The audit log, which is only added to."""

import sqlalchemy as sa
from alembic import op

from blog.db import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
NO_RIGHT = frozenset({1142, 1227, 1419})
"""What MariaDB says to an account that may make no trigger, or may not while its binary log is written."""


def upgrade() -> None:
    """A table, and triggers that refuse to change its rows, and to delete those of the last 30 days."""
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=40), nullable=True),
        sa.Column("subject_kind", sa.String(length=20), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("subject_label", sa.String(length=200), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_audit_events_at_id"), "audit_events", ["at", "id"], if_not_exists=True)
    op.create_index(
        op.f("ix_audit_events_actor_id_at_id"), "audit_events", ["actor_id", "at", "id"], if_not_exists=True
    )
    op.create_index(
        op.f("ix_audit_events_subject_kind_subject_id_at_id"),
        "audit_events",
        ["subject_kind", "subject_id", "at", "id"],
        if_not_exists=True,
    )
    {"sqlite": _guard_on_sqlite, "postgresql": _guard_on_postgresql}.get(
        op.get_context().dialect.name, _guard_on_mariadb
    )()


def downgrade() -> None:
    """No audit log."""
    op.drop_table("audit_events", if_exists=True)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_audit_change()")


def _guard_on_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER IF NOT EXISTS audit_events_stay BEFORE UPDATE ON audit_events "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
    )
    op.execute(
        "CREATE TRIGGER IF NOT EXISTS audit_events_last BEFORE DELETE ON audit_events "
        "WHEN OLD.at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-30 days') "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
    )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_events_last BEFORE DELETE ON audit_events "
        "FOR EACH ROW WHEN (OLD.at > now() - interval '30 days') EXECUTE FUNCTION refuse_audit_change()"
    )


def _guard_on_mariadb() -> None:
    """Where the account may make triggers; a blog whose account may not works without."""
    refuse = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is only added to'"
    for trigger in (
        f"CREATE TRIGGER IF NOT EXISTS audit_events_stay BEFORE UPDATE ON audit_events FOR EACH ROW {refuse}",
        "CREATE TRIGGER IF NOT EXISTS audit_events_last BEFORE DELETE ON audit_events FOR EACH ROW "
        f"IF OLD.at > UTC_TIMESTAMP() - INTERVAL 30 DAY THEN {refuse}; END IF",
    ):
        try:
            op.execute(trigger)
        except sa.exc.DBAPIError as error:
            if not error.orig or error.orig.args[0] not in NO_RIGHT:
                raise
