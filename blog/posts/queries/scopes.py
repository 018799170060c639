"""Which posts somebody reads or works on: conditions, for every query to share."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from blog.auth.models import User
from blog.posts.models import CoAuthor, Post, PostStatus, Visibility


def visible(now: datetime | Any) -> ColumnElement[bool]:
    """What every reader finds: live, and for everybody. Every public list, feed, search and count asks this."""
    return and_(live(now), Post.visibility == Visibility.PUBLIC)


def called_by_name(now: datetime | Any) -> ColumnElement[bool]:
    """What anybody may link to by its name: what every reader finds, and the pages, which the menu leads to."""
    return and_(live(now), Post.visibility.in_((Visibility.PUBLIC, Visibility.PAGE)))


def readable_by(reader: User | None, now: datetime | Any) -> ColumnElement[bool]:
    """What `reader`, None for a visitor, may open at its own address, which no list needs to have."""
    for_all = Post.visibility != Visibility.PRIVATE
    if reader is None or not reader.can_write:
        return and_(live(now), for_all)
    return and_(live(now), or_(for_all, editable_by(reader)))


def live(now: datetime | Any) -> ColumnElement[bool]:
    """Published, and its hour has come: whoever may read it can."""
    return and_(Post.status == PostStatus.PUBLISHED, Post.published_at <= now)


def scheduled(now: datetime) -> ColumnElement[bool]:
    """Published, for an hour that is still to come."""
    return and_(Post.status == PostStatus.PUBLISHED, Post.published_at > now)


def editable_by(user: User) -> ColumnElement[bool]:
    """What `user` may work on: the posts that they write, alone or with others, or everybody's for editors."""
    return Post.id.is_not(None) if user.is_editor else written_by(user.id)


def written_by(user_id: Any) -> ColumnElement[bool]:
    """The posts that somebody is an author of, the first or another one."""
    return or_(Post.author_id == user_id, Post.id.in_(select(CoAuthor.post_id).where(CoAuthor.user_id == user_id)))
