"""Who may do what to accounts."""

from blog.auth.models import User
from blog.site.settings import SiteSettings


class NotAllowed(Exception):
    """The one who asks may not do that (any more)."""


def require(allowed: bool) -> None:  # noqa: FBT001  it reads as a sentence: require(can_edit(user, post))
    """Raise `NotAllowed` unless `allowed`: operations ask again, on what is true when they act."""
    if not allowed:
        raise NotAllowed


def can_register(user: User | None, site: SiteSettings) -> bool:
    """True for visitors while sign-ups are open."""
    return user is None and site.sign_ups_open


def can_administer(user: User) -> bool:
    """True for those who manage accounts and the site's settings."""
    return user.is_admin


def can_reset(user: User) -> bool:
    """True if a reset link may be used for this account."""
    return user.is_active
