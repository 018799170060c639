"""`flask backup` and `flask restore`: everything that the blog holds, in one file, and back."""

import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from flask.cli import with_appcontext
from tqdm import tqdm

from blog import clock
from blog.cli.backup import portable
from blog.cli.backup.archive import DATABASE, MEDIA, Archive, ArchiveWriter, NotABackup, open_archive, publish
from blog.cli.backup.last import note_backup
from blog.cli.commands import Command
from blog.cli.lock import not_in_use
from blog.cli.progress import bar, each, many
from blog.cli.revisions import database_revisions, is_current, refuse_newer
from blog.db import db, transaction
from blog.media.bucket import BucketAway
from blog.media.current import media_folder
from blog.media.storage import is_name
from blog.site import audit

_ROOT = Path(__file__).resolve().parents[3]


@click.command("backup", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write everything that the blog holds into FILE, a zip archive, while it goes on serving.

    FILE must not exist; it appears when it is complete and was read back. Only you may read it: e-mail addresses and
    hashes of passwords are in it.
    """
    if file.exists():
        raise click.ClickException(f"{file} is there already; choose another name.")
    if not database_revisions():
        raise click.ClickException("There is no database to back up yet.")

    began = clock.now()
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as folder, _plain_refusals():
        part = Path(folder, "part")
        problems = _write_archive(part, database=Path(folder, DATABASE))
        with open_archive(part) as archive:
            _verify(archive)
        publish(part, file)
    note_backup(Path(current_app.config["INSTANCE_PATH"]), began)

    if is_current():
        with transaction():
            audit.record("sys_backup", file=str(file))
    click.echo(f"{file} holds the blog as it was when the backup began.")
    if problems:
        raise click.ClickException(f"But not every picture is as it was stored: {'; '.join(problems)}.")


@click.command("restore", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Afterwards read everything back and compare it with the backup.")
@click.option("--dry-run", is_flag=True, help="Only look whether the backup is whole and what it holds.")
@with_appcontext
def restore(file: Path, *, verify: bool, dry_run: bool) -> None:
    """Bring back what a backup holds, into a blog that is empty and not running.

    It may go to another kind of database than it came from. Every hash is checked before anything is written.
    Everybody signs in anew afterwards.
    """
    instance = Path(current_app.config["INSTANCE_PATH"])
    with _plain_refusals(), open_archive(file) as archive:
        refuse_newer({archive.manifest.revision}, "The backup")
        if not dry_run:
            _require_empty()
        _verify(archive)
        if dry_run:
            click.echo(f"The backup is whole: {_contents(archive)}.")
            return
        with not_in_use(instance), tempfile.TemporaryDirectory(dir=instance, prefix=".restore-") as folder:
            _require_empty()
            _restore(archive, database=Path(folder, DATABASE), verify=verify)
    with transaction():
        audit.record("sys_restore", file=str(file), made_at=archive.manifest.made_at)
    click.echo(f"Restored: {_contents(archive)}. Everybody signs in anew.")


# Making one


def _write_archive(part: Path, *, database: Path) -> list[str]:
    """Write the archive; returns what is wrong with the pictures, if anything is."""
    made_at, problems, missing = clock.now(), [], []
    with bar("rows") as shown:
        portable.copy_out(database, shown.update)
    description = portable.describe(database)
    size = database.stat().st_size + sum(stored.byte_size for stored in description.pictures)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file, bar("B", size) as shown:
        archive = ArchiveWriter(file)
        with database.open("rb") as source:
            _watched(archive.add(DATABASE, source, compressed=True), shown)
        for stored in description.pictures:
            try:
                with media_folder().open(stored.name) as source:
                    _watched(archive.add(f"{MEDIA}{stored.name}", source, compressed=False), shown)
            except FileNotFoundError:
                missing.append(stored.name)
                problems.append(f"{stored.name} is missing")
                continue
            if archive.digest_of(f"{MEDIA}{stored.name}") != stored.digest:
                problems.append(f"{stored.name} is damaged")
        archive.close(
            {
                "made_at": made_at.isoformat(timespec="seconds"),
                "version": _version(),
                "revision": description.revision,
                "database": db.engine.url.get_backend_name(),
                "rows": description.rows,
                "missing": missing,
            }
        )
    return problems


def _version() -> str:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


# Bringing one back


def _require_empty() -> None:
    if not portable.is_empty():
        raise click.ClickException("The blog is not empty; restore into an empty one, and nothing is overwritten.")


def _restore(archive: Archive, *, database: Path, verify: bool) -> None:
    """The pictures first, since they do no harm without their rows; then the database, whole or not at all."""
    with archive.open(DATABASE) as source, database.open("xb") as target:
        shutil.copyfileobj(source, target)
    portable.bring_up_to_date(database)
    portable.require_unused()
    for name in each(archive.pictures, "pictures"):
        with archive.open(f"{MEDIA}{name}") as source:
            media_folder().write(name, source)
    with bar("rows") as shown:
        portable.copy_in(database, shown.update)
    if verify:
        _compare(archive, database)


def _compare(archive: Archive, database: Path) -> None:
    """Read back what was written. Raises `ClickException` if it is not what the backup holds."""
    wrong = portable.differences(database)
    for name, member in each(archive.pictures.items(), "pictures"):
        if media_folder().digest_of(name) != member.sha256:
            wrong.append(name)
    if wrong:
        raise click.ClickException(f"What was restored is not what the backup holds: {', '.join(wrong)}.")
    click.echo("Every row and every picture was compared with the backup.")


def _contents(archive: Archive) -> str:
    manifest, rows = archive.manifest, archive.manifest.rows
    return (
        f"{many(rows.get('posts', 0), 'post')}, {many(rows.get('comments', 0), 'comment')}, "
        f"{many(rows.get('users', 0), 'account')} and {many(rows.get('media', 0), 'picture')}, "
        f"as they were at {manifest.made_at}"
    )


# What both do


def _verify(archive: Archive) -> None:
    """Read all of the archive. Raises `NotABackup` unless it is what its manifest says, and can be restored."""
    for name in archive.pictures:
        if not is_name(name):
            raise NotABackup(f"The backup holds {name!r}, which is no name of a picture.")
    with bar("B", archive.byte_size) as shown:
        _watched(archive.verify(), shown)


@contextmanager
def _plain_refusals() -> Iterator[None]:
    """What is wrong with a backup is told in a sentence."""
    try:
        yield
    except (NotABackup, portable.Unusable) as error:
        raise click.ClickException(str(error)) from None
    except BucketAway as error:
        raise click.ClickException(f"{media_folder()}: {error.strerror}.") from None


def _watched(pieces: Iterable[int], shown: "tqdm[NoReturn]") -> None:
    for piece in pieces:
        shown.update(piece)
