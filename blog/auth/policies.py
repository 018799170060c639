"""Who may do what to accounts."""

from blog.auth.models import Role, User
from blog.site.settings import SignUps, SiteSettings


class NotAllowed(Exception):
    """The one who asks may not do that (any more)."""


def require(allowed: bool) -> None:  # noqa: FBT001  it reads as a sentence: require(can_edit(user, post))
    """Raise `NotAllowed` unless `allowed`: operations ask again, on what is true when they act."""
    if not allowed:
        raise NotAllowed


def can_register(user: User | None, site: SiteSettings) -> bool:
    """True for visitors while sign-ups are open."""
    return user is None and site.sign_ups is SignUps.OPEN


def gains_by(user: User, role: Role) -> bool:
    """True if `role` lets `user` do more than they may; no invitation takes anything away."""
    return user.is_active and not user.has_role(role)


def takes_invited(site: SiteSettings) -> bool:
    """True while who was invited can make an account."""
    return site.sign_ups is not SignUps.CLOSED


def can_invite(user: User, role: Role) -> bool:
    """True for those who manage accounts, up to their own role."""
    return can_administer(user) and role.rank <= user.role.rank


def can_administer(user: User) -> bool:
    """True for those who manage accounts and the site's settings."""
    return user.is_admin


def can_reset(user: User) -> bool:
    """True if a reset link may be used for this account."""
    return user.is_active
