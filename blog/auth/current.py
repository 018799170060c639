"""Who is asking: the session row behind the cookie, given to Flask-Login."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import flask_login
from flask import Flask, Request, Response, current_app, g, request, url_for
from flask import session as state
from flask_login import AnonymousUserMixin, LoginManager, current_user

from blog import clock
from blog.auth.devices import devices_of_secret
from blog.auth.models import REMEMBERED_ABSOLUTE, User, UserSession
from blog.auth.sessions import account_of_session, find_session, is_stale, mark_seen
from blog.db import SAFE_METHODS
from blog.site import audit
from blog.web.errors import is_degraded, show_signed_out
from blog.web.responses import see_other
from blog.web.security import DEVICE_COOKIE, SESSION_COOKIE, set_session_cookie

P = ParamSpec("P")
R = TypeVar("R")


class Visitor(AnonymousUserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Nobody in particular; answers what templates ask of a user."""

    can_write = is_editor = is_admin = False


def current_session() -> UserSession | None:
    """The live session of this request, looked up once."""
    if "user_session" not in g:
        secret, now = request.cookies.get(current_app.config[SESSION_COOKIE]), clock.now()
        g.user_session = session = find_session(secret, now) if secret else None
        if session:
            g.user_id = session.user_id
            audit.note_actor(session.user.subject)
        if session and is_stale(session, now) and request.method in ("GET", "HEAD"):
            g.seen = (session.id, session.user_id, now)
    return cast("UserSession | None", g.user_session)


def account_of_cookie() -> int | None:
    """The id of the account whose session the cookie names, without loading anybody; for the limits."""
    secret = request.cookies.get(current_app.config[SESSION_COOKIE])
    return account_of_session(secret) if secret else None


def device_of_cookie(find_account: Callable[[], int | None]) -> int | None:
    """The id of the browser if it is known to the account that `find_account` finds; for the limits.

    The browser of somebody else is none: whoever has an account has a known browser.
    """
    secret = request.cookies.get(current_app.config[DEVICE_COOKIE])
    known = devices_of_secret(secret) if secret else {}
    account = find_account() if known else None
    return known.get(account) if account else None


def signed_in() -> User | None:
    """The person who is asking, or None for a visitor."""
    return cast("User", current_user._get_current_object()) if current_user.is_authenticated else None  # noqa: SLF001


def login_required(view: Callable[P, R]) -> Callable[P, R]:
    """Send visitors of this view to the log-in page, from where they come back."""
    return cast("Callable[P, R]", flask_login.login_required(view))


def member() -> User:
    """The person who is asking, in views that only signed-in people reach."""
    user = signed_in()
    assert user is not None, "the view lacks @login_required"  # noqa: S101
    return user


def begin_session_cookie(response: Response, secret: str, *, remember: bool) -> Response:
    """Hand the new session's secret to the browser; what the state cookie held belongs to the old one."""
    state.pop("csrf_token", None)
    return renew_session_cookie(response, secret, remember=remember)


def renew_session_cookie(response: Response, secret: str, *, remember: bool) -> Response:
    """Hand the session's new secret to the browser of the same person, whose open forms stay good."""
    set_session_cookie(response, secret, lifetime=REMEMBERED_ABSOLUTE if remember else None)
    return response


def init_app(app: Flask) -> None:
    """Let Flask-Login find people by their session rows."""
    manager = LoginManager(app)
    manager.anonymous_user = Visitor
    manager.session_protection = None

    @manager.unauthorized_handler  # type: ignore[untyped-decorator]  # Flask-Login has no types
    def ask_to_sign_in() -> Response:
        if request.method in SAFE_METHODS:
            return see_other(url_for("auth.log_in", next=request.full_path.rstrip("?")))
        return show_signed_out()

    @manager.request_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
    def load_user(_request: Request) -> User | None:
        session = None if is_degraded() else current_session()  # what failed may be just this
        return session.user if session else None

    @app.after_request
    def note_last_seen(response: Response) -> Response:
        if "seen" in g:
            mark_seen(*g.pop("seen"))
        return response
