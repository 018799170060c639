"""Posts: reading them, writing them, finding them."""

from flask import Flask

from blog.posts import (
    acts,
    autosave,
    bulk_acts,
    desk,
    hours,
    my_posts,
    renewal,
    reviewing,
    series,
    syntax,
    trash,
    views,
)
from blog.posts.blueprint import blueprint
from blog.posts.notes import views as notes
from blog.posts.preview_links import views as preview_links
from blog.posts.revisions import views as revisions

__all__ = [
    "acts",
    "autosave",
    "bulk_acts",
    "desk",
    "my_posts",
    "notes",
    "preview_links",
    "renewal",
    "reviewing",
    "revisions",
    "series",
    "syntax",
    "trash",
    "views",
]


def init_app(app: Flask) -> None:
    """Register the addresses of readers and of authors, and what their templates ask."""
    app.register_blueprint(blueprint)
    hours.init_app(app)
