"""The library: the pictures that somebody may work on, and where each of them is used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from blog.auth.models import User
from blog.auth.policies import require
from blog.db import db
from blog.media import policies
from blog.media.models import Media
from blog.media.operations import remove_pictures
from blog.media.queries import variants_of
from blog.media.sources import Shown, shown
from blog.posts.models import Post, post_pictures
from blog.site import audit
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced

USES_SHOWN = 100


class InUse(Exception):
    """The picture stands somewhere: `uses` says where."""

    def __init__(self, uses: "Uses") -> None:
        super().__init__()
        self.uses = uses


@dataclass(frozen=True, slots=True)
class Uses:
    """Where a picture stands."""

    posts: Sequence[Post]
    """In the text or above it, whatever their state; at most `USES_SHOWN`."""
    people: Sequence[User]
    """As the picture of a profile."""

    @property
    def are_any(self) -> bool:
        """False for a picture that can be deleted."""
        return bool(self.posts or self.people)


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture as the library shows it."""

    media: Media
    shown: Shown
    is_used: bool


def editable_by(user: User) -> ColumnElement[bool]:
    """The pictures of the library that `user` may work on: their own, or everybody's for editors."""
    own = Media.is_portrait.is_(False)
    return own if user.is_editor else and_(own, Media.uploader_id == user.id)


_IN_TEXT = exists().where(post_pictures.c.media_id == Media.id)
_ABOVE_TEXT = exists().where(Post.picture_id == Media.id)
_IN_PROFILE = exists().where(User.picture_name == Media.name)
_USED = or_(_IN_TEXT, _ABOVE_TEXT, _IN_PROFILE)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "all": Media.id.is_not(None),
    "unused": ~_USED,
    "undescribed": Media.alt == "",
}
FILTERS = tuple(_FILTERS)


def library(user: User, wanted: Slice, *, words: str = "", only: str = "all") -> Page[Tile]:
    """The pictures that `user` may work on, the newest first: all, or those whose name or description has `words`."""
    statement = select(Media).where(editable_by(user), _FILTERS[only]).options(joinedload(Media.uploader))
    for word in words.split():
        statement = statement.where(
            or_(_has(word, Media.original_name), _has(word, Media.alt), _has(word, Media.caption))
        )
    found = db.session.scalars(sliced(statement, wanted, Media.created_at, Media.id)).all()
    return page_of(_tiles(found), wanted, [Cursor(media.created_at, media.id) for media in found])


def undescribed(user: User, limit: int) -> list[Tile]:
    """The newest pictures of `user` themselves that nobody has described yet."""
    found = db.session.scalars(
        select(Media)
        .where(Media.uploader_id == user.id, Media.is_portrait.is_(False), Media.alt == "")
        .options(joinedload(Media.uploader))
        .order_by(Media.created_at.desc(), Media.id.desc())
        .limit(limit)
    ).all()
    return _tiles(found)


def find_picture(media_id: int, user: User) -> Media | None:
    """The picture, if `user` may work on it."""
    return db.session.scalar(
        select(Media).where(Media.id == media_id, editable_by(user)).options(joinedload(Media.uploader))
    )


def find_pictures(media_ids: Iterable[int], user: User) -> list[Media]:
    """Those of the pictures that `user` may work on."""
    return list(db.session.scalars(select(Media).where(Media.id.in_(list(media_ids)), editable_by(user))))


def uses_of(media: Media) -> Uses:
    """Where the picture stands."""
    in_text = select(post_pictures.c.post_id).where(post_pictures.c.media_id == media.id)
    posts = (
        select(Post)
        .where(or_(Post.picture_id == media.id, Post.id.in_(in_text)))
        .options(joinedload(Post.author), selectinload(Post.co_authors))
        .order_by(Post.updated_at.desc(), Post.id.desc())
        .limit(USES_SHOWN)
    )
    people = select(User).where(User.picture_name == media.name).order_by(User.id)
    return Uses(db.session.scalars(posts).all(), db.session.scalars(people).all())


def delete_picture(media: Media, *, by: User, now: datetime) -> None:
    """Take a picture off the site that stands nowhere. Raises `NotAllowed` or `InUse`."""
    require(policies.can_edit(by, media))
    uses = uses_of(media)
    if uses.are_any:
        raise InUse(uses)
    audit.record("picture_deleted", subject=media)
    remove_pictures({media.name}, now=now)


def _tiles(found: Sequence[Media]) -> list[Tile]:
    ids = [media.id for media in found]
    used, variants = set(db.session.scalars(select(Media.id).where(Media.id.in_(ids), _USED))), variants_of(ids)
    return [Tile(media, shown(media, variants.get(media.id, ())), media.id in used) for media in found]


def _has(word: str, column: object) -> ColumnElement[bool]:
    return func.lower(column).contains(word.lower(), autoescape=True)
