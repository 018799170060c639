"""Finding pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select

from blog.db import db
from blog.media.models import Media

BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the database says of a file in the media folder, for backups and checks."""

    name: str
    byte_size: int
    digest: str


def media_by_name(name: str) -> Media | None:
    """The picture with this public name."""
    return db.session.scalar(select(Media).where(Media.name == name))


def mime_of(name: str) -> str | None:
    """The type of the picture with this public name; None if there is none."""
    return db.session.scalar(select(Media.mime).where(Media.name == name))


def media_by_original(original_digest: str) -> Media | None:
    """The picture that was made of these bytes before (`pictures.original_digest`)."""
    return db.session.scalar(select(Media).where(Media.original_digest == original_digest))


def picture_for(address: str) -> tuple[int, int] | None:
    """Width and height of the picture at an address of this site; None if it is not one of ours."""
    path = urlsplit(address).path
    if not path.startswith("/media/"):
        return None
    row = db.session.execute(
        select(Media.width, Media.height).where(Media.name == path.removeprefix("/media/"))
    ).one_or_none()
    return (row.width, row.height) if row else None


def stored_files() -> Iterator[StoredFile]:
    """Every file that the media folder must hold, by name."""
    last = ""
    while True:
        rows = db.session.execute(
            select(Media.name, Media.byte_size, Media.digest).where(Media.name > last).order_by(Media.name).limit(BATCH)
        ).all()
        for row in rows:
            yield StoredFile(row.name, row.byte_size, row.digest)
        if len(rows) < BATCH:
            return
        last = rows[-1].name
