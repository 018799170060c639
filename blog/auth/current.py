"""Who is asking: the session row behind the cookie, given to Flask-Login."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import flask_login
from flask import Flask, Request, Response, current_app, g, request, url_for
from flask import session as state
from flask_login import AnonymousUserMixin, LoginManager, current_user

from blog import clock
from blog.auth.models import REMEMBERED_ABSOLUTE, User, UserSession
from blog.auth.sessions import find_session, is_stale, mark_seen
from blog.db import SAFE_METHODS
from blog.web.errors import show_signed_out
from blog.web.responses import see_other
from blog.web.security import SESSION_COOKIE, set_session_cookie

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
        if session and is_stale(session, now) and request.method in ("GET", "HEAD"):
            g.seen = (session.id, session.user_id, now)
    return cast("UserSession | None", g.user_session)


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
        session = current_session()
        return session.user if session else None

    @app.after_request
    def note_last_seen(response: Response) -> Response:
        if "seen" in g:
            mark_seen(*g.pop("seen"))
        return response
