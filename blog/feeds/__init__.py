"""Feeds: Atom (RFC 4287) for the site, a tag and an author."""

from flask import Flask

from blog.feeds import views


def init_app(app: Flask) -> None:
    """Register the addresses."""
    app.register_blueprint(views.blueprint)
