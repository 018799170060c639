"""`flask serve`: all that a start needs, looked at in one place before anything is changed; then the server."""

import errno
import socket
import tempfile
from pathlib import Path

import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext

from blog import clock
from blog.auth import operations
from blog.auth.operations import AlreadySetUp
from blog.auth.sessions import forget_dead_sessions
from blog.cli.commands import Command
from blog.cli.lock import in_use
from blog.cli.revisions import is_current, require_current
from blog.cli.server import Server, listen
from blog.db import db, driver_warning, transaction
from blog.posts.counts import count_due
from blog.site import audit
from blog.web.assets import compressed_folder
from blog.web.security import make_secret_key


@click.command("serve", cls=Command)
@click.option("--upgrade", is_flag=True, help="Bring the database up to date first.")
@with_appcontext
def serve(*, upgrade: bool) -> None:
    """Serve the blog at HOST and PORT until Ctrl-C.

    On a blog that nobody owns yet it prints a link with which the owner sets it up, once.
    """
    settings = current_app.config
    instance = Path(settings["INSTANCE_PATH"])
    listener = _listen(settings["HOST"], settings["PORT"])
    _require_writable(instance)
    if not upgrade:
        require_current()
    is_behind = not is_current()
    with in_use(instance):
        if is_behind:
            flask_migrate.upgrade()
        _serve(instance, listener)


def _serve(instance: Path, listener: socket.socket) -> None:
    settings = current_app.config
    if not settings["SECRET_KEY"]:
        make_secret_key(instance)
    current_app.extensions["assets"].compress(compressed_folder(current_app))
    link = _new_set_up_link()
    _tidy_up()
    db.session.remove()
    db.engine.dispose()  # a connection must not cross into the workers

    if warning := driver_warning():
        click.echo(f"Warning: {warning}", err=True)
    click.echo(f"The blog is at {settings['BASE_URL']} (stop it with Ctrl-C).")
    if link:
        click.echo(f"Set it up here; the link works once: {link}")
    Server(listener, workers=settings["WORKERS"]).run()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            free = "a free port, as in PORT=8001" if port != 8001 else "a free port, as in PORT=8002"
            raise click.ClickException(f"Port {port} is in use; set PORT to {free}.") from None
        if error.errno == errno.EACCES:
            raise click.ClickException(f"Port {port} is not open to this user; set PORT to one above 1023.") from None
        raise click.ClickException(f"HOST={host} is not an address of this machine.") from None


def _require_writable(instance: Path) -> None:
    folder = next(place for place in (instance, *instance.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise click.ClickException(
            f"The instance folder {instance} can't be written ({error.strerror}); set INSTANCE_PATH to one that can."
        ) from None


def _tidy_up() -> None:
    """Forget sessions that are over, and count the posts whose hour came while the blog was down."""
    with transaction():
        forget_dead_sessions(clock.now())
        audit.record("sys_startup")
        while count_due(clock.now()):
            pass


def _new_set_up_link() -> str | None:
    try:
        with transaction():
            secret = operations.new_set_up_link(now=clock.now())
    except AlreadySetUp:
        return None
    return f"{current_app.config['BASE_URL']}/setup/{secret}"
