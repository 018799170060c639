"""How `flask db` runs the migrations, on SQLite, PostgreSQL and MariaDB.

Each step is a transaction of its own, where the database has transactions for tables; on MariaDB, which has none,
every step can be run again after it was cut short. Two upgrades at once wait for one another.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import click
from alembic import context
from alembic.ddl.base import AddColumn, DropColumn, visit_add_column, visit_drop_column
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler

from blog.db import LongText, UTCDateTime, db, sqlite_file
from blog.snapshots import take_snapshot

SEARCH_TABLES = "post_search"
"""Made by hand for each database, so unknown to the models; `flask db migrate` would drop them."""
LOCK = "blog migrations"
LOCK_SECONDS = 600  # the longest wait for another upgrade, on MariaDB, which asks for a number
TRANSACTIONAL = ("sqlite", "postgresql")
"""Where a step that fails or is killed leaves nothing behind."""

Steps = Iterable[Any]
FindSteps = Callable[[tuple[str, ...], MigrationContext], Steps]

config = context.config


@compiles(AddColumn, "sqlite")
def add_column(step: AddColumn, compiler: DDLCompiler, **given: Any) -> str:
    """Without `IF NOT EXISTS`, which a step says for MariaDB: SQLite has no word for it on columns, and no need."""
    step.if_not_exists = None
    return visit_add_column(step, compiler, **given)


@compiles(DropColumn, "sqlite")
def drop_column(step: DropColumn, compiler: DDLCompiler, **given: Any) -> str:
    """Without `IF EXISTS`, as above."""
    step.if_exists = None
    return visit_drop_column(step, compiler, **given)


def include_object(thing: object, name: str | None, *_: object) -> bool:
    """Leave the search tables alone, and what belongs to them."""
    table = getattr(thing, "table", None)
    return not any((one or "").startswith(SEARCH_TABLES) for one in (name, getattr(table, "name", None)))


def finish_revision(migration: MigrationContext, _revision: object, directives: list[Any]) -> None:
    """A new file is numbered after the last one; none is written when the models and the database agree."""
    script = directives[0]
    if getattr(config.cmd_opts, "autogenerate", False) and script.upgrade_ops.is_empty():
        directives[:] = []
        click.echo("The database is as the models say; nothing to migrate.", err=True)
    elif re.fullmatch(r"[0-9a-f]{12}", script.rev_id):  # made up by Alembic, not given by --rev-id
        heads = ScriptDirectory.from_config(config).get_heads()
        script.rev_id = f"{1 + max((int(head) for head in heads if head.isdecimal()), default=0):04d}"


def render_item(kind: str, thing: object, _autogenerate: object) -> str | bool:
    """Our own types by their short names, which script.py.mako imports."""
    if kind == "type":
        if isinstance(thing, UTCDateTime):
            return "UTCDateTime()"
        if thing is LongText:
            return "LongText"
    return False


options: dict[str, Any] = {
    **current_app.extensions["migrate"].configure_args,
    "target_metadata": db.metadata,
    "include_object": include_object,
    "process_revision_directives": finish_revision,
    "render_item": render_item,
    "transaction_per_migration": True,
}


def run_offline() -> None:
    """Print the SQL instead of running it (`--sql`).

    For SQLite, a step that rebuilds a table must say how it looks now (`batch_alter_table(copy_from=…)`).
    """
    backend = db.engine.url.get_backend_name()
    context.configure(
        url=db.engine.url,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        transactional_ddl=backend in TRANSACTIONAL,
        **options,
    )
    if backend == "sqlite":
        context.static_output("PRAGMA foreign_keys = OFF;")
    context.run_migrations()
    if backend == "sqlite":
        context.static_output("PRAGMA foreign_key_check;")


def run_online() -> None:
    """Change the database of the app, or in silence another one, whose connection the caller passes on."""
    given: Connection | None = config.attributes.get("connection")
    if given is not None:
        migrate(given, is_ours=False)
        return
    make_folder()
    with db.engine.connect() as connection:
        connection.detach()  # what is set and locked here ends here: no later user of the connection inherits it
        if may_change():
            wait_for_others(connection)
            # Who writes meanwhile waits, where tables are part of transactions: a step is a turn of writing.
            connection.execution_options(writing=connection.dialect.name in TRANSACTIONAL)
        migrate(connection, is_ours=True)


def migrate(connection: Connection, *, is_ours: bool) -> None:
    """Do what the command asks for; of the app's own database a copy is kept first, where it is a file."""
    if connection.dialect.name == "sqlite":
        switch_foreign_keys_off(connection)
    done: list[MigrationInfo] = []
    known = options | {
        "connection": connection,
        "transactional_ddl": connection.dialect.name in TRANSACTIONAL,
        "on_version_apply": (check_foreign_keys, lambda *, step, **_: done.append(step)),
    }
    context.configure(**known)
    find_steps: FindSteps = context.get_context().opts["fn"]
    context.configure(**known, fn=guarded(find_steps, with_copy=is_ours))
    try:
        context.run_migrations()
    finally:  # also of those that came before one that failed
        if is_ours:
            announce(done)
    connection.rollback()  # what only looked leaves no transaction open


