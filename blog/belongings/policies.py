"""Who may take an account away."""

from blog.auth.models import User
from blog.auth.policies import can_administer


def can_delete_account(by: User, user: User) -> bool:
    """True for its person, and for admins."""
    return by.is_active and (by.id == user.id or can_administer(by))


def can_inherit(user: User, *, posts_of: User) -> bool:
    """True for everybody else who may write."""
    return user.can_write and user.id != posts_of.id
