"""`flask worker`: the jobs without the server."""

import signal
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from blog.cli.commands import Command
from blog.cli.lock import in_use
from blog.cli.revisions import require_current
from blog.cli.server import stop_on
from blog.jobs import Worker
from blog.site import audit
from blog.site.audit import Origin


@click.command("worker", cls=Command)
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@with_appcontext
def worker(*, once: bool) -> None:
    """Do the jobs (sending mail, tidying up) until Ctrl-C; the server does them too, while it runs."""
    with in_use(Path(current_app.config["INSTANCE_PATH"])), audit.acting(Origin("worker")):
        require_current()
        jobs = Worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001  it outlives this context
        for number in (signal.SIGINT, signal.SIGTERM):
            stop_on(number, jobs)
        if once:
            count = jobs.work_off()
            click.echo(f"{count} {'job' if count == 1 else 'jobs'} done.")
            return
        click.echo("Doing the jobs as they become due (stop with Ctrl-C).")
        jobs.run()
