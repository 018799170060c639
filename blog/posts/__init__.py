"""Posts: reading them, writing them, finding them."""

from flask import Flask

from blog.posts import autosave, desk, my_posts, renewal, series, syntax, views
from blog.posts.blueprint import blueprint
from blog.posts.revisions import views as revisions

__all__ = ["autosave", "desk", "my_posts", "renewal", "revisions", "series", "syntax", "views"]


def init_app(app: Flask) -> None:
    """Register the addresses of readers and of authors."""
    app.register_blueprint(blueprint)
