"""Comments: threads under posts, moderated by the post's author and by editors."""

from flask import Flask

from blog.comments import views


def init_app(app: Flask) -> None:
    """Register the addresses."""
    app.register_blueprint(views.blueprint)
