"""For those who write: the posts that they work on, and what a slug or a tag is taken by."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload, load_only, selectinload

from blog.auth.models import Role, User
from blog.db import db
from blog.posts.models import OldSlug, Post, PostStatus, Tag, post_tags
from blog.posts.queries.scopes import editable_by, live, scheduled, written_by
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced

_STATES: dict[str, Callable[[datetime], ColumnElement[bool]]] = {
    "drafts": lambda _now: Post.status == PostStatus.DRAFT,
    "review": lambda _now: Post.status == PostStatus.IN_REVIEW,
    "scheduled": scheduled,
    "published": live,
    "trash": lambda _now: Post.status == PostStatus.TRASHED,
}
DESK_STATES = tuple(_STATES)
_SHOWN = (
    Post.id, Post.slug, Post.title, Post.status, Post.visibility, Post.words, Post.comment_count,
    Post.updated_at, Post.published_at, Post.trashed_at, Post.pinned_at, Post.submitted_at,
)  # fmt: skip


@dataclass(frozen=True)
class DeskOrder:
    """What a list of the desk is ordered by, and of which type that is in a cursor."""

    key: Any  # a column, or what is made of one
    kind: type = datetime
    is_rising: bool = False


DESK_ORDERS = {
    "changed": DeskOrder(Post.updated_at),
    "published": DeskOrder(Post.published_at),
    "title": DeskOrder(func.lower(Post.title), str, is_rising=True),
    "comments": DeskOrder(Post.comment_count, int),
}


@dataclass(frozen=True)
class DeskFilter:
    """Which posts of the desk are wanted."""

    matching: ColumnElement[bool] | None = None
    """What a search makes of the words that were typed."""
    tag: str | None = None
    """Its slug."""
    author: str | None = None
    """The key of their user name."""
    since: datetime | None = None
    until: datetime | None = None
    """Published from `since` on and before `until`; what is not published, last changed then."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """What is asked of each post."""
        wanted = [] if self.matching is None else [self.matching]
        if self.tag is not None:
            tagged = select(post_tags.c.post_id).join(Tag, Tag.id == post_tags.c.tag_id).where(Tag.slug == self.tag)
            wanted.append(Post.id.in_(tagged))
        if self.author is not None:
            author = select(User.id).where(User.username_key == self.author).scalar_subquery()
            wanted.append(written_by(author))
        if self.since and self.until:
            is_published = Post.status == PostStatus.PUBLISHED
            wanted.append(
                or_(
                    and_(is_published, Post.published_at >= self.since, Post.published_at < self.until),
                    and_(~is_published, Post.updated_at >= self.since, Post.updated_at < self.until),
                )
            )
        return wanted


EVERYTHING = DeskFilter()


def find_editable(post_id: int, user: User) -> Post | None:
    """The post with its tags, author and picture, if `user` may work on it."""
    return db.session.scalar(
        select(Post)
        .where(Post.id == post_id, editable_by(user))
        .options(
            selectinload(Post.tags), selectinload(Post.co_authors), joinedload(Post.author), joinedload(Post.picture)
        )
    )


def hold_editable(post_id: int, user: User) -> Post | None:
    """As `find_editable`; nobody else changes the post until this transaction ends.

    Writers stand in line anyway, on every database; the lock of the row is for who changes it by hand. It is a
    statement of its own, since MariaDB has no `FOR UPDATE OF`.
    """
    db.session.execute(select(Post.id).where(Post.id == post_id).with_for_update())
    return find_editable(post_id, user)


def find_all_editable(post_ids: Collection[int], user: User) -> list[Post]:
    """Those of the posts that `user` may work on, with their tags and authors, by title."""
    found = select(Post).where(Post.id.in_(list(post_ids)), editable_by(user)).order_by(Post.title, Post.id)
    shown = (selectinload(Post.tags), selectinload(Post.co_authors), joinedload(Post.author))
    return list(db.session.scalars(found.options(*shown)))


def hold_all_editable(post_ids: Collection[int], user: User) -> list[Post]:
    """As `find_all_editable`; nobody else changes the posts until this transaction ends."""
    db.session.execute(select(Post.id).where(Post.id.in_(list(post_ids))).with_for_update())
    return find_all_editable(post_ids, user)


def desk_posts(
    user: User, state: str, wanted: Slice, now: datetime, *, asked: DeskFilter = EVERYTHING, order: str = "changed"
) -> Page[Post]:
    """The posts of one state that `user` may work on, those that are asked for, in one of `DESK_ORDERS`.

    They are loaded as far as the list shows them, without their texts.
    """
    by = DESK_ORDERS[order]
    statement = (
        select(Post, by.key)
        .where(_STATES[state](now), editable_by(user), *asked.conditions())
        .options(load_only(*_SHOWN, raiseload=True), selectinload(Post.tags), joinedload(Post.author))
    )
    found = db.session.execute(sliced(statement, wanted, by.key, Post.id, rising=by.is_rising)).all()
    return page_of([post for post, _key in found], wanted, [Cursor(key, post.id) for post, key in found])


def desk_counts(user: User, now: datetime, asked: DeskFilter = EVERYTHING) -> dict[str, int]:
    """How many posts of each state `user` may work on, of those that are asked for."""
    rows = db.session.execute(
        select(Post.status, func.count(), func.count(case((scheduled(now), 1))))
        .where(editable_by(user), *asked.conditions())
        .group_by(Post.status)
    ).all()
    by_status = {status: (count, due) for status, count, due in rows}
    published, due = by_status.get(PostStatus.PUBLISHED, (0, 0))
    return {
        "drafts": by_status.get(PostStatus.DRAFT, (0, 0))[0],
        "review": by_status.get(PostStatus.IN_REVIEW, (0, 0))[0],
        "scheduled": due,
        "published": published - due,
        "trash": by_status.get(PostStatus.TRASHED, (0, 0))[0],
    }


def desk_span(user: User, state: str, now: datetime) -> tuple[datetime, datetime] | None:
    """The first and the last moment by which `DeskFilter` finds a post of this state; None if there is no post."""
    moment = Post.published_at if state in ("scheduled", "published") else Post.updated_at
    theirs = (_STATES[state](now), editable_by(user))
    first, last = db.session.execute(
        select(
            select(func.min(moment)).where(*theirs).scalar_subquery(),
            select(func.max(moment)).where(*theirs).scalar_subquery(),
        )
    ).one()
    return (first, last) if first and last else None


def tag_names(user: User, limit: int) -> list[str]:
    """Names of tags to choose from: those of the posts that `user` may work on."""
    theirs = exists().where(post_tags.c.tag_id == Tag.id, post_tags.c.post_id == Post.id, editable_by(user))
    return list(db.session.scalars(select(Tag.name).where(theirs).order_by(Tag.name).limit(limit)))


def writer_names(limit: int) -> list[tuple[str, str]]:
    """The user name and the name of those who may write, to choose from."""
    writers = select(User.username, User.display_name).where(User.role != Role.READER)
    return [
        (one.username, one.display_name) for one in db.session.execute(writers.order_by(User.username).limit(limit))
    ]


def tags_by_slug(slugs: Iterable[str]) -> dict[str, Tag]:
    """The tags that exist among `slugs`."""
    return {tag.slug: tag for tag in db.session.scalars(select(Tag).where(Tag.slug.in_(list(slugs))))}


def taken_slugs(slug: str, *, but: int | None) -> set[str]:
    """The slugs that begin with `slug` and belong to other posts, old ones included."""
    pattern = slug.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    now_taken = select(Post.slug).where(Post.slug.like(pattern, escape="\\"), Post.id != (but or 0))
    once_taken = select(OldSlug.slug).where(OldSlug.slug.like(pattern, escape="\\"), OldSlug.post_id != (but or 0))
    return {*db.session.scalars(now_taken), *db.session.scalars(once_taken)}
