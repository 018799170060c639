"""Asking once more who is there, before what a passer-by at an open browser must not do."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, request, url_for

from blog import clock
from blog.auth.current import current_session, login_required
from blog.auth.models import CONFIRMED_FOR
from blog.db import SAFE_METHODS
from blog.web.errors import show_unconfirmed
from blog.web.responses import see_other

P = ParamSpec("P")
R = TypeVar("R")


def recently_confirmed(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Let in the members who proved within `CONFIRMED_FOR`, in this session, that it is them; visitors sign in.

    Whoever opens the page confirms and comes back. A form that comes too late is refused, and shown with what was
    typed, to be sent again.
    """

    @wraps(view)
    def confirmed_view(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        return ask_to_confirm() or view(*args, **kwargs)

    return login_required(confirmed_view)


def confirmed_to_change(view: Callable[P, R]) -> Callable[P, R | Response]:
    """The same for a page that may be looked at without: only what is sent from it asks for the proof."""

    @wraps(view)
    def confirmed_view(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        return (None if request.method in SAFE_METHODS else ask_to_confirm()) or view(*args, **kwargs)

    return login_required(confirmed_view)


def ask_to_confirm(within: timedelta = CONFIRMED_FOR) -> Response | None:
    """The answer to a member who did not prove within that time that it is them, or None if they did."""
    session = current_session()
    if session and session.is_confirmed(clock.now(), within):
        return None
    if request.method in SAFE_METHODS:
        return see_other(url_for("auth.confirm_session", next=request.full_path.rstrip("?")))
    return show_unconfirmed()
