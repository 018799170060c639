"""Pinned posts: what stands first on the home page."""

from datetime import datetime

from blog.auth.models import User
from blog.auth.policies import require
from blog.db import db
from blog.posts import policies, queries
from blog.posts.models import PINS_AT_MOST, Post
from blog.site import audit


class NotListed(Exception):
    """Not every reader finds the post, so it can't stand first in a list."""


class PinsTaken(Exception):
    """`PINS_AT_MOST` posts are pinned."""


def pin_post(post: Post, *, by: User, now: datetime) -> None:
    """Let the post stand first on the home page. Idempotent. Raises `NotAllowed`, `NotListed` or `PinsTaken`.

    Writers stand in line on every database, so of two who pin at once the second counts what the first has pinned.
    """
    require(policies.can_pin(by))
    if post.pinned_at:
        return
    if not post.is_listed(now):
        raise NotListed
    if len(queries.pinned_titles()) >= PINS_AT_MOST:
        raise PinsTaken
    post.pinned_at = now
    db.session.flush()
    audit.record("post_pinned", subject=post)


def unpin_post(post: Post, *, by: User) -> None:
    """Let the post stand where its date puts it. Idempotent. Raises `NotAllowed`."""
    require(policies.can_pin(by))
    if post.pinned_at is None:
        return
    post.pinned_at = None
    db.session.flush()
    audit.record("post_unpinned", subject=post)
