"""Keeping pictures. Each operation flushes, none commits."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from blog import jobs
from blog.auth.models import User
from blog.auth.policies import require
from blog.db import db
from blog.media import policies, queries
from blog.media.models import ALT_LENGTH, CAPTION_LENGTH, ORIGINAL_NAME_LENGTH, FormerName, Media, MediaVariant
from blog.media.pictures import File, Picture, original_digest, read_picture
from blog.media.storage import FRESH, Storage
from blog.site import audit


class OverQuota(Exception):
    """One's pictures together would be larger than they may be."""


class AlreadyThere(Exception):
    """The picture that should replace another one is on the site itself."""


def upload_picture(
    picture: Picture, *, by: User, quota: int | None, now: datetime, alt: str = "", original_name: str = ""
) -> Media:
    """The row of a picture that an author sent, whose file is in the folder already.

    `quota` is in bytes; None for none. What is on the site already costs nothing. Raises `NotAllowed` or `OverQuota`.
    """
    require(policies.can_upload(by))
    known = _known(picture)
    if known is None or known.is_portrait:
        _keep_quota(by, quota, more=len(picture.content))
    media = add_media(picture, uploader=by, now=now, alt=alt, original_name=original_name, is_awaited=True)
    if known is None:
        audit.record("picture_created", subject=media)
    return media


def describe_picture(media: Media, alt: str, caption: str, *, by: User) -> None:
    """Say what the picture shows; posts that leave it to the picture say so, too. Raises `NotAllowed`."""
    require(policies.can_edit(by, media))
    was = media.alt, media.caption
    media.alt, media.caption = alt[:ALT_LENGTH], caption[:CAPTION_LENGTH]
    db.session.flush()
    if (media.alt, media.caption) != was:
        audit.record("picture_updated", subject=media)
    if media.alt != was[0]:
        show_anew(media)


def replace_picture(
    media: Media, picture: Picture, *, by: User, quota: int | None, now: datetime, original_name: str = ""
) -> None:
    """Let another picture, whose file is in the folder already, stand wherever this one stands.

    The old addresses lead to the new one from now on. Raises `NotAllowed`, `OverQuota` or `AlreadyThere`.
    """
    require(policies.can_edit(by, media))
    known = _known(picture)
    if known is not None and known.id == media.id:
        return
    if known is not None:
        raise AlreadyThere
    if media.belongs_to(by):
        _keep_quota(by, quota, more=len(picture.content) - media.byte_size)
    former = {media.name, *queries.variant_names([media.id])}
    db.session.execute(delete(FormerName).where(FormerName.name.in_(former)))
    db.session.add_all(FormerName(name=name, media_id=media.id) for name in sorted(former))
    db.session.execute(delete(MediaVariant).where(MediaVariant.media_id == media.id))
    media.name, media.mime, media.width, media.height = picture.name, picture.mime, picture.width, picture.height
    media.byte_size, media.digest, media.original_digest = len(picture.content), picture.digest, picture.original_digest
    media.original_name = _last_part(original_name)[:ORIGINAL_NAME_LENGTH]
    media.recipe = 0
    db.session.flush()
    remove_files(former, now=now)
    show_anew(media)
    _want_variants(media, at_once=True)
    audit.record("picture_replaced", subject=media)


def store_picture(
    sent: bytes,
    *,
    folder: Storage,
    uploader: User | None,
    now: datetime,
    alt: str = "",
    caption: str = "",
    original_name: str = "",
    is_portrait: bool = False,
    allow_svg: bool = False,
) -> Media:
    """Read, keep and record a picture; the same bytes sent again give the row that is there.

    For commands. A request reads the picture and keeps its file before it opens the writing transaction
    (`pictures.read_picture`, `Storage.keep`), then calls `add_media`. Raises `PictureRefused`.
    """
    known = queries.media_by_original(original_digest(sent))
    if known and folder.find(known.name):
        return known
    picture = queries.with_free_name(read_picture(sent, allow_svg=allow_svg))
    folder.keep(picture)
    return add_media(
        picture,
        uploader=uploader,
        now=now,
        alt=alt,
        caption=caption,
        original_name=original_name,
        is_portrait=is_portrait,
    )


