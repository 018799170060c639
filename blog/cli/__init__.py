"""Commands of the admin: `flask --app wsgi ...`. Each exits non-zero with one clear line when it fails."""

from flask import Flask

from blog.cli import backup, check, database, demo, imports, media, posts, search, serve, user, worker


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(backup.backup)
    app.cli.add_command(backup.restore)
    app.cli.add_command(check.check)
    app.cli.add_command(database.commands)
    app.cli.add_command(demo.demo)
    app.cli.add_command(imports.commands)
    app.cli.add_command(media.commands)
    app.cli.add_command(posts.commands)
    app.cli.add_command(search.commands)
    app.cli.add_command(serve.serve)
    app.cli.add_command(user.commands)
    app.cli.add_command(worker.worker)
