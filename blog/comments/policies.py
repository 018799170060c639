"""Who may say what, and who may keep it from being read."""

from datetime import datetime

from blog.auth.models import User
from blog.comments.models import Comment
from blog.site.settings import SiteSettings


def are_open(site: SiteSettings, *, closed: bool) -> bool:
    """True while the site takes comments and the post is not `closed`."""
    return site.comments_open and not closed


def can_comment(user: User) -> bool:
    """True for every active account."""
    return user.is_active


def can_edit(user: User, comment: Comment, now: datetime) -> bool:
    """True for its writer, for a quarter of an hour."""
    return user.is_active and comment.author_id == user.id and comment.is_editable(now)


def can_delete(user: User, comment: Comment) -> bool:
    """True for its writer."""
    return user.is_active and comment.author_id == user.id and comment.deleted_at is None


def can_hide(user: User, post_author_id: int) -> bool:
    """True for the post's author, and for editors: hiding a comment and showing it again."""
    return user.is_editor or (user.can_write and user.id == post_author_id)
