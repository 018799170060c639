"""Who must have a second factor."""

from blog.auth.models import Role, User
from blog.site.settings import SiteSettings

_FROM = {"authors": Role.AUTHOR, "admins": Role.ADMIN}


def must_have_factor(user: User, site: SiteSettings) -> bool:
    """True if people with such a role may do nothing before they have a second factor."""
    least = _FROM.get(site.second_factor_required)
    return least is not None and user.has_role(least)


def must_be_verified(user: User) -> bool:
    """True for those whose passkey has to check, by a finger, a face or a PIN, that it is them."""
    return user.is_admin
