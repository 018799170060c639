"""`flask import`: texts from elsewhere."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError
from tqdm import tqdm

from blog import clock
from blog.auth import queries
from blog.auth.models import User
from blog.media.current import media_folder
from blog.site.settings import read_settings
from blog.transfer.imports import Settings, import_folder
from blog.transfer.sites import NotImportable, find_site

commands = AppGroup("import", help="Bring texts from elsewhere: a folder of Markdown.")


@commands.command("markdown")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--author", metavar="USERNAME", help="Who gets the posts that name no author; the first admin else.")
@click.option("--base-url", metavar="URL", help="The old site's address, as in https://example.org.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_markdown(path: Path, author: str | None, base_url: str | None, *, dry_run: bool) -> None:
    """Import a folder of Markdown: the site of Zola, Hugo, Jekyll and their like, or plain files.

    Posts, drafts, tags, authors, pictures and old addresses come along, links between posts are made to fit. What
    can't be imported is listed with its reason. Importing the same folder again changes nothing.
    """
    try:
        site = find_site(path, base_url)
        settings = Settings(
            author=_author(author),
            media=media_folder(),
            day_zone=read_settings().zone,
            host=urlsplit(current_app.config["BASE_URL"]).netloc,
            own_paths={rule.rule for rule in current_app.url_map.iter_rules() if not rule.arguments},
        )
        report = import_folder(site, settings, now=clock.now(), dry_run=dry_run, watch=_progress)
    except NotImportable as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or path}: {error.strerror}; import again to go on.") from None
    except DBAPIError as error:
        raise click.ClickException(f"The database refused: {error.orig}; import again to go on.") from None
    click.echo("\n".join(report.lines()))


def _author(username: str | None) -> User:
    if username is None:
        admins = [user for user in queries.all_users() if user.is_admin]
        if not admins:
            raise click.ClickException("Nobody owns the blog yet; set it up first, or name an author with --author.")
        return min(admins, key=lambda user: user.id)
    user = queries.user_by_username(username)
    if user is None:
        raise click.ClickException(f"There is no account named {username!r}.")
    if not user.can_write:
        raise click.ClickException(f"{username!r} may not write posts; give them the role author first.")
    return user


def _progress(items: Sequence[Any], label: str) -> Iterable[Any]:
    """A progress bar on a terminal; nothing elsewhere."""
    bar: Iterable[Any] = tqdm(items, desc=label, unit="text", disable=None, leave=False)
    return bar
