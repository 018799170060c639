"""Series: what readers find of one, and what those who write can put a post into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, exists, or_, select

from blog.auth.models import User
from blog.db import UTCDateTime, db
from blog.posts.models import Post, Series, SeriesPart
from blog.posts.queries.scopes import editable_by, visible

PARTS_AT_MOST = 200
"""Parts that a series shows; what comes behind them is read, but not counted."""
NAMES_OFFERED = 200

_NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())
IN_ORDER = (SeriesPart.number.is_(None), SeriesPart.number, Post.published_at, Post.id)
"""By their numbers; those without one behind them, as they were published."""
_PARTS = (
    select(Post.id, Post.slug, Post.title, Post.language, Post.published_at)
    .join(SeriesPart, SeriesPart.post_id == Post.id)
    .where(SeriesPart.series_id == bindparam("series"), visible(_NOW))
    .order_by(*IN_ORDER)
    .limit(PARTS_AT_MOST)
)
_SEEN = exists(
    select(SeriesPart.post_id)
    .join(Post, Post.id == SeriesPart.post_id)
    .where(SeriesPart.series_id == Series.id, visible(_NOW))
)
_AT = select(Series).where(Series.slug == bindparam("slug"), _SEEN)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of a series, as the other parts show it."""

    id: int
    slug: str
    title: str
    language: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeriesBox:
    """The series of a post, as the post's page shows it: of all its parts those that readers see."""

    slug: str
    name: str
    parts: Sequence[PartRow]
    place: int
    """Of this post among them, from 1."""

    @property
    def previous(self) -> PartRow | None:
        """The part before this one."""
        return self.parts[self.place - 2] if self.place > 1 else None

    @property
    def next(self) -> PartRow | None:
        """The part after this one."""
        return self.parts[self.place] if self.place < len(self.parts) else None


def series_around(post: Any, now: datetime) -> SeriesBox | None:
    """The series of a public post that a statement found, with `series_id`, `series_slug` and `series_name`."""
    if post.series_id is None:
        return None
    rows = db.session.execute(_PARTS, {"series": post.series_id, "now": now})
    parts = [PartRow(*row) for row in rows]
    place = next((place for place, part in enumerate(parts, start=1) if part.id == post.id), None)
    return SeriesBox(post.series_slug, post.series_name, parts, place) if place else None


def find_series(slug: str, now: datetime) -> Series | None:
    """The series at an address, if readers find a part of it: one that only drafts have tells nobody."""
    return db.session.scalar(_AT, {"slug": slug, "now": now})


def series_by_slug(slug: str) -> Series | None:
    """The series at an address, whoever sees it."""
    return db.session.scalar(select(Series).where(Series.slug == slug))


def series_of(post_id: int) -> tuple[str, int | None]:
    """The name of the series of a post, whatever its state, and the place that was typed; empty if it is in none."""
    found = db.session.execute(
        select(Series.name, SeriesPart.number)
        .join(SeriesPart, SeriesPart.series_id == Series.id)
        .where(SeriesPart.post_id == post_id)
    ).one_or_none()
    return (found.name, found.number) if found else ("", None)


def find_editable_series(series_id: int, user: User, now: datetime) -> Series | None:
    """The series, if `user` may say what it is about: editors, and who may work on every part that readers see.

    Where they see none, on every part: what others keep hidden takes a series from nobody.
    """
    parts = select(SeriesPart.post_id).join(Post, Post.id == SeriesPart.post_id)
    parts = parts.where(SeriesPart.series_id == Series.id)
    seen = parts.where(visible(now))
    theirs = or_(
        and_(seen.exists(), ~seen.where(~editable_by(user)).exists()), ~parts.where(~editable_by(user)).exists()
    )
    return db.session.scalar(select(Series).where(Series.id == series_id, theirs))


def series_names(user: User, now: datetime) -> Sequence[str]:
    """The names to offer an author: of the series that readers see, and of those that their own posts are in."""
    known = select(SeriesPart.series_id).join(Post, Post.id == SeriesPart.post_id)
    known = known.where(or_(visible(now), editable_by(user)))
    names = select(Series.name).where(Series.id.in_(known)).order_by(Series.name).limit(NAMES_OFFERED)
    return db.session.scalars(names).all()
