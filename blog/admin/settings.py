"""The site's settings."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _

from blog import clock
from blog.admin.blueprint import blueprint
from blog.admin.forms import SettingsForm
from blog.auth.confirmation import ask_to_confirm
from blog.auth.current import member
from blog.auth.policies import can_administer, require
from blog.db import begin_write
from blog.posts.counts import recount_all
from blog.site.current import current_site, forget_current_site
from blog.site.settings import change_settings
from blog.web.responses import see_other


@blueprint.route("/settings", methods=["GET", "POST"])
def edit_settings() -> Response | str | tuple[str, int]:
    """What the site is called, how it looks and what people may do on it."""
    form = SettingsForm(current_site())

    if not form.is_valid():
        page = render_template("admin/settings.html", form=form)
        return (page, 422) if form.errors else page

    if form.changes_the_way_in(current_site()) and (unconfirmed := ask_to_confirm()):
        return unconfirmed

    begin_write()
    require(can_administer(member()))
    _store(form.changes())
    flash(_("The settings are saved."))
    return see_other(url_for("admin.edit_settings"))


def _store(changes: dict[str, object]) -> None:
    """Store the settings; in another time zone some posts belong to other months of the archive."""
    forget_current_site()
    before = current_site()
    after = change_settings(**changes)
    forget_current_site()
    if after.time_zone != before.time_zone:
        recount_all(clock.now())
