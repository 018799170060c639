"""How `flask db` runs the migrations, on SQLite, PostgreSQL and MariaDB."""

from logging.config import fileConfig
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection

from blog.db import LongText, db
from blog.snapshots import take_snapshot

SEARCH_TABLES = "post_search"
"""Made by hand for each database, so unknown to the models; `flask db migrate` would drop them."""

config = context.config
if config.config_file_name:
    fileConfig(config.config_file_name, disable_existing_loggers=False)
options: dict[str, Any] = dict(current_app.extensions["migrate"].configure_args)


def include_object(thing: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave the search tables alone, and what belongs to them."""
    table = getattr(thing, "table", None)
    names = [name or "", getattr(table, "name", None) or ""]
    return not any(one.startswith(SEARCH_TABLES) for one in names)


def drop_empty_revision(_context: object, _revision: object, directives: list[Any]) -> None:
    """`flask db migrate` writes no file when the models and the database agree."""
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def render_item(kind: str, thing: object, _autogen_context: object) -> str | bool:
    """Our own types by their short names, which script.py.mako imports."""
    if kind == "type":
        if type(thing).__name__ == "UTCDateTime":
            return "UTCDateTime()"
        if thing is LongText:
            return "LongText"
    return False


options |= {
    "target_metadata": db.metadata,
    "include_object": include_object,
    "process_revision_directives": drop_empty_revision,
    "render_item": render_item,
    "transactional_ddl": True,
    "transaction_per_migration": True,
}


def run_offline() -> None:
    """Print the SQL instead of running it (`--sql`)."""
    context.configure(url=db.engine.url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Change the database; on SQLite a copy of the file is kept first."""
    # Whoever writes meanwhile waits: a migration is a writing transaction from its first statement.
    engine = db.engine.execution_options(writing=True)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            if _will_change(connection):
                take_snapshot(before="migrating")
            _switch_foreign_keys_off(connection)
        context.configure(connection=connection, on_version_apply=_check_foreign_keys, **options)
        with context.begin_transaction():
            context.run_migrations()


def _will_change(connection: Connection) -> bool:
    """True unless the database is already where the command wants it, or the command only looks."""
    wanted = config.attributes.get("destination") or getattr(config.cmd_opts, "revision", None)
    if wanted is None or getattr(config.cmd_opts, "autogenerate", False):
        return False
    with connection.begin():
        at = MigrationContext.configure(connection).get_current_heads()
    script = ScriptDirectory.from_config(config)
    return at != tuple(script.get_heads()) or wanted not in ("head", "heads")


def _switch_foreign_keys_off(connection: Connection) -> None:
    """Outside any transaction, where the PRAGMA has effect: rebuilding a table drops it, and with the keys on that
    would delete the rows that refer to it, without a word."""
    raw = connection.connection.dbapi_connection
    assert raw is not None  # noqa: S101  the connection is open
    raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]  # SQLite's own connection


def _check_foreign_keys(*, ctx: Any, **_: object) -> None:
    """Before a step is committed: no row may refer to one that is gone."""
    if ctx.connection is not None and ctx.dialect.name == "sqlite":
        broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration would leave rows that refer to nothing: {broken[:5]}")


if context.is_offline_mode():
    run_offline()
else:
    run_online()
