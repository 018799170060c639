"""What is not found may have moved: old and imported addresses lead to where their content is now (301)."""

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import NotFound

from blog.db import SAFE_METHODS
from blog.site.redirects import normal_path, target_of
from blog.web.errors import show_busy, show_error
from blog.web.responses import moved


def init_app(app: Flask) -> None:
    """Look there before saying 404."""
    app.register_error_handler(404, redirect_or_show_error)


def redirect_or_show_error(error: NotFound) -> Response:
    """The redirect of an old address, else the 404 page."""
    try:
        target = target_of(request.path) or _without_ending() if request.method in SAFE_METHODS else None
        return moved(target) if target else show_error(error)
    except OperationalError as away:
        return show_busy(away)


def _without_ending() -> str | None:
    """The address without the slash or `index.html` at its end, as other blogs have them, if it is one of ours."""
    path = normal_path(request.path)
    if path == request.path or not current_app.url_map.bind("").test(path, method="GET"):
        return None
    return path
