"""The answers that the views of accounts share."""

from flask import Response, abort, current_app, render_template, request, url_for
from flask import session as state

from blog import clock
from blog.auth.current import begin_session_cookie
from blog.auth.devices import remember_device
from blog.auth.models import DEVICE_KNOWN_FOR, User
from blog.auth.sessions import start_session
from blog.site import audit
from blog.web.forms import Form
from blog.web.responses import see_other
from blog.web.security import DEVICE_COOKIE, local_path, set_device_cookie

_DESTINATION = "destination"


def signed_in_answer(user: User, next_path: str, *, remember: bool) -> Response:
    """Sign `user` in, know this browser again, and send them on; later, if they have to confirm their address first."""
    if user.is_held:
        keep_destination(next_path)
    user_agent = request.headers.get("User-Agent", "")
    secret = start_session(user, remember=remember, user_agent=user_agent, now=clock.now())
    audit.record("authn_login_success", subject=user, by=user, user_agent=user_agent)
    return known_device_answer(user, begin_session_cookie(see_other(next_path), secret, remember=remember))


def keep_destination(path: str) -> None:
    """Remember in this browser where somebody was going who has to confirm an address first."""
    if path != url_for("posts.list_posts"):
        state[_DESTINATION] = path


def kept_destination() -> str:
    """Where they were going, once; else the start page."""
    return local_path(state.pop(_DESTINATION, None), url_for("posts.list_posts"))


def known_device_answer(user: User, response: Response) -> Response:
    """The answer to somebody who has proved to be `user`: this browser is known as theirs from now on."""
    secret = remember_device(user, request.cookies.get(current_app.config[DEVICE_COOKIE]), clock.now())
    set_device_cookie(response, secret, lifetime=DEVICE_KNOWN_FOR)
    return response


def form_page(template: str, form: Form, **context: object) -> str | tuple[str, int]:
    """The page of a form; 422 if something in it was refused."""
    page = render_template(template, form=form, **context)
    return (page, 422) if form.errors else page


def found_or_404(user: User | None) -> User:
    """`user`, or a 404 if there is none."""
    return user or abort(404)
