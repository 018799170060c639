"""The public lists, newest first, and what stands beside a post in them.

The statements are built once, when this module is loaded: building one costs as much as running it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, select

from blog.auth.models import User
from blog.db import UTCDateTime, db
from blog.media.models import Media
from blog.media.queries import variants_of
from blog.posts.models import Post, SeriesPart, Tag, post_tags
from blog.posts.queries.authors import HAS_CO_AUTHORS, co_authors_of
from blog.posts.queries.rows import PICTURE_COLUMNS, PostRow, TagRow, post_row
from blog.posts.queries.scopes import visible, written_by
from blog.posts.queries.series import IN_ORDER, PARTS_AT_MOST
from blog.web.pagination import Cursor, Page, Slice, is_newer, is_older, page_of

_NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())
_ROW = select(
    Post.id, Post.slug, Post.title, Post.excerpt, Post.summary, Post.published_at, Post.words, Post.language,
    Post.comment_count,
    Post.picture_caption, User.id.label("author_id"), User.username, User.display_name, User.picture_name,
    HAS_CO_AUTHORS, *PICTURE_COLUMNS,
).join(User, User.id == Post.author_id).outerjoin(Media, Media.id == Post.picture_id)  # fmt: skip
_EDGE = (Post.published_at, Post.id)
_NEWEST_FIRST = (Post.published_at.desc(), Post.id.desc())
_OLDEST_FIRST = (Post.published_at, Post.id)
_PUBLIC = _ROW.where(visible(_NOW)).limit(bindparam("count"))
_MOMENT: BindParameter[datetime] = bindparam("moment", type_=UTCDateTime())
_OLDER = is_older(*_EDGE, _MOMENT, bindparam("edge", type_=Integer()))
_NEWER = is_newer(*_EDGE, _MOMENT, bindparam("edge", type_=Integer()))
_TAGS_OF = (
    select(post_tags.c.post_id, Tag.slug, Tag.name)
    .join(Tag, Tag.id == post_tags.c.tag_id)
    .where(post_tags.c.post_id.in_(bindparam("ids", expanding=True)))
    .order_by(Tag.name)
)


@dataclass(frozen=True)
class _List:
    """One kind of public list: its statement for the newest page, the older and the newer ones."""

    newest: Select[*tuple[Any, ...]]
    older: Select[*tuple[Any, ...]]
    newer: Select[*tuple[Any, ...]]

    @classmethod
    def of(cls, condition: ColumnElement[bool] | None = None) -> "_List":
        base = _PUBLIC if condition is None else _PUBLIC.where(condition)
        return cls(
            newest=base.order_by(*_NEWEST_FIRST),
            older=base.where(_OLDER).order_by(*_NEWEST_FIRST),
            newer=base.where(_NEWER).order_by(*_OLDEST_FIRST),
        )


_ALL = _List.of()
_BY_AUTHOR = _List.of(written_by(bindparam("author")))
_BY_TAG = _List.of(Post.id.in_(select(post_tags.c.post_id).where(post_tags.c.tag_id == bindparam("tag"))))
_IN_SERIES = _List.of(Post.id.in_(select(SeriesPart.post_id).where(SeriesPart.series_id == bindparam("series"))))
_PARTS = (
    _PUBLIC.join(SeriesPart, SeriesPart.post_id == Post.id)
    .where(SeriesPart.series_id == bindparam("series"))
    .order_by(*IN_ORDER)
)
_BETWEEN = _List.of(
    and_(
        Post.published_at >= bindparam("start", type_=UTCDateTime()),
        Post.published_at < bindparam("end", type_=UTCDateTime()),
    )
)


def newest_posts(wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list."""
    return _read(_ALL, wanted, now)


def posts_by_author(author_id: int, wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list of one author."""
    return _read(_BY_AUTHOR, wanted, now, author=author_id)


def posts_by_tag(tag_id: int, wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list of one tag."""
    return _read(_BY_TAG, wanted, now, tag=tag_id)


def newest_parts(series_id: int, wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list of one series, newest first as all others are."""
    return _read(_IN_SERIES, wanted, now, series=series_id)


def parts_of(series_id: int, now: datetime) -> list[PostRow]:
    """The parts of a series that readers see, in their order, at most `PARTS_AT_MOST`."""
    return _rows(db.session.execute(_PARTS, {"series": series_id, "now": now, "count": PARTS_AT_MOST}).all())


def posts_between(start: datetime, end: datetime, wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list of a stretch of time, `end` not included."""
    return _read(_BETWEEN, wanted, now, start=start, end=end)


def posts_matching(condition: ColumnElement[bool], wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list of what a search found."""
    return _read(_List.of(condition), wanted, now)


def posts_beside(moment: datetime, post_id: int, now: datetime) -> tuple[PostRow | None, PostRow | None]:
    """The next older and the next newer of the public list, without tags, beside the post that was published then."""
    values = {"now": now, "moment": moment, "edge": post_id, "count": 1}
    older = db.session.execute(_ALL.older, values).one_or_none()
    newer = db.session.execute(_ALL.newer, values).one_or_none()
    return post_row(older, ()) if older else None, post_row(newer, ()) if newer else None


def tags_of(ids: Sequence[int]) -> dict[int, tuple[TagRow, ...]]:
    """The tags of posts, by name; a post without any is not in it."""
    tags: dict[int, tuple[TagRow, ...]] = {}
    if ids:
        for post_id, slug, name in db.session.execute(_TAGS_OF, {"ids": list(ids)}):
            tags[post_id] = (*tags.get(post_id, ()), TagRow(slug, name))
    return tags


def tags_found(tags: tuple[TagRow, ...], now: datetime) -> tuple[TagRow, ...]:
    """Those of the tags under which readers find a post."""
    theirs = select(post_tags.c.post_id).join(Post, Post.id == post_tags.c.post_id)
    seen = theirs.where(post_tags.c.tag_id == Tag.id, visible(now)).exists()
    found = set(db.session.scalars(select(Tag.slug).where(Tag.slug.in_([tag.slug for tag in tags]), seen)))
    return tuple(tag for tag in tags if tag.slug in found)


def texts_of(ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """The HTML of posts that a list found, and when each was last changed."""
    rows = db.session.execute(select(Post.id, Post.body_html, Post.updated_at).where(Post.id.in_(ids)))
    return {row.id: (row.body_html, row.updated_at) for row in rows}


def _read(statements: _List, wanted: Slice, now: datetime, **values: Any) -> Page[PostRow]:
    edge = wanted.before or wanted.after
    statement = statements.older if wanted.before else statements.newer if wanted.after else statements.newest
    if edge:
        values |= {"moment": edge.key, "edge": edge.id}
    found = db.session.execute(statement, {"now": now, "count": wanted.size + 1, **values}).all()
    rows = _rows(found)
    return page_of(rows, wanted, [Cursor(row.published_at, row.id) for row in rows])


def _rows(found: Sequence[Any]) -> list[PostRow]:
    tags, variants = tags_of([row.id for row in found]), variants_of(row.media_id for row in found)
    co_authors = co_authors_of([row.id for row in found if row.has_co_authors])
    return [
        post_row(row, tags.get(row.id, ()), variants.get(row.media_id, ()), co_authors.get(row.id, ())) for row in found
    ]
