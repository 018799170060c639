"""`flask db`: Flask-Migrate's commands, whose failures are one sentence."""

from flask_migrate.cli import db as migrations  # type: ignore[import-not-found]  # its stubs lack the module

from blog.cli.commands import CommandGroup

commands = CommandGroup(
    "db",
    commands=migrations.commands,
    params=migrations.params,
    callback=migrations.callback,
    help="The database's version: upgrade, downgrade, current, history, migrate.",
)
