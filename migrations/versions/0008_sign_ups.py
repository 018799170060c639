"""New accounts are open, by invitation or closed: another setting, made of the one that said open or not.

The old one stays for a release that is still running: without it that would open what is closed.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was closed is closed; open is how it is without a setting."""
    op.execute(_copy("sign_ups_open", "= 'false'", to="sign_ups", value='"closed"'))


def downgrade() -> None:
    """Whatever is not open is closed."""
    op.execute("DELETE FROM settings WHERE name = 'sign_ups_open'")
    op.execute(_copy("sign_ups", "<> '\"open\"'", to="sign_ups_open", value="false"))
    op.execute("DELETE FROM settings WHERE name = 'sign_ups'")


def _copy(name: str, condition: str, *, to: str, value: str) -> str:
    """SQL that every database takes, and that changes nothing when it is run again."""
    dialect = op.get_context().dialect.name
    text = "CHAR(20)" if dialect in ("mysql", "mariadb") else "VARCHAR(20)"
    stored = f"CAST('{value}' AS json)" if dialect == "postgresql" else f"'{value}'"
    return (
        f"INSERT INTO settings (name, value) SELECT '{to}', {stored} FROM settings "  # noqa: S608  nothing typed is in it
        f"WHERE name = '{name}' AND CAST(value AS {text}) {condition} "
        f"AND NOT EXISTS (SELECT 1 FROM settings AS others WHERE others.name = '{to}')"
    )
