"""What is not found may have moved: old and imported addresses lead to where their content is now (301)."""

from flask import Flask, Response, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import NotFound

from blog.db import SAFE_METHODS
from blog.site.redirects import target_of
from blog.web.errors import show_busy, show_error
from blog.web.responses import moved


def init_app(app: Flask) -> None:
    """Look there before saying 404."""
    app.register_error_handler(404, redirect_or_show_error)


def redirect_or_show_error(error: NotFound) -> Response:
    """The redirect of an old address, else the 404 page."""
    try:
        target = target_of(request.path) if request.method in SAFE_METHODS else None
        return moved(target) if target else show_error(error)
    except OperationalError as away:
        return show_busy(away)
