"""The sign-in that waits for its second factor in this browser, the site as keys know it, who must set a factor up."""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request, url_for

from blog import clock
from blog.auth.current import current_session, signed_in
from blog.auth.factors.models import PendingSignIn
from blog.auth.factors.passkeys import Asked, RelyingParty
from blog.auth.factors.pending import account_of_pending, find_pending
from blog.auth.factors.policies import must_have_factor
from blog.auth.factors.queries import has_factor
from blog.auth.sessions import digest
from blog.db import SAFE_METHODS
from blog.site.current import current_site
from blog.web.errors import show_factor_missing
from blog.web.responses import see_other
from blog.web.security import PENDING_COOKIE

OPEN_TO_ALL = frozenset(
    {
        "auth.add_authenticator",
        "auth.add_passkey",
        "auth.ask_for_confirming_passkey",
        "auth.ask_for_new_passkey",
        "auth.confirm_session",
        "auth.confirm_with_passkey",
        "auth.log_out",
        "auth.open_take_back_link",
        "auth.show_security",
        "auth.take_back",
        "machines.show_health",
        "machines.show_robots",
        "media.show_media",
        "web.show_stylesheet",
    }
)
"""What people may do who must set up a second factor first: that, sign out, and take their account back."""


def pending_secret() -> str | None:
    """The secret of the sign-in that waits in this browser."""
    return request.cookies.get(current_app.config[PENDING_COOKIE])


def current_pending() -> PendingSignIn | None:
    """The sign-in that waits for its second factor in this browser."""
    return find_pending(pending_secret(), clock.now())


def account_of_waiting() -> int | None:
    """The id of the account whose sign-in waits here, without loading anybody; for the limits."""
    secret = pending_secret()
    return account_of_pending(secret) if secret else None


def relying_party() -> RelyingParty:
    """The site as keys know it."""
    base_url = current_app.config["BASE_URL"]
    return RelyingParty(urlsplit(base_url).hostname or "", base_url, current_site().title)


def passkeys_work() -> bool:
    """False where browsers have no passkeys: at an address without a name, and without HTTPS but on this machine."""
    parts = urlsplit(str(current_app.config["BASE_URL"]))
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return parts.scheme == "https" or parts.hostname == "localhost"
    return False


def asked_in_session(purpose: str) -> Asked:
    """A key is asked in this signed-in session."""
    session = current_session()
    assert session is not None, "the view lacks @login_required"  # noqa: S101
    return Asked(purpose, session.token_hash, relying_party())


def asked_by(secret: str, purpose: str) -> Asked:
    """A key is asked by the browser whose unfinished sign-in has this secret."""
    return Asked(purpose, digest(secret), relying_party())


def init_app(app: Flask) -> None:
    """Keep those who must have a second factor at setting one up."""
    app.before_request(ask_for_factor)


def ask_for_factor() -> Response | None:
    """The way to their second factor for those who must have one and have none."""
    if request.endpoint in OPEN_TO_ALL:
        return None
    user = signed_in()
    if user is None or user.is_held:  # who has to confirm their address first is kept at that
        return None
    if not must_have_factor(user, current_site()) or has_factor(user):
        return None
    if request.method in SAFE_METHODS:
        return see_other(url_for("auth.show_security"))
    return show_factor_missing()
