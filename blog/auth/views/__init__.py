"""The pages of accounts: registering, signing in and out, changing what one signs in with."""

from flask import Flask
from werkzeug.exceptions import Forbidden, ServiceUnavailable

from blog.auth import policies
from blog.auth.factors import current as factors
from blog.auth.factors.views import passkeys, security  # noqa: F401  they hold routes as well
from blog.auth.factors.views import signing_in as signing_in_with_factors  # noqa: F401
from blog.auth.passwords import TooManyAtOnce
from blog.auth.views import (  # noqa: F401  they hold the routes
    confirmation,
    email,
    holding,
    invitations,
    passwords,
    registration,
    resets,
    sessions,
    signing_in,
    taking_back,
)
from blog.auth.views.blueprint import blueprint
from blog.site.asking import show_refusal
from blog.web.errors import RETRY_AFTER_SECONDS, show_error


def init_app(app: Flask) -> None:
    """Register the addresses."""
    app.register_error_handler(policies.NotAllowed, lambda _error: show_refusal(Forbidden()))
    busy = ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS)
    app.register_error_handler(TooManyAtOnce, lambda _error: show_error(busy))
    app.register_blueprint(blueprint)
    factors.init_app(app)
