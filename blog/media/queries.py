"""Finding pictures."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sqlalchemy import CompoundSelect, bindparam, func, select, union_all

from blog.db import db
from blog.media.models import FormerName, Media, MediaVariant
from blog.media.pictures import Picture
from blog.media.sources import Shown, VariantRow, shown

BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the database says of a file in the media folder, for backups and checks."""

    name: str
    byte_size: int
    digest: str


def media_by_id(media_id: int) -> Media | None:
    """The picture with this id."""
    return db.session.get(Media, media_id)


def media_by_name(name: str) -> Media | None:
    """The picture with this public name."""
    return db.session.scalar(select(Media).where(Media.name == name))


_MIME = union_all(
    select(Media.mime).where(Media.name == bindparam("name")),
    select(MediaVariant.mime).where(MediaVariant.name == bindparam("name")),
).limit(1)


def mime_of(name: str) -> str | None:
    """The type of the picture or variant with this public name; None if there is none."""
    return db.session.scalar(_MIME, {"name": name})


def name_now(former: str) -> str | None:
    """The name of the picture that replaced the one of this name."""
    return db.session.scalar(
        select(Media.name).join(FormerName, FormerName.media_id == Media.id).where(FormerName.name == former)
    )


def media_by_original(original_digest: str) -> Media | None:
    """The picture that was made of these bytes before (`pictures.original_digest`)."""
    return db.session.scalar(select(Media).where(Media.original_digest == original_digest))


def with_free_name(picture: Picture) -> Picture:
    """The picture under a name that leads to no other: what was replaced and is sent again gets another name."""
    number = 0
    while name_now(picture.name) is not None:
        number += 1
        picture = replace(picture, salt=str(number))
    return picture


def bytes_of(user_id: int) -> int:
    """How much somebody keeps here, portraits and variants aside."""
    kept = select(func.coalesce(func.sum(Media.byte_size), 0)).where(
        Media.uploader_id == user_id, Media.is_portrait.is_(False)
    )
    return int(db.session.scalar(kept) or 0)


def variant_names(media_ids: Iterable[int]) -> set[str]:
    """The names of the variants of these pictures."""
    return set(db.session.scalars(select(MediaVariant.name).where(MediaVariant.media_id.in_(list(media_ids)))))


def without_variants(recipe: int, limit: int) -> list[int]:
    """Pictures whose variants are still to be made, or to be made anew by a newer recipe; oldest first."""
    return list(
        db.session.scalars(
            select(Media.id)
            .where(
                Media.recipe.not_in([recipe, -recipe]),
                Media.is_portrait.is_(False),
                Media.mime != "image/svg+xml",
            )
            .order_by(Media.id)
            .limit(limit)
        )
    )


# For pages

_VARIANTS = (
    select(MediaVariant.media_id, MediaVariant.name, MediaVariant.mime, MediaVariant.width)
    .where(MediaVariant.media_id.in_(bindparam("ids", expanding=True)))
    .order_by(MediaVariant.width)
)


def variants_of(media_ids: Iterable[int | None]) -> Mapping[int, list[VariantRow]]:
    """The variants of pictures, by picture, the narrowest first; None stands for a post without a picture."""
    found: dict[int, list[VariantRow]] = {}
    if ids := {one for one in media_ids if one}:
        for media_id, name, mime, width in db.session.execute(_VARIANTS, {"ids": list(ids)}):
            found.setdefault(media_id, []).append(VariantRow(name, mime, width))
    return found


def shown_at(address: str) -> Shown | None:
    """What a page shows of the picture at an address of this site; None if it is not one of ours.

    The address of a variant, or of what was replaced, stands for the picture as it is now.
    """
    path = urlsplit(address).path
    if not path.startswith("/media/"):
        return None
    media = media_behind(path.removeprefix("/media/"))
    return shown(media, variants_of([media.id]).get(media.id, ())) if media else None


def media_behind(name: str) -> Media | None:
    """The picture to which a name leads: its own, a variant's, or one that it had before it was replaced."""
    behind = select(Media).where(Media.id.in_(_ids_behind([name]))).order_by(Media.id).limit(1)
    return media_by_name(name) or db.session.scalar(behind)


def ids_behind(names: Iterable[str]) -> set[int]:
    """The ids of the pictures to which names lead."""
    wanted = sorted(set(names))
    found: set[int] = set()
    for start in range(0, len(wanted), BATCH):
        found.update(db.session.scalars(_ids_behind(wanted[start : start + BATCH])))
    return found


def _ids_behind(names: list[str]) -> CompoundSelect[int]:
    return union_all(
        select(Media.id).where(Media.name.in_(names)),
        select(MediaVariant.media_id).where(MediaVariant.name.in_(names)),
        select(FormerName.media_id).where(FormerName.name.in_(names)),
    )


def stored_files() -> Iterator[StoredFile]:
    """Every file that the media folder must hold: the pictures by name, then the variants."""
    yield from _stored(Media)
    yield from stored_variants()


def stored_variants() -> Iterator[StoredFile]:
    """The files of the variants, which can be made anew."""
    return _stored(MediaVariant)


def _stored(kind: type[Media] | type[MediaVariant]) -> Iterator[StoredFile]:
    last = ""
    while True:
        rows = db.session.execute(
            select(kind.name, kind.byte_size, kind.digest)
            .where(kind.name > last)
            .distinct()
            .order_by(kind.name)
            .limit(BATCH)
        ).all()
        for row in rows:
            yield StoredFile(row.name, row.byte_size, row.digest)
        if len(rows) < BATCH:
            return
        last = rows[-1].name
