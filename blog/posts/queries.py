"""Reading posts. What a reader may see is written once, in `visible`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Row, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import joinedload, selectinload

from blog.auth.models import ProfileLink, User
from blog.db import UTCDateTime, db
from blog.markdown import Document
from blog.media.models import Media
from blog.posts.models import OldSlug, Post, PostStatus, StoredHeading, Tag, post_tags
from blog.web.pagination import Cursor, Page, Slice, is_newer, is_older, page_of, sliced


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """Who wrote it, as lists show them."""

    id: int
    username: str
    display_name: str
    picture_url: str | None


@dataclass(frozen=True, slots=True)
class AuthorCard:
    """An author, as their own page and the foot of a post show them."""

    id: int
    username: str
    display_name: str
    picture_url: str | None
    bio_html: str
    links: list[ProfileLink]
    post_count: int


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag, as lists show it."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A lead picture."""

    url: str
    width: int
    height: int
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post, as lists show it."""

    id: int
    slug: str
    title: str
    excerpt: str
    published_at: datetime
    words: int
    comment_count: int
    author: AuthorRow
    picture: PictureRow | None
    tags: tuple[TagRow, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PostPage:
    """A post with all that its own page shows, but for the comments."""

    id: int
    slug: str
    title: str
    standfirst: str
    summary: str
    html: str
    headings: list[StoredHeading]
    words: int
    published_at: datetime
    updated_at: datetime | None
    """When it was changed after it was published; None if it was not, or within the same day."""
    comments_closed: bool
    comment_count: int
    author: AuthorCard
    picture: PictureRow | None
    tags: tuple[TagRow, ...]
    older: PostRow | None
    newer: PostRow | None


def visible(now: datetime | Any) -> ColumnElement[bool]:
    """What readers may see: published, and its hour has come. Every public page, feed and count asks this."""
    return and_(Post.status == PostStatus.PUBLISHED, Post.published_at <= now)


def editable_by(user: User) -> ColumnElement[bool]:
    """What `user` may work on: their own posts, or everybody's for editors."""
    return Post.id.is_not(None) if user.is_editor else Post.author_id == user.id


# Statements are built once, here: building one costs as much as running it.

_NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())
_PICTURE = (Media.name, Media.width, Media.height, Media.alt)
_ROW = select(
    Post.id, Post.slug, Post.title, Post.excerpt, Post.summary, Post.published_at, Post.words, Post.comment_count,
    Post.picture_caption, User.id.label("author_id"), User.username, User.display_name, User.picture_name,
    *(column.label(f"media_{column.key}") for column in _PICTURE),
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
_BY_AUTHOR = _List.of(Post.author_id == bindparam("author"))
_BY_TAG = _List.of(Post.id.in_(select(post_tags.c.post_id).where(post_tags.c.tag_id == bindparam("tag"))))
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


def posts_between(start: datetime, end: datetime, wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list of a stretch of time, `end` not included."""
    return _read(_BETWEEN, wanted, now, start=start, end=end)


def posts_matching(condition: ColumnElement[bool], wanted: Slice, now: datetime) -> Page[PostRow]:
    """The public list of what a search found."""
    return _read(_List.of(condition), wanted, now)


def find_public_post(slug: str, now: datetime) -> PostPage | None:
    """The post at an address, if readers may see it."""
    found = db.session.execute(_POST, {"slug": slug, "now": now}).one_or_none()
    if found is None:
        return None
    beside = {"now": now, "moment": found.published_at, "edge": found.id, "count": 1}
    rows = [*db.session.execute(_ALL.older, beside).all(), *db.session.execute(_ALL.newer, beside).all()]
    tags = _tags_of([found.id])
    older, newer = (
        next((_row(row, ()) for row in rows if (_edge(row) < _edge(found)) is earlier), None)
        for earlier in (True, False)
    )
    return PostPage(
        id=found.id,
        slug=found.slug,
        title=found.title,
        standfirst=found.excerpt,
        summary=found.summary,
        html=found.body_html,
        headings=found.headings,
        words=found.words,
        published_at=found.published_at,
        updated_at=found.updated_at if (found.updated_at - found.published_at).days >= 1 else None,
        comments_closed=found.comments_closed,
        comment_count=found.comment_count,
        author=_author_card(found, found.author_post_count),
        picture=_picture(found),
        tags=tags.get(found.id, ()),
        older=older,
        newer=newer,
    )


def as_page(post: Post, now: datetime) -> PostPage:
    """A post of any state as its own page would show it, for previews; it has no neighbours."""
    picture = post.picture
    return PostPage(
        id=post.id,
        slug=post.slug,
        title=post.title,
        standfirst=post.excerpt,
        summary=post.summary,
        html=post.body_html,
        headings=post.headings,
        words=post.words,
        published_at=post.published_at or now,
        updated_at=None,
        comments_closed=post.comments_closed,
        comment_count=post.comment_count,
        author=_card_of(post.author),
        picture=PictureRow(picture.url, picture.width, picture.height, picture.alt, post.picture_caption)
        if picture
        else None,
        tags=tuple(TagRow(tag.slug, tag.name) for tag in post.tags),
        older=None,
        newer=None,
    )


def draft_as_page(title: str, excerpt: str, document: Document, author: User, now: datetime) -> PostPage:
    """What is in an editor as its own page would show it."""
    return PostPage(
        id=0,
        slug="",
        title=title,
        standfirst=excerpt,
        summary=document.excerpt,
        html=document.html,
        headings=[StoredHeading(level=one.level, id=one.id, text=one.text) for one in document.headings],
        words=document.words,
        published_at=now,
        updated_at=None,
        comments_closed=False,
        comment_count=0,
        author=_card_of(author),
        picture=None,
        tags=(),
        older=None,
        newer=None,
    )


def find_public_source(slug: str, now: datetime) -> Row[str, str] | None:
    """The title and Markdown of a public post."""
    return db.session.execute(select(Post.title, Post.body).where(Post.slug == slug, visible(now))).one_or_none()


def texts_of(ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """The HTML of posts that a list found, and when each was last changed."""
    rows = db.session.execute(select(Post.id, Post.body_html, Post.updated_at).where(Post.id.in_(ids)))
    return {row.id: (row.body_html, row.updated_at) for row in rows}


def slug_now(old_slug: str, now: datetime) -> str | None:
    """The slug of the public post that once had this one."""
    return db.session.scalar(
        select(Post.slug).join(OldSlug, OldSlug.post_id == Post.id).where(OldSlug.slug == old_slug, visible(now))
    )


def public_id(slug: str, now: datetime) -> int | None:
    """The id of the public post at an address."""
    return db.session.scalar(select(Post.id).where(Post.slug == slug, visible(now)))


def find_tag(slug: str, now: datetime) -> Tag | None:
    """The tag at an address, if readers find a post under it: one that only drafts have tells nobody."""
    theirs = select(post_tags.c.post_id).join(Post, Post.id == post_tags.c.post_id)
    seen = theirs.where(post_tags.c.tag_id == Tag.id, visible(now)).exists()
    return db.session.scalar(select(Tag).where(Tag.slug == slug, seen))


def find_author(username_key: str) -> AuthorCard | None:
    """The author at an address, if they ever published something or may write."""
    user = db.session.scalar(select(User).where(User.username_key == username_key))
    if user is None or not (user.post_count or user.can_write):
        return None
    return _card_of(user)


# For those who write


def find_editable(post_id: int, user: User) -> Post | None:
    """The post with its tags, author and picture, if `user` may work on it."""
    return db.session.scalar(
        select(Post)
        .where(Post.id == post_id, editable_by(user))
        .options(selectinload(Post.tags), joinedload(Post.author), joinedload(Post.picture))
    )


def hold_editable(post_id: int, user: User) -> Post | None:
    """As `find_editable`; nobody else changes the post until this transaction ends.

    The row is locked by a statement of its own: MariaDB has no `FOR UPDATE OF`. SQLite's writers stand in line anyway.
    """
    db.session.execute(select(Post.id).where(Post.id == post_id).with_for_update())
    return find_editable(post_id, user)


_STATES: dict[str, Callable[[datetime], ColumnElement[bool]]] = {
    "drafts": lambda _now: Post.status == PostStatus.DRAFT,
    "scheduled": lambda now: and_(Post.status == PostStatus.PUBLISHED, Post.published_at > now),
    "published": visible,
    "trash": lambda _now: Post.status == PostStatus.TRASHED,
}
DESK_STATES = tuple(_STATES)


def desk_posts(user: User, state: str, wanted: Slice, now: datetime) -> Page[Post]:
    """The posts of one state that `user` may work on, the last changed first."""
    statement = (
        select(Post)
        .where(_STATES[state](now), editable_by(user))
        .options(selectinload(Post.tags), joinedload(Post.author))
    )
    found = db.session.scalars(sliced(statement, wanted, Post.updated_at, Post.id)).all()
    return page_of(found, wanted, [Cursor(post.updated_at, post.id) for post in found])


def desk_counts(user: User, now: datetime) -> dict[str, int]:
    """How many posts of each state `user` may work on."""
    scheduled = and_(Post.status == PostStatus.PUBLISHED, Post.published_at > now)
    rows = db.session.execute(
        select(Post.status, func.count(), func.count(case((scheduled, 1))))
        .where(editable_by(user))
        .group_by(Post.status)
    ).all()
    by_status = {status: (count, due) for status, count, due in rows}
    published, due = by_status.get(PostStatus.PUBLISHED, (0, 0))
    return {
        "drafts": by_status.get(PostStatus.DRAFT, (0, 0))[0],
        "scheduled": due,
        "published": published - due,
        "trash": by_status.get(PostStatus.TRASHED, (0, 0))[0],
    }


def tags_by_slug(slugs: Iterable[str]) -> dict[str, Tag]:
    """The tags that exist among `slugs`."""
    return {tag.slug: tag for tag in db.session.scalars(select(Tag).where(Tag.slug.in_(list(slugs))))}


def taken_slugs(slug: str, *, but: int | None) -> set[str]:
    """The slugs that begin with `slug` and belong to other posts, old ones included."""
    pattern = slug.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    now_taken = select(Post.slug).where(Post.slug.like(pattern, escape="\\"), Post.id != (but or 0))
    once_taken = select(OldSlug.slug).where(OldSlug.slug.like(pattern, escape="\\"), OldSlug.post_id != (but or 0))
    return {*db.session.scalars(now_taken), *db.session.scalars(once_taken)}


# Rows

_POST = (
    select(
        Post.id, Post.slug, Post.title, Post.excerpt, Post.summary, Post.body_html, Post.headings, Post.words,
        Post.published_at, Post.updated_at, Post.comments_closed, Post.comment_count, Post.picture_caption,
        User.id.label("author_id"), User.username, User.display_name, User.picture_name, User.bio_html, User.links,
        User.post_count.label("author_post_count"), *(column.label(f"media_{column.key}") for column in _PICTURE),
    )
    .join(User, User.id == Post.author_id)
    .outerjoin(Media, Media.id == Post.picture_id)
    .where(Post.slug == bindparam("slug"), visible(_NOW))
)  # fmt: skip


def _read(statements: _List, wanted: Slice, now: datetime, **values: Any) -> Page[PostRow]:
    edge = wanted.before or wanted.after
    statement = statements.older if wanted.before else statements.newer if wanted.after else statements.newest
    if edge:
        values |= {"moment": edge.moment, "edge": edge.id}
    found = db.session.execute(statement, {"now": now, "count": wanted.size + 1, **values}).all()
    tags = _tags_of([row.id for row in found])
    rows = [_row(row, tags.get(row.id, ())) for row in found]
    return page_of(rows, wanted, [Cursor(row.published_at, row.id) for row in rows])


def _tags_of(ids: Sequence[int]) -> dict[int, tuple[TagRow, ...]]:
    tags: dict[int, tuple[TagRow, ...]] = {}
    if ids:
        for post_id, slug, name in db.session.execute(_TAGS_OF, {"ids": list(ids)}):
            tags[post_id] = (*tags.get(post_id, ()), TagRow(slug, name))
    return tags


def _row(row: Any, tags: tuple[TagRow, ...]) -> PostRow:
    return PostRow(
        id=row.id,
        slug=row.slug,
        title=row.title,
        excerpt=row.excerpt or row.summary,
        published_at=row.published_at,
        words=row.words,
        comment_count=row.comment_count,
        author=AuthorRow(row.author_id, row.username, row.display_name, _media_url(row.picture_name)),
        picture=_picture(row),
        tags=tags,
    )


def _card_of(user: User) -> AuthorCard:
    return AuthorCard(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        picture_url=user.picture_url,
        bio_html=user.bio_html,
        links=user.links,
        post_count=user.post_count,
    )


def _author_card(row: Any, post_count: int) -> AuthorCard:
    return AuthorCard(
        id=row.author_id,
        username=row.username,
        display_name=row.display_name,
        picture_url=_media_url(row.picture_name),
        bio_html=row.bio_html,
        links=row.links,
        post_count=post_count,
    )


def _picture(row: Any) -> PictureRow | None:
    if row.media_name is None:
        return None
    return PictureRow(
        url=f"/media/{row.media_name}",
        width=row.media_width,
        height=row.media_height,
        alt=row.media_alt,
        caption=row.picture_caption,
    )


def _media_url(name: str | None) -> str | None:
    return f"/media/{name}" if name else None


def _edge(row: Any) -> tuple[datetime, int]:
    return row.published_at, row.id
