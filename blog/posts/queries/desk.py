"""For those who write: the posts that they work on, and what a slug or a tag is taken by."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import joinedload, selectinload

from blog.auth.models import User
from blog.db import db
from blog.posts.models import OldSlug, Post, PostStatus, Tag
from blog.posts.queries.scopes import editable_by, scheduled, visible
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced

_STATES: dict[str, Callable[[datetime], ColumnElement[bool]]] = {
    "drafts": lambda _now: Post.status == PostStatus.DRAFT,
    "scheduled": scheduled,
    "published": visible,
    "trash": lambda _now: Post.status == PostStatus.TRASHED,
}
DESK_STATES = tuple(_STATES)


def find_editable(post_id: int, user: User) -> Post | None:
    """The post with its tags, author and picture, if `user` may work on it."""
    return db.session.scalar(
        select(Post)
        .where(Post.id == post_id, editable_by(user))
        .options(selectinload(Post.tags), joinedload(Post.author), joinedload(Post.picture))
    )


def hold_editable(post_id: int, user: User) -> Post | None:
    """As `find_editable`; nobody else changes the post until this transaction ends.

    Writers stand in line anyway, on every database; the lock of the row is for who changes it by hand. It is a
    statement of its own, since MariaDB has no `FOR UPDATE OF`.
    """
    db.session.execute(select(Post.id).where(Post.id == post_id).with_for_update())
    return find_editable(post_id, user)


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
    rows = db.session.execute(
        select(Post.status, func.count(), func.count(case((scheduled(now), 1))))
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
