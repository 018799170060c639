"""Whole pages that compose features: a post with its comments, the profile, the set-up."""

from flask import Flask

from blog.pages import account, lead_picture, library, my_data, navigation, set_up, show_post
from blog.pages.blueprint import blueprint

__all__ = ["account", "lead_picture", "library", "my_data", "set_up", "show_post"]


def init_app(app: Flask) -> None:
    """Register the addresses, and what every page's masthead shows."""
    app.register_blueprint(blueprint)
    navigation.init_app(app)
