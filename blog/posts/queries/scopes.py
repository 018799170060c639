"""Which posts somebody reads or works on: conditions, for every query to share."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_

from blog.auth.models import User
from blog.posts.models import Post, PostStatus


def visible(now: datetime | Any) -> ColumnElement[bool]:
    """What readers may see: published, and its hour has come. Every public page, feed and count asks this."""
    return and_(Post.status == PostStatus.PUBLISHED, Post.published_at <= now)


def scheduled(now: datetime) -> ColumnElement[bool]:
    """Published, for an hour that is still to come."""
    return and_(Post.status == PostStatus.PUBLISHED, Post.published_at > now)


def editable_by(user: User) -> ColumnElement[bool]:
    """What `user` may work on: their own posts, or everybody's for editors."""
    return Post.id.is_not(None) if user.is_editor else Post.author_id == user.id
