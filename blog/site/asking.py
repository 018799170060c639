"""What the audit log needs of the app: who is asking and from where, what was refused, and how long it is kept."""

from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import Forbidden, TooManyRequests

from blog import clock, jobs
from blog.db import transaction
from blog.site import audit
from blog.site.audit import Origin
from blog.web import limits
from blog.web.errors import show_error


def init_app(app: Flask) -> None:
    """Let the audit log know. Call it before what may refuse a request."""
    app.before_request(_begin)
    app.teardown_request(_end)
    app.register_error_handler(403, show_refusal)
    app.register_error_handler(RateLimitExceeded, show_limit)


def show_refusal(error: Forbidden) -> Response:
    """The page for what somebody may not do; that they tried is on record."""
    event = "malicious_cors" if g.get("is_forged") else "authz_fail"
    audit.keep(event, endpoint=request.endpoint, method=request.method)
    return show_error(error)


@jobs.recurring("audit.forget_old", every=timedelta(days=1))
def forget_old_events(_payload: dict[str, Any]) -> None:
    """Events older than AUDIT_DAYS go."""
    with transaction():
        audit.forget_old(clock.now(), days=current_app.config["AUDIT_DAYS"])


def show_limit(error: RateLimitExceeded) -> Response:
    """The page for who sent too much: when to come back, and what was typed; that it happened is on record."""
    seconds = limits.seconds_left()
    audit.keep("excess_rate_limit_exceeded", endpoint=request.endpoint, limit=str(error.limit.limit))
    return show_error(TooManyRequests(retry_after=seconds))


def _begin() -> None:
    audit.set_origin(Origin("web", address=request.remote_addr))


def _end(_error: BaseException | None) -> None:
    audit.set_origin(None)
