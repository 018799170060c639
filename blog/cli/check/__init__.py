"""`flask check`: whether the blog's data is whole, or with `--deploy` whether it is fit to be on the internet."""

from collections.abc import Iterator

import click
from flask.cli import with_appcontext

from blog.cli.check import content, deployment
from blog.cli.commands import Command


@click.command("check", cls=Command)
@click.option("--repair", is_flag=True, help="Make wrong counts, the search index and the looks of names right.")
@click.option("--deploy", is_flag=True, help="Look at how the blog is installed instead of at what is in it.")
@with_appcontext
def check(*, repair: bool, deploy: bool) -> None:
    """Look whether the database and the pictures are whole; one line for each thing that is wrong.

    With --deploy, look whether the blog is installed as one on the internet should be: each line has how bad it is,
    what it is, and what to do. Exits with 1 if something is wrong. It may run while the blog is served.
    """
    if repair and deploy:
        raise click.UsageError("--repair mends what is in the blog; --deploy only looks at how it is installed.")
    found = 0
    for line in _deployment() if deploy else content.findings(repair=repair):
        click.echo(line)
        found += 1
    if found:
        raise click.ClickException(f"{found} {'thing is' if found == 1 else 'things are'} wrong.")
    click.echo("Everything is as it should be.")


def _deployment() -> Iterator[str]:
    for finding in deployment.findings():
        yield f"{finding.level:<8}{finding.what} {finding.remedy}"
