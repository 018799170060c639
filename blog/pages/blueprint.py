"""The blueprint `pages`."""

from flask import Blueprint

blueprint = Blueprint("pages", __name__)
