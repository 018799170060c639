"""The answers that the views of second factors share."""

from flask import Response, abort, make_response, render_template, url_for

from blog import clock
from blog.auth.current import current_session, renew_session_cookie
from blog.auth.factors.current import passkeys_work
from blog.auth.factors.models import PENDING_LIFETIME
from blog.auth.factors.pending import begin_pending
from blog.auth.factors.queries import has_factor
from blog.auth.models import User, UserSession
from blog.auth.notices import notify
from blog.auth.sessions import renew_session
from blog.auth.views.answers import signed_in_answer
from blog.web.responses import see_other
from blog.web.security import clear_pending_cookie, set_pending_cookie


def password_proved_answer(user: User, next_path: str, *, remember: bool) -> Response:
    """Sign `user` in whose password was right; or let them show their second factor, if they have one."""
    if not has_factor(user):
        return signed_in_answer(user, next_path, remember=remember)
    response = see_other(url_for("auth.prove_factor", next=next_path))
    set_pending_cookie(response, begin_pending(user, remember=remember, now=clock.now()), lifetime=PENDING_LIFETIME)
    return response


def without_pending(response: Response) -> Response:
    """`response`, after which no sign-in waits in this browser."""
    clear_pending_cookie(response)
    return response


def own_session() -> UserSession:
    """The session of this request, in views that only signed-in people reach."""
    return current_session() or abort(401)


def changed_answer(user: User, what: object, fresh_codes: list[str]) -> Response:
    """After a change of factors: `user` is told by mail what was changed, their session has a new id, and recovery
    codes that were just made are shown, once.
    """
    notify(user, what)
    if fresh_codes:
        response = make_response(render_template("auth/recovery_codes.html", codes=fresh_codes))
    else:
        response = see_other(url_for("auth.show_security"))
    session = own_session()
    return renew_session_cookie(response, renew_session(session, clock.now()), remember=session.is_remembered)


def as_json(options: str) -> Response:
    """What a script asked for; it is for one browser and one time."""
    response = make_response(options)
    response.mimetype = "application/json"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def passkeys_or_404() -> None:
    """There is no such page where browsers have no passkeys."""
    if not passkeys_work():
        abort(404)
