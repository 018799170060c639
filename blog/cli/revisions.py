"""At which migration the database is, and at which the code."""

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app

from blog.db import db, sqlite_file


def database_revisions() -> set[str]:
    """The migrations that the database is at: one, or none before the first."""
    file = sqlite_file()
    if file and not file.exists():
        return set()  # connecting would make it
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def is_current() -> bool:
    """True if the database is at the newest migration. Raises `ClickException` if it is further than we know."""
    scripts = ScriptDirectory(str(current_app.extensions["migrate"].directory))
    revisions = database_revisions()
    for revision in revisions:
        try:
            scripts.get_revision(revision)
        except CommandError:
            raise click.ClickException(
                f"The database is newer than this version of the blog (it is at {revision}); install the newer one."
            ) from None
    return revisions == set(scripts.get_heads())


def require_current() -> None:
    """Raise `ClickException` unless the database is at the newest migration."""
    if not is_current():
        raise click.ClickException("The database is not up to date; run `flask --app wsgi db upgrade` first.")
