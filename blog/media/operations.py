"""Keeping pictures. Each operation flushes, none commits."""

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from blog import jobs
from blog.auth.models import User
from blog.db import db
from blog.media import queries
from blog.media.models import ALT_LENGTH, CAPTION_LENGTH, ORIGINAL_NAME_LENGTH, Media
from blog.media.pictures import Picture, original_digest, read_picture
from blog.media.storage import FRESH, MediaFolder


def store_picture(
    sent: bytes,
    *,
    folder: MediaFolder,
    uploader: User | None,
    now: datetime,
    alt: str = "",
    caption: str = "",
    original_name: str = "",
    allow_svg: bool = False,
) -> Media:
    """Read, keep and record a picture; the same bytes sent again give the row that is there.

    For commands. A request reads the picture and keeps its file before it opens the writing transaction
    (`pictures.read_picture`, `MediaFolder.keep`), then calls `add_media`. Raises `PictureRefused`.
    """
    known = queries.media_by_original(original_digest(sent))
    path = folder.path_of(known.name) if known else None
    if known and path and path.is_file():
        return known
    picture = read_picture(sent, allow_svg=allow_svg)
    folder.keep(picture)
    return add_media(picture, uploader=uploader, now=now, alt=alt, caption=caption, original_name=original_name)


def add_media(
    picture: Picture,
    *,
    uploader: User | None,
    now: datetime,
    alt: str = "",
    caption: str = "",
    original_name: str = "",
) -> Media:
    """The row of a picture whose file is in the folder already; one that is known stays as it is."""
    if known := _known(picture):
        return known
    media = Media(
        name=picture.name,
        mime=picture.mime,
        width=picture.width,
        height=picture.height,
        byte_size=len(picture.content),
        digest=picture.digest,
        original_digest=picture.original_digest,
        original_name=_last_part(original_name)[:ORIGINAL_NAME_LENGTH],
        alt=alt[:ALT_LENGTH],
        caption=caption[:CAPTION_LENGTH],
        uploader_id=uploader.id if uploader else None,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(media)
            db.session.flush()
    except IntegrityError:
        known = _known(picture)
        if known is None:
            raise
        return known  # sent by two at once: one row
    return media


def remove_pictures(names: set[str], *, now: datetime) -> None:
    """Take pictures off the site; their files go from the disk some time later (`media.files`)."""
    if names:
        db.session.execute(delete(Media).where(Media.name.in_(names)))
        jobs.add("media.remove_files", {"names": sorted(names)}, run_at=now + 2 * FRESH)


def _known(picture: Picture) -> Media | None:
    return db.session.scalar(
        select(Media)
        .where(or_(Media.original_digest == picture.original_digest, Media.name == picture.name))
        .order_by(Media.id)
        .limit(1)
    )


def _last_part(name: str) -> str:
    """The file's name without folders and control characters: it is shown, never used as a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())
