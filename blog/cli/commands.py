"""Commands whose failures are one clear sentence and a status that is not zero."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from blog.cli.revisions import require_current
from blog.db import db, sqlite_module

_MISSING = re.compile(
    r"no such (table|column)|(relation|column) \S+ does not exist|Table \S+ does\S+ exist|Unknown column"
)


class Command(click.Command):
    """A command of the blog."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; a failing database is a sentence, not a trace."""
        with clear_failures():
            return super().invoke(ctx)


class CommandGroup(AppGroup):
    """A group of commands of the blog."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the one that was asked for; a failing database is a sentence, not a trace."""
        with clear_failures():
            return super().invoke(ctx)


@contextlib.contextmanager
def clear_failures() -> Iterator[None]:
    """What the database or the disk refuses inside ends as a `ClickException`."""
    try:
        yield
    except DBAPIError as error:
        raise click.ClickException(explain(error)) from None
    except sqlite_module.Error as error:
        raise click.ClickException(f"A copy of the database can't be made: {error}.") from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(f"{where}{error.strerror or error}.") from None


def explain(error: DBAPIError) -> str:
    """What the database refused, as a sentence. Raises `ClickException` if it only waits for a migration."""
    reason = _reason(error)
    if not current_app:
        return f"The database can't be used: {reason}"
    if _MISSING.search(reason):
        require_current()
    url = db.engine.url
    if isinstance(error.orig, sqlite_module.Error) and url.get_backend_name() != "sqlite":
        return f"A copy of the database can't be used: {reason}"
    address = url.set(drivername=url.get_backend_name(), query={}).render_as_string(hide_password=True)
    return f"The database {address} can't be used: {reason}"


def _reason(error: DBAPIError) -> str:
    """What the driver says, as one sentence; PyMySQL puts a number before it."""
    said = error.orig.args[-1] if error.orig and error.orig.args else error
    sentence = " ".join(str(said).split())
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
