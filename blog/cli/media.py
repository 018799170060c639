"""`flask media`: the files of the pictures."""

import io

import click

from blog.cli.commands import CommandGroup
from blog.cli.progress import each, many
from blog.cli.revisions import require_current
from blog.media.current import media_folder, storage_at
from blog.media.queries import StoredFile, stored_files
from blog.media.storage import Storage

FOLDER = "folder"

commands = CommandGroup("media", help="The files of the pictures.")


@commands.command("move")
@click.argument("target", metavar="TO")
def move(target: str) -> None:
    """Copy every picture from where MEDIA_URL says to TO: `folder`, or an address as MEDIA_URL has it.

    Each is read back and compared with its hash. It can be broken off and run again: what is there already, whole, is
    not copied anew. Nothing is taken away; the blog may run meanwhile. Afterwards set MEDIA_URL, restart the blog, and
    run it once more from the old place for what was sent in between.
    """
    require_current()
    source, there = media_folder(), _storage(target)
    if str(source) == str(there):
        raise click.ClickException(f"The pictures are in {there} already.")
    copied, wrong = 0, []
    try:
        for stored in each(stored_files(), "pictures"):
            problem, is_new = _copy(stored, source, there)
            copied += is_new
            wrong += [problem] if problem else []
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}; run it again to go on.") from None
    click.echo(f"Copied {many(copied, 'file')} from {source} to {there}; all others were there.")
    if wrong:
        raise click.ClickException(f"But not everything could be: {'; '.join(wrong)}.")


def _copy(stored: StoredFile, source: Storage, there: Storage) -> tuple[str, bool]:
    """What is wrong, if anything is; and whether the file had to be copied."""
    found = there.find(stored.name)
    if found and found.byte_size == stored.byte_size and there.digest_of(stored.name) == stored.digest:
        return "", False
    try:
        content = source.read(stored.name)
    except FileNotFoundError:
        return f"{stored.name} is missing", False
    there.write(stored.name, io.BytesIO(content))
    return ("" if there.digest_of(stored.name) == stored.digest else f"{stored.name} is damaged"), True


def _storage(target: str) -> Storage:
    if target != FOLDER and not target.startswith("s3://"):
        raise click.ClickException("Say where to: `folder`, or s3://bucket/prefix?endpoint=https://….")
    try:
        return storage_at(None if target == FOLDER else target)
    except ValueError as error:
        raise click.ClickException(f"This is no address of a bucket: {error}.") from None
