"""The blueprint `posts`, for the views of readers and of authors."""

from flask import Blueprint

blueprint = Blueprint("posts", __name__)
