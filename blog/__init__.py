"""A self-hosted blog. `create_app` is the table of contents."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import flask
from flask import Flask
from flask_migrate import Migrate
from jinja2 import StrictUndefined

from blog import admin, cli, comments, db, feeds, mail, media, pages, posts
from blog.auth import current
from blog.auth import views as auth
from blog.site import asking, old_addresses, security_txt
from blog.site import current as site
from blog.web import addresses, assets, bodies, errors, filters, guard, limits, machines, responses, security

ROOT = Path(__file__).resolve().parent.parent


class Blog(Flask):
    """A Flask app whose every request is one transaction."""

    def dispatch_request(self) -> flask.Response:
        """The answer of the view, committed or rolled back: see `blog.db`."""
        return db.in_one_transaction(lambda: self.make_response(super(Blog, self).dispatch_request()))


def create_app(config: Mapping[str, Any]) -> Blog:
    """The blog with the settings that `config.load` made, in dependency order, one part a line."""
    app = Blog(
        __name__,
        instance_path=config["INSTANCE_PATH"],
        template_folder=str(ROOT / "templates"),
        static_folder=None,  # `web.assets` serves it
    )
    app.config.update(config)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    db.init_app(app)
    Migrate(app, db.db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    mail.init_app(app)
    addresses.init_app(app)
    bodies.init_app(app)
    asking.init_app(app)
    limits.init_app(app, account=current.account_of_cookie, device=current.device_of_cookie)
    security.init_app(app)
    responses.init_app(app)
    errors.init_app(app)
    filters.init_app(app)
    machines.init_app(app)
    site.init_app(app)
    old_addresses.init_app(app)
    security_txt.init_app(app)
    assets.init_app(app, ROOT / "static", accent=lambda: site.current_site().accent)
    current.init_app(app)
    auth.init_app(app)
    media.views.init_app(app)
    posts.init_app(app)
    comments.init_app(app)
    pages.init_app(app)
    feeds.init_app(app)
    admin.init_app(app)
    cli.init_app(app)
    guard.init_app(app)
    limits.require_effect(app)
    return app
