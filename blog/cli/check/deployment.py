"""Whether the blog is installed as one on the internet should be: `flask check --deploy`."""

from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError

from blog import clock
from blog.auth.factors.queries import admins_without_factor
from blog.auth.queries import has_owner
from blog.cli.check import machine, settings
from blog.cli.check.content import database_damage
from blog.cli.check.finding import Finding, error, warning
from blog.cli.commands import explain
from blog.cli.revisions import is_current
from blog.site.settings import SignUps, read_settings


def findings() -> Iterator[Finding]:
    """Everything that is wrong with this installation: its settings, its machine, then its database."""
    yield from settings.findings(current_app.config, debug=current_app.debug)
    yield from machine.findings(Path(current_app.config["INSTANCE_PATH"]), clock.now())
    yield from _database()


def _database() -> Iterator[Finding]:
    try:
        for damage in database_damage():
            yield error(damage, "See docs/backups.md for how one is brought back.")
        if not is_current():
            yield error("The database waits for a migration.", "Run `flask db upgrade`.")
            return
        yield from _people()
    except DBAPIError as failure:
        yield error(explain(failure), "See that the database runs and that DATABASE_URL is right.")
    except click.ClickException as refusal:  # it is newer than this version of the blog
        yield error(refusal.message, "")


def _people() -> Iterator[Finding]:
    if not has_owner():
        yield error(
            "Nobody owns the blog yet: whoever gets the link that the start prints does.",
            "Open that link and make the owner's account.",
        )
    if names := [user.username for user in admins_without_factor()]:
        yield warning(
            f"A password alone opens everything to {', '.join(names)}, who administer the blog.",
            "They add an app or a passkey on their account's page of second factors.",
        )
    if read_settings().sign_ups is SignUps.OPEN and not current_app.config["SMTP_URL"]:
        yield warning(
            "Anybody can make an account, with an e-mail address that no mail confirms.",
            "Set SMTP_URL, or choose on /admin/settings that accounts are by invitation.",
        )
