"""The blueprint of accounts."""

from flask import Blueprint

blueprint = Blueprint("auth", __name__)
