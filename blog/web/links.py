"""The secrets of links: out of the address before a page is shown.

An address with a secret in it stays in the history, and in the log of a proxy. So the link itself only hands its
secret to a cookie of its own and leads on, at once and without a look at the database, to an address that is the same
for everybody.
"""

import hashlib
import hmac
from datetime import timedelta

from flask import Response, after_this_request, current_app, request

from blog.web.responses import see_other
from blog.web.security import clear_cookie, set_cookie

KEPT_FOR = timedelta(hours=1)
"""How long a browser keeps the secret of a link that it opened; opening the link again begins anew."""
SECRET_LENGTH = 200
MARK = "link"
"""The field of a form that says for which link its page was shown."""


def keep_secret(purpose: str, secret: str, location: str) -> Response:
    """Lead on to `location`, where `kept_secret(purpose)` is `secret`. What is too long to be ours is cut."""
    response = see_other(location)
    set_cookie(response, _cookie(purpose), secret[:SECRET_LENGTH], KEPT_FOR)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def kept_secret(purpose: str) -> str:
    """The secret of the link that this browser opened, or an empty one; the answer is for nobody else."""
    after_this_request(_for_nobody_else)
    return request.cookies.get(_cookie(purpose), "")


def mark_of(secret: str) -> str:
    """What a form says of the link that its page was shown for. It opens nothing."""
    return hashlib.sha256(f"form\0{secret}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def was_shown_for(secret: str) -> bool:
    """True if the form that was sent belongs to the link of this secret, and not to one opened before it.

    Else a link that somebody else made, opened meanwhile, would get what its victim types for their own.
    """
    return hmac.compare_digest(request.form.get(MARK, ""), mark_of(secret))


def forget_secret(purpose: str, response: Response) -> Response:
    """Take the cookie back: the link is spent."""
    clear_cookie(response, _cookie(purpose))
    return response


def _cookie(purpose: str) -> str:
    prefix = "__Host-" if current_app.config["SESSION_COOKIE_SECURE"] else ""
    return f"{prefix}link-{purpose}"


def _for_nobody_else(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
