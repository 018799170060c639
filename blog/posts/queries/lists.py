"""The public lists, newest first, and what stands beside a post in them.

The statements are built once, when this module is loaded: building one costs as much as running it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, case, select

from blog.auth.models import User
from blog.db import UTCDateTime, db
from blog.media.models import Media
from blog.media.queries import variants_of
from blog.posts.models import PINS_AT_MOST, Post, SeriesPart, Tag, post_tags
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
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
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
_UNPINNED = _List.of(Post.pinned_at.is_(None))
_LAST_PINNED_FIRST = (Post.pinned_at.desc(), Post.id.desc())
_IS_PINNED = Post.pinned_at > _LONG_AGO
"""A range, which ends in its index where the pinned ones end."""
# As a CASE, or SQLite would go through all that is published for the sake of its index.
_PINNED = (
    _ROW.where(_IS_PINNED, case((visible(_NOW), 1), else_=0) == 1).order_by(*_LAST_PINNED_FIRST).limit(PINS_AT_MOST)
)
_PINNED_TITLES = select(Post.title).where(_IS_PINNED).order_by(*_LAST_PINNED_FIRST)
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


def home_posts(wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list as the home page has it: what is pinned before all others, and on none of its other pages."""
    found = _found(_UNPINNED, wanted, now)
    is_first = not wanted.before and (not wanted.after or len(found) <= wanted.size)
    pinned = db.session.execute(_PINNED, {"now": now}).all() if is_first else []
    rows = _rows([*pinned, *found])
    page = _page(rows[len(pinned) :], wanted)
    return replace(page, rows=(*(replace(row, is_pinned=True) for row in rows[: len(pinned)]), *page.rows))


def pinned_titles() -> list[str]:
    """Of the posts that are pinned, the last one first."""
    return list(db.session.scalars(_PINNED_TITLES))


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
    return _page(_rows(_found(statements, wanted, now, **values)), wanted)


def _found(statements: _List, wanted: Slice, now: datetime, **values: Any) -> Sequence[Any]:
    """Up to one row more than wanted, which tells of others."""
    edge = wanted.before or wanted.after
    statement = statements.older if wanted.before else statements.newer if wanted.after else statements.newest
    if edge:
        values |= {"moment": edge.key, "edge": edge.id}
    return db.session.execute(statement, {"now": now, "count": wanted.size + 1, **values}).all()


def _page(rows: Sequence[PostRow], wanted: Slice) -> Page[PostRow]:
    return page_of(rows, wanted, [Cursor(row.published_at, row.id) for row in rows])


def _rows(found: Sequence[Any]) -> list[PostRow]:
    tags, variants = tags_of([row.id for row in found]), variants_of(row.media_id for row in found)
    co_authors = co_authors_of([row.id for row in found if row.has_co_authors])
    return [
        post_row(row, tags.get(row.id, ()), variants.get(row.media_id, ()), co_authors.get(row.id, ())) for row in found
    ]
