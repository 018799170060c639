"""Finding comments."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from blog.auth.models import User
from blog.comments.models import Comment
from blog.db import db
from blog.posts.models import Post
from blog.posts.queries import editable_by, readable_by, visible
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced

COUNT_AT_MOST = 99


def find_comment(comment_id: int, reader: User | None, now: datetime) -> Comment | None:
    """The comment, if `reader`, None for a visitor, may know where it stands; with its post and writer.

    The address of a post that no list has is not to be found by counting up comments: of those there they find what
    they said themselves, and who may work on the post finds all.
    """
    return db.session.scalar(
        select(Comment)
        .join(Comment.post)
        .where(Comment.id == comment_id, _findable_by(reader, now))
        .options(joinedload(Comment.post), joinedload(Comment.author))
    )


def titles_commented(comment_ids: Iterable[int | None], now: datetime) -> dict[int, str]:
    """The titles of the posts that readers see, by the ids of comments on them."""
    found = select(Comment.id, Post.title).join(Comment.post).where(Comment.id.in_(set(comment_ids)), visible(now))
    return {comment.id: comment.title for comment in db.session.execute(found)}


def hold_comment(comment_id: int, reader: User | None, now: datetime) -> Comment | None:
    """As `find_comment`; nobody else changes the comment until this transaction ends."""
    db.session.execute(select(Comment.id).where(Comment.id == comment_id).with_for_update())
    return find_comment(comment_id, reader, now)


def page_start(comment: Comment, size: int) -> str | None:
    """The cursor of the page of `size` comments on which this one stands; None for the first page."""
    before = select(Comment.path).where(Comment.post_id == comment.post_id, Comment.path < comment.path)
    place = db.session.scalar(select(func.count()).select_from(before.subquery())) or 0
    if place < size:
        return None
    return db.session.scalar(before.order_by(Comment.path).offset(place // size * size - 1).limit(1))


def comment_with_key(creation_key: str) -> Comment | None:
    """The comment that a form made before."""
    return db.session.scalar(select(Comment).where(Comment.creation_key == creation_key))


def received_comments(user: User, wanted: Slice) -> Page[Comment]:
    """What readers said about the posts that `user` may work on, newest first; their own comments left out."""
    statement = (
        select(Comment)
        .join(Comment.post)
        .where(_received(user))
        .options(joinedload(Comment.post), joinedload(Comment.author))
    )
    found = db.session.scalars(sliced(statement, wanted, Comment.created_at, Comment.id)).all()
    return page_of(found, wanted, [Cursor(comment.created_at, comment.id) for comment in found])


def count_received(user: User) -> int:
    """How many comments came for `user` since they last looked, at most `COUNT_AT_MOST`."""
    some = (
        select(Comment.id)
        .join(Comment.post)
        .where(_received(user), Comment.created_at > seen_until(user))
        .limit(COUNT_AT_MOST)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def count_comments(since: datetime) -> int:
    """How many comments readers see that were written since then."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Comment.created_at > since, Comment.deleted_at.is_(None), Comment.hidden_at.is_(None)
            )
        )
        or 0
    )


def seen_until(user: User) -> datetime:
    """Up to which moment `user` has looked through the comments that came."""
    return user.comments_seen_at or user.created_at


def _findable_by(reader: User | None, now: datetime) -> ColumnElement[bool]:
    if reader is None:
        return visible(now)
    theirs = Comment.author_id == reader.id
    return or_(visible(now), readable_by(reader, now) & (theirs | editable_by(reader) if reader.can_write else theirs))


def _received(user: User) -> ColumnElement[bool]:
    others = Comment.author_id.is_distinct_from(user.id)
    return editable_by(user) & others & Comment.deleted_at.is_(None) & Post.trashed_at.is_(None)
