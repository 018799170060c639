"""Who may do what to pictures. Whoever reads a page sees its pictures: their addresses can't be guessed."""

from blog.auth.models import User
from blog.media.models import Media


def can_upload(user: User) -> bool:
    """True for those who write."""
    return user.can_write


def can_edit(user: User, media: Media) -> bool:
    """True for who brought it, and for editors."""
    return user.can_write and (media.belongs_to(user) or user.is_editor)


def has_quota(user: User) -> bool:
    """True for those whose pictures together may only be so large."""
    return not user.is_editor
