"""Who may say what, and who may keep it from being read."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from blog.auth.models import User
from blog.comments.models import EDIT_WINDOW, Comment
from blog.site.settings import SiteSettings

Said = Comment | Row[Any]
"""A comment, or a row with its columns, as lists read them."""


def are_open(site: SiteSettings, *, closed: bool) -> bool:
    """True while the site takes comments and the post is not `closed`."""
    return site.comments_open and not closed


def can_comment(user: User) -> bool:
    """True for every active account."""
    return user.is_active


def can_edit(user: User, comment: Said, now: datetime) -> bool:
    """True for its writer, for a quarter of an hour."""
    return could_edit(user, comment) and now <= comment.created_at + EDIT_WINDOW


def could_edit(user: User, comment: Said) -> bool:
    """True for its writer, were there no quarter of an hour."""
    return can_delete(user, comment) and comment.hidden_at is None


def can_delete(user: User, comment: Said) -> bool:
    """True for its writer."""
    return user.is_active and comment.author_id == user.id and comment.deleted_at is None


def can_hide(user: User, post_author_ids: Collection[int]) -> bool:
    """True for the post's authors, and for editors: hiding a comment and showing it again."""
    return user.is_editor or (user.can_write and user.id in post_author_ids)
