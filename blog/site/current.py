"""The site of the request at hand: its settings for views and templates, its language and time zone for dates."""

from typing import cast

from flask import Flask, current_app, g
from flask_babel import Babel
from werkzeug.local import LocalProxy

from blog.site.settings import SiteSettings, read_settings
from blog.web.errors import is_degraded


def current_site() -> SiteSettings:
    """The site's settings, read once a request; the defaults on the page of a fault."""
    if is_degraded():
        return SiteSettings()
    if "site" not in g:
        g.site = read_settings()
    return cast("SiteSettings", g.site)


def forget_current_site() -> None:
    """Read the settings afresh at their next use: they were changed."""
    g.pop("site", None)


def site_url() -> str:
    """The site's address without a slash at its end; never derived from the request."""
    return cast("str", current_app.config["BASE_URL"])


def init_app(app: Flask) -> None:
    """Give templates `site` and `site_url`, and Flask-Babel the site's language and time zone."""
    app.jinja_env.globals["site"] = LocalProxy(current_site)
    app.jinja_env.globals["site_url"] = app.config["BASE_URL"]
    Babel(
        app,
        default_translation_directories="translations",
        locale_selector=lambda: current_site().language,
        timezone_selector=lambda: current_site().time_zone,
    )