def add_media(
    picture: Picture,
    *,
    uploader: User | None,
    now: datetime,
    alt: str = "",
    caption: str = "",
    original_name: str = "",
    is_portrait: bool = False,
    is_awaited: bool = False,
) -> Media:
    """The row of a picture whose file is in the folder already; one that is known stays as it is.

    The variants of one that `is_awaited` are made next; those of others when nothing else is to be done.
    """
    if known := _known(picture):
        if known.is_portrait and not is_portrait:
            known.is_portrait = False
            _want_variants(known, at_once=is_awaited)
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
        is_portrait=is_portrait,
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
    _want_variants(media, at_once=is_awaited)
    return media


def set_variants(media_id: int, made: Sequence[File], *, of: str, recipe: int, now: datetime) -> None:
    """Note the variants that were made of the file named `of`, in place of earlier ones; pages are then made anew.

    Their files are there already. If the picture was deleted or replaced meanwhile they are not wanted any more.
    """
    media = db.session.get(Media, media_id, with_for_update=True)
    if media is None or media.name != of:
        remove_files({one.name for one in made}, now=now)
        return
    remove_files(queries.variant_names([media_id]) - {one.name for one in made}, now=now)
    db.session.execute(delete(MediaVariant).where(MediaVariant.media_id == media_id))
    db.session.add_all(
        MediaVariant(
            media_id=media_id,
            name=one.name,
            mime=one.mime,
            width=one.width,
            height=one.height,
            byte_size=len(one.content),
            digest=one.digest,
        )
        for one in made
    )
    media.recipe = recipe
    show_anew(media)


def renew_variants(names: Collection[str], *, now: datetime) -> None:
    """Have the variants made anew of the pictures that have one of these; until then pages do without them."""
    found = select(MediaVariant.media_id).where(MediaVariant.name.in_(list(names))).distinct()
    for media in db.session.scalars(select(Media).where(Media.id.in_(found)).order_by(Media.id)).all():
        remove_files(queries.variant_names([media.id]), now=now)
        db.session.execute(delete(MediaVariant).where(MediaVariant.media_id == media.id))
        media.recipe = 0
        show_anew(media)
        _want_variants(media, at_once=False)


def show_anew(media: Media) -> None:
    """Have the pages that show the picture made anew: it looks different, or is described in other words."""
    jobs.add("media.show_anew", {"media_id": media.id}, key=f"media.show_anew {media.id}")


def remove_pictures(names: set[str], *, now: datetime) -> None:
    """Take pictures off the site; their files go from the disk some time later (`media.files`)."""
    if names:
        ids = list(db.session.scalars(select(Media.id).where(Media.name.in_(names))))
        files = names | queries.variant_names(ids)
        db.session.execute(delete(Media).where(Media.id.in_(ids)))
        remove_files(files, now=now)


def remove_files(names: set[str], *, now: datetime) -> None:
    """Have files that no row names taken off the disk, once they are old enough (`media.files`)."""
    if names:
        jobs.add("media.remove_files", {"names": sorted(names)}, run_at=now + 2 * FRESH)


def _keep_quota(user: User, quota: int | None, *, more: int) -> None:
    if quota is not None and policies.has_quota(user) and queries.bytes_of(user.id) + more > quota:
        raise OverQuota


def _want_variants(media: Media, *, at_once: bool) -> None:
    """An author waits for the variants of one picture, not for those of a whole import: between these others' turns."""
    if media.is_portrait or media.mime == "image/svg+xml":
        return
    if at_once:
        jobs.add("media.make_variants", {"media_id": media.id})
    else:
        jobs.add("media.make_missing_variants", {}, key="media.make_missing_variants")


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
