"""Cookies, cross-site request forgery, redirects that stay here."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError, generate_csrf, validate_csrf
from markupsafe import Markup
from werkzeug.exceptions import Forbidden
from wtforms.validators import ValidationError

from blog.db import SAFE_METHODS
from blog.web.guard.peers import is_loopback

SESSION_COOKIE = "BLOG_SESSION_COOKIE"
"""The configuration key that holds the name of the session's cookie."""

DEVICE_COOKIE = "BLOG_DEVICE_COOKIE"
"""The configuration key that holds the name of the cookie by which a browser is known again."""

PENDING_COOKIE = "BLOG_PENDING_COOKIE"
"""The configuration key that holds the name of the cookie of a sign-in that is not finished."""

SECRET_KEY_FILE = "secret_key"  # noqa: S105  a file's name


def init_app(app: Flask) -> None:
    """Names and flags of the cookies by the scheme of BASE_URL, and the check of every unsafe request."""
    https = app.config["BASE_URL"].startswith("https://")
    prefix = "__Host-" if https else ""
    app.config[SESSION_COOKIE] = f"{prefix}session"
    app.config[DEVICE_COOKIE] = f"{prefix}device"
    app.config[PENDING_COOKIE] = f"{prefix}pending"
    app.config.update(
        SESSION_COOKIE_NAME=f"{prefix}state",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_FORM_MEMORY_SIZE=None,  # the guard limits the whole body; Flask's 500 kB would refuse a long post
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session: an editor may stay open for days
        WTF_CSRF_SSL_STRICT=False,  # the Origin is checked here instead
    )
    app.config["SECRET_KEY_IS_SET"] = bool(app.config.get("SECRET_KEY"))
    if not app.config["SECRET_KEY_IS_SET"]:
        app.config["SECRET_KEY"] = _stored_secret_key(Path(app.config["INSTANCE_PATH"]))
    app.before_request(refuse_forged_requests)
    app.before_request(refuse_foreign_embedding)
    app.jinja_env.globals["csrf_field"] = csrf_field


def make_secret_key(instance: Path) -> str:
    """The key that signs cookies, made and kept in the instance folder at the first start."""
    if key := _stored_secret_key(instance):
        return key
    instance.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    try:
        handle = os.open(instance / SECRET_KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _stored_secret_key(instance) or key
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def refuse_forged_requests() -> None:
    """Let an unsafe request through only if it comes from our own pages.

    The browser's Sec-Fetch-Site decides if present, else Origin; a request with the session's cookie must carry the
    CSRF token of its form too. The body is read here, whole, before anything touches the database; that of a forged
    request is not looked at, and nothing of it is shown again, lest its victim send it on.
    """
    if request.method in SAFE_METHODS:
        return
    if is_cross_site():
        g.is_forged = True
        raise Forbidden("cross-site")
    token = request.form.get("csrf_token") or request.headers.get("X-CSRFToken")
    if is_signed_in_request():
        try:
            validate_csrf(token)
        except ValidationError as error:
            raise CSRFError(str(error)) from error


def refuse_foreign_embedding() -> None:
    """Give what a signed-in person sees to no other site: it may link to a page of ours, not fetch or embed one.

    SameSite keeps the cookie from most such requests; this, from all of which the browser says what they are for, so
    that neither a picture of a draft nor the size of a page of /account tells another site anything.
    """
    if request.method in SAFE_METHODS and is_signed_in_request() and _is_foreign_embedding():
        raise Forbidden("cross-site")


def is_cross_site() -> bool:
    """True if the browser says that another site, or nobody that it can name, sends this."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in ("same-origin", "none")
    ours = _origin(request.host_url if is_loopback(current_app.config["BASE_URL"]) else current_app.config["BASE_URL"])
    return origin is None or origin.lower() != ours


def csrf_field() -> Markup:
    """The hidden input of a signed-in person's form; nothing for visitors, whose pages hold no token."""
    if not is_signed_in_request():
        return Markup()
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def set_session_cookie(response: Response, secret: str, *, lifetime: timedelta | None) -> None:
    """Give the browser its session; without a lifetime it ends with the browser."""
    set_cookie(response, current_app.config[SESSION_COOKIE], secret, lifetime)


def set_device_cookie(response: Response, secret: str, *, lifetime: timedelta) -> None:
    """Give the browser what it is known by."""
    set_cookie(response, current_app.config[DEVICE_COOKIE], secret, lifetime)


def set_pending_cookie(response: Response, secret: str, *, lifetime: timedelta) -> None:
    """Give the browser what its unfinished sign-in is known by."""
    set_cookie(response, current_app.config[PENDING_COOKIE], secret, lifetime)


def clear_session_cookie(response: Response) -> None:
    """Take the session's cookie back."""
    clear_cookie(response, current_app.config[SESSION_COOKIE])


def clear_pending_cookie(response: Response) -> None:
    """Take the cookie of the unfinished sign-in back."""
    clear_cookie(response, current_app.config[PENDING_COOKIE])


def set_cookie(response: Response, name: str, value: str, lifetime: timedelta | None) -> None:
    """Give the browser a cookie that is sent to this host alone and that no script reads.

    Lax, not Strict, which would be held back on the way here from a page of webmail. Without a lifetime it ends with
    the browser.
    """
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age=lifetime, secure=secure, httponly=True, samesite="Lax", path="/")


def clear_cookie(response: Response, name: str) -> None:
    """Take a cookie of `set_cookie` back: with the same attributes, or browsers keep one whose name has `__Host-`."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax", path="/")


def local_path(target: str | None, default: str) -> str:
    r"""`target` if it is a path on this site, else `default`: a redirect never leads away.

    Browsers read `\` as `/`, strip tabs and line ends, and take `//host` for another host.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if any(character in target for character in "\\@") or any(
        ord(character) < 33 or ord(character) == 127 for character in target
    ):
        return default
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or "//" in parts.path:
        return default
    return target


def is_signed_in_request() -> bool:
    """True if the request carries a session cookie, whether or not it is still good."""
    return bool(request.cookies.get(current_app.config[SESSION_COOKIE]))


def _stored_secret_key(instance: Path) -> str | None:
    try:
        return (instance / SECRET_KEY_FILE).read_text(encoding="ascii").strip() or None
    except OSError:
        return None


def _is_foreign_embedding() -> bool:
    """True for a cross-site request that no person made by going to the page."""
    headers = request.headers
    is_visit = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return headers.get("Sec-Fetch-Site") == "cross-site" and not is_visit


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
