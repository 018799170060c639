"""What a person sees when something can't be done: the right status, plain words, and nothing lost.

A script that asks for JSON is told the same in a word, `state`, and what it can do about it.
"""

import logging
import uuid

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError

from blog.db import SAFE_METHODS
from blog.web.forms import storable
from blog.web.responses import asks_for_json

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 10
_PAGES = frozenset({400, 403, 404, 405, 410, 413, 422, 429, 500, 503})
_STATES = {404: "gone", 410: "gone", 413: "too_large", 429: "wait", 503: "wait"}
LONGEST_SEARCH = 80
"""Characters of an address that are offered to be looked for."""
_NEVER_SHOWN = frozenset({"csrf_token"})


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(HTTPException, show_error)
    app.register_error_handler(CSRFError, show_expired_form)
    app.register_error_handler(OperationalError, show_busy)
    app.register_error_handler(Exception, show_failure)


def show_error(error: HTTPException) -> Response:
    """The page for an HTTP error, its own where there is one."""
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    page = code if code in _PAGES else 400 if code < 500 else 500
    seconds = getattr(error, "retry_after", None) or RETRY_AFTER_SECONDS
    if asks_for_json():
        response = _said(code, _STATES.get(code, "refused" if code < 500 else "failed"))
    else:
        response = make_response(
            render_template(f"errors/{page}.html", seconds=seconds, words=_words(), **_typed()), code
        )
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def show_expired_form(_error: CSRFError) -> Response:
    """The form's token is not this session's: show the text again, to be sent with a good one."""
    if asks_for_json():
        return _said(403, "token", csrf_token=generate_csrf())
    return make_response(render_template("errors/expired.html", **_typed()), 403)


def show_signed_out() -> Response:
    """A form came after its session was over: its text is kept on the page until its writer has signed in again."""
    if asks_for_json():
        return _said(401, "signed_out", sign_in=url_for("auth.log_in"))
    return make_response(render_template("errors/signed_out.html", **_typed()), 403)


def show_unconfirmed() -> Response:
    """A form that wants the password typed lately came too late: its text is kept on the page until it was typed."""
    if asks_for_json():
        return _said(403, "unconfirmed", confirm=url_for("auth.confirm_session"))
    return make_response(render_template("errors/unconfirmed.html", **_typed()), 403)


def show_factor_missing() -> Response:
    """A form of somebody who has to set up a second factor first: its text is kept on the page until they have."""
    if asks_for_json():
        return _said(403, "factor_missing", set_up=url_for("auth.show_security"))
    return make_response(render_template("errors/factor_missing.html", **_typed()), 403)


def show_busy(error: OperationalError) -> Response:
    """The database can't take it now: locked for too long, full, or away. Nothing was changed."""
    log.error("the database refused: %s", error.orig, exc_info=error)
    response = _said(503, "wait") if asks_for_json() else make_response(_bare("errors/503.html"), 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def show_failure(error: Exception) -> Response:
    """A fault of ours: a page with a number that is also in the log, and no trace."""
    number = uuid.uuid4().hex[:8]
    # The rule, not the path: the addresses of single-use links are secrets.
    log.error("failure %s in %s %s", number, request.method, request.url_rule or request.path, exc_info=error)
    code = 503 if isinstance(error, SQLAlchemyError) else InternalServerError.code
    if asks_for_json():
        return _said(code, "failed", number=number)
    return make_response(_bare("errors/500.html", number=number), code)


def is_degraded() -> bool:
    """True while the page of a fault is made: nothing may be read from the database for it."""
    return bool(g.get("is_degraded"))


def _said(code: int, state: str, **more: object) -> Response:
    """The same for a script."""
    return make_response(jsonify(state=state, **more), code)


def _words() -> str:
    """What may be looked for at an address where nothing is: its last words, but for a secret, be it mistyped."""
    area, *rest = storable(request.path).strip("/").split("/")
    with_secrets = {rule.rule.split("/")[1] for rule in current_app.url_map.iter_rules() if "token" in rule.arguments}
    if area in with_secrets and rest:
        return ""
    return [area, *rest][-1].replace("-", " ").replace("_", " ")[:LONGEST_SEARCH]


def _bare(template: str, **context: object) -> str:
    """A page that needs no settings, no reader and no database."""
    g.is_degraded = True
    return render_template(template, layout="layouts/bare.html", **_typed(), **context)


def _typed() -> dict[str, object]:
    """What was typed into the form that could not be taken, so that it can be sent again; never a password.

    Nothing of a forged request: printed in a form of ours, its victim would send it on.
    """
    if request.method in SAFE_METHODS or g.get("is_forged"):
        return {"typed": [], "action": ""}
    try:
        fields = [
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in _NEVER_SHOWN and "password" not in name
        ]
    except HTTPException:  # the body itself was what could not be read
        fields = []
    return {"typed": fields, "action": request.full_path.rstrip("?")}
