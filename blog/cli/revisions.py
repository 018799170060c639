"""At which migration the database is, and at which the code."""

import alembic.command
import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection

from blog.db import db, sqlite_file


def database_revisions() -> set[str]:
    """The migrations that the database is at: one, or none before the first."""
    file = sqlite_file()
    if file and not file.exists():
        return set()  # connecting would make it
    with db.engine.connect() as connection:
        return revisions_of(connection)


def revisions_of(connection: Connection) -> set[str]:
    """The migrations that the database of a connection is at."""
    return set(MigrationContext.configure(connection).get_current_heads())


def newest_revisions() -> set[str]:
    """The migrations that this version of the blog ends with: one."""
    return set(_scripts().get_heads())


def refuse_newer(revisions: set[str], what: str = "The database") -> None:
    """Raise `ClickException` if one of `revisions` is unknown to this version of the blog."""
    for revision in revisions:
        try:
            _scripts().get_revision(revision)
        except CommandError:
            raise click.ClickException(
                f"{what} is newer than this version of the blog (it is at {revision}); install the newer one."
            ) from None


def is_current() -> bool:
    """True if the database is at the newest migration. Raises `ClickException` if it is further than we know."""
    revisions = database_revisions()
    refuse_newer(revisions)
    return revisions == newest_revisions()


def require_current() -> None:
    """Raise `ClickException` unless the database is at the newest migration."""
    if not is_current():
        raise click.ClickException("The database is not up to date; run `flask --app wsgi db upgrade` first.")


def upgrade(connection: Connection | None = None, revision: str = "head") -> None:
    """Bring the database of the app, or another one by its connection, to a migration.

    Raises `ClickException` when a migration refuses.
    """
    config = current_app.extensions["migrate"].migrate.get_config()
    config.attributes["connection"] = connection
    try:
        alembic.command.upgrade(config, revision)
    except CommandError as error:
        raise click.ClickException(str(error)) from None


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(current_app.extensions["migrate"].directory))