def may_change() -> bool:
    """False for commands that only look, such as `flask db current`."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def make_folder() -> None:
    """An SQLite file needs its folder, which a first start does not have."""
    if (file := sqlite_file()) is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"The folder {file.parent} can't be made: {error.strerror}.") from error


def wait_for_others(connection: Connection) -> None:
    """Let another upgrade of this database finish first; the lock ends with the connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(hashtext(:name))"), {"name": LOCK})
    elif connection.dialect.name != "sqlite":
        held = connection.scalar(
            text("SELECT GET_LOCK(SHA1(CONCAT(:name, DATABASE())), :seconds)"), {"name": LOCK, "seconds": LOCK_SECONDS}
        )
        if not held:
            raise CommandError(f"Another upgrade of this database has not finished in {LOCK_SECONDS} seconds.")
    connection.commit()


def switch_foreign_keys_off(connection: Connection) -> None:
    """Outside any transaction, where the PRAGMA has effect: rebuilding a table drops it, and with the keys on that
    would delete the rows that refer to it, without a word."""
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys = OFF")


def guarded(find_steps: FindSteps, *, with_copy: bool) -> FindSteps:
    """`find_steps`, which refuses a database that is newer than we, and copies it when there is a step to do."""

    def steps(heads: tuple[str, ...], migration: MigrationContext) -> Steps:
        script = ScriptDirectory.from_config(config)
        for revision in heads:
            try:
                script.get_revision(revision)
            except CommandError:
                raise CommandError(
                    f"The database is newer than this version of the blog (it is at {revision}); install the newer one."
                ) from None
        found = list(find_steps(heads, migration))
        if found and with_copy:
            take_snapshot(before="migrating")
        return found

    return steps


def check_foreign_keys(*, ctx: MigrationContext, **_: object) -> None:
    """Before a step is committed: no row may refer to one that is gone."""
    if ctx.connection is not None and ctx.dialect.name == "sqlite":
        broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            tables = ", ".join(sorted({f"{row[0]} → {row[2]}" for row in broken}))
            raise CommandError(f"Nothing is changed: {len(broken)} rows would refer to rows that are gone ({tables}).")


def announce(done: list[MigrationInfo]) -> None:
    """Say in one line what was done."""
    if not done:
        return
    first, last = done[0], done[-1]
    if not first.is_upgrade:
        left = ", ".join(last.destination_revision_ids) or "nothing"
        click.echo(f"Database taken back from {first.up_revision_id} to {left}.", err=True)
    elif not first.source_revision_ids:
        click.echo("Database made.", err=True)
    elif first is last:
        click.echo(f"Database upgraded to {last.up_revision_id}: {last.up_revision.doc}", err=True)
    else:
        click.echo(f"Database upgraded from {first.source_revision_ids[0]} to {last.up_revision_id}.", err=True)


if context.is_offline_mode():
    run_offline()
else:
    run_online()
