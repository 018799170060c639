"""What machines ask: is it up, what may be crawled."""

from flask import Blueprint, Flask, Response
from sqlalchemy import text

from blog.db import db

blueprint = Blueprint("machines", __name__)

_NOT_CRAWLED = ("/account/", "/admin/", "/login", "/register", "/reset/", "/search", "/setup", "/write/")


def init_app(app: Flask) -> None:
    """Register the addresses."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def show_health() -> Response:
    """200 and `ok` if the app and its database answer."""
    db.session.execute(text("SELECT 1"))

    response = Response("ok\n", mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/robots.txt")
def show_robots() -> Response:
    """Everything public may be crawled; desks and accounts are of no use to a search engine."""
    rules = "".join(f"Disallow: {place}\n" for place in _NOT_CRAWLED)
    return Response(f"User-agent: *\n{rules}", mimetype="text/plain")
